#pragma once

// Numbers, bytes and names as text, the way that our own files, settings and definitions write
// them. What a dialect reads has its own rules, and its own readers.

#include <charconv>
#include <concepts>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"

namespace octavo {

// The whole text as a number, without sign of plus and white space; nullopt for anything else.
template <std::integral Number>
std::optional<Number> parse_number(std::string_view text, int base = 10) {
  Number number = 0;
  const char* last = text.data() + text.size();
  const auto [end, fault] = std::from_chars(text.data(), last, number, base);
  if (fault != std::errc() || end != last) return std::nullopt;
  return number;
}

std::optional<unsigned> hex_digit(char c);
std::string format_hex(BytesView bytes);  // lower case
std::optional<Bytes> parse_hex(std::string_view text);

// Whether the two differ in the case of ASCII's letters at most.
bool equals_ignoring_case(std::string_view a, std::string_view b);

// What stands between the spaces.
std::vector<std::string_view> split_words(std::string_view text);

// What databases, tables and users may be called: 1 to kMaxNameBytes letters (of ASCII), digits,
// `_` and `-`.
bool is_name(std::string_view text);

}  // namespace octavo
