#pragma once

// Words and symbols, as a grammar names them: `parser.take("ORDER")`, `parser.expect(",")`. The
// text is looked up when the code is compiled; what no table has does not compile.

#include <cstdint>
#include <string_view>

#include "dialect/sql/lexer/symbols.h"
#include "dialect/sql/lexer/words.h"

namespace octavo::sql {

class Terminal {
 public:
  constexpr Terminal() = default;  // none, in rows that have fewer words
  consteval Terminal(const char* text) : Terminal(std::string_view(text)) {}
  consteval Terminal(std::string_view text) : number_(find(text)) {}

  constexpr explicit operator bool() const { return number_ != 0; }
  // From 1 on, the symbols before the words.
  constexpr std::uint16_t number() const { return number_; }
  static constexpr std::uint16_t of_symbol(std::size_t row) {
    return static_cast<std::uint16_t>(row + 1);
  }
  static constexpr std::uint16_t of_word(std::size_t row) {
    return static_cast<std::uint16_t>(kSymbols.size() + row + 1);
  }

  friend constexpr bool operator==(Terminal, Terminal) = default;

 private:
  static consteval std::uint16_t find(std::string_view text) {
    for (std::size_t i = 0; i < kSymbols.size(); ++i) {
      if (kSymbols[i].text == text) return of_symbol(i);
    }
    std::size_t low = 0;
    for (std::size_t high = kWords.size(); low < high;) {
      const std::size_t middle = (low + high) / 2;
      if (kWords[middle].text < text) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    if (low == kWords.size() || kWords[low].text != text) throw "in no table";
    return of_word(low);
  }

  std::uint16_t number_ = 0;
};

// Of a number that a token has, and of a terminal; empty for 0.
constexpr std::string_view terminal_text(std::uint16_t number) {
  if (number == 0) return {};
  if (number <= kSymbols.size()) return kSymbols[number - 1].text;
  return kWords[number - 1 - kSymbols.size()].text;
}
// Null for a symbol, and for 0.
constexpr const WordRow* word_of(std::uint16_t number) {
  return number <= kSymbols.size() ? nullptr : &kWords[number - 1 - kSymbols.size()];
}

}  // namespace octavo::sql
