#include "dialect/sql/lexer/lexer.h"

#include <algorithm>
#include <utility>

#include "dialect/sql/lexer/chars.h"
#include "dialect/sql/lexer/terminal.h"

namespace octavo::sql {
namespace {

// The rows of symbols of one character, and whether longer ones begin with it.
struct FirstChar {
  std::uint8_t single = 0;  // a row + 1
  bool longer = false;
};
constexpr std::array<FirstChar, 256> kFirstChars = [] {
  std::array<FirstChar, 256> chars{};
  for (std::size_t i = 0; i < kSymbols.size(); ++i) {
    FirstChar& entry = chars[static_cast<unsigned char>(kSymbols[i].text[0])];
    if (kSymbols[i].text.size() == 1) {
      entry.single = static_cast<std::uint8_t>(i + 1);
    } else {
      entry.longer = true;
    }
  }
  return chars;
}();

bool equal_ignoring_case(std::string_view text, std::string_view lower) {
  return std::ranges::equal(text, lower, {}, to_lower);
}

}  // namespace

Token Lexer::token_to(TokenKind kind, std::size_t begin, std::size_t end) {
  at_ = end;
  last_terminal_ = 0;
  last_name_end_ = kind == TokenKind::name || kind == TokenKind::quoted_name ? end : 0;
  name_follows_ = false;
  return {.kind = kind,
          .begin = static_cast<std::uint32_t>(begin),
          .end = static_cast<std::uint32_t>(end),
          .content = static_cast<std::uint32_t>(begin),
          .content_size = static_cast<std::uint32_t>(end - begin)};
}

Token Lexer::next() {
  if (name_follows_) return plain_name(at_);
  if (auto token = skip_space()) return *token;
  if (at_ == text_.size()) {
    // A version comment without its end.
    if (std::exchange(in_version_comment_, false)) return malformed(at_, at_);
    return token_to(TokenKind::end, at_, at_);
  }
  const char c = text_[at_];
  const char after = char_at(at_ + 1);
  // `t.5` is a name in another one, `t .5` a name and a number.
  const bool in_path = c == '.' && at_ > 0 && last_name_end_ == at_;
  if (is_digit(c) || (c == '.' && is_digit(after) && !in_path)) return number();
  if (after == '\'') {
    if ((c == 'x' || c == 'X') && has(kHexStrings)) return digits_in_quotes(TokenKind::hex);
    if ((c == 'b' || c == 'B') && has(kBitStrings)) return digits_in_quotes(TokenKind::bits);
    if ((c == 'n' || c == 'N') && has(kNationalStrings)) {
      return quoted(TokenKind::national_string, at_, 1);
    }
  }
  if (is_name_char(c)) return name_or_word(at_);
  if (c == '\'') return quoted(TokenKind::string, at_, 0);
  if (c == '"') {
    const bool string = has(kDoubleQuotedStrings) && (modes_ & mode::kAnsiQuotes) == 0;
    return quoted(string ? TokenKind::string : TokenKind::quoted_name, at_, 0);
  }
  if (c == '`' && has(kBacktickNames)) return quoted(TokenKind::quoted_name, at_, 0);
  if (c == '@' && after != '@' && has(kAtVariables)) return variable();
  return symbol();
}

Token Lexer::plain_name(std::size_t begin) {
  std::size_t end = begin;
  while (is_name_char(char_at(end))) ++end;
  return token_to(TokenKind::name, begin, end);
}

Token Lexer::name_or_word(std::size_t begin) {
  const bool of_system = last_terminal_ == Terminal("@@").number();
  Token token = plain_name(begin);
  const std::string_view text = text_.substr(begin, token.content_size);
  if (text[0] == '_' && has(kIntroducers)) {
    const std::string_view charset = text.substr(1);
    if (std::ranges::any_of(dialect_.charsets, [charset](std::string_view known) {
          return equal_ignoring_case(charset, known);
        })) {
      token.kind = TokenKind::introducer;
      ++token.content;
      --token.content_size;
      return token;
    }
  }
  // `select.a` is a name in another one, except for the scope of `@@global.a`.
  if (char_at(token.end) == '.' && is_name_char(char_at(token.end + 1)) && !of_system) return token;
  if (const std::uint16_t row = find_word(text); row != kNoWord) {
    const std::uint8_t use = kWords[row].*dialect_.words;
    if (use != word::kNone && ((use & word::kOnlyCalled) == 0 || is_called(token.end))) {
      token.terminal = last_terminal_ = Terminal::of_word(row);
    }
  }
  return token;
}

bool Lexer::is_called(std::size_t after) const {
  if ((modes_ & mode::kIgnoreSpace) != 0) {
    while (is_space(char_at(after))) ++after;
  }
  return char_at(after) == '(';
}

Token Lexer::symbol() {
  const FirstChar first = kFirstChars[static_cast<unsigned char>(text_[at_])];
  std::size_t row = first.single;
  if (first.longer) {
    for (std::size_t i = 0; i < kSymbols.size() && kSymbols[i].text.size() > 1; ++i) {
      if (text_.substr(at_).starts_with(kSymbols[i].text) &&
          (kSymbols[i].dialects & dialect_.bit) != 0) {
        row = i + 1;
        break;
      }
    }
  }
  if (row == 0 || (kSymbols[row - 1].dialects & dialect_.bit) == 0) return malformed(at_, at_ + 1);
  Token token = token_to(TokenKind::symbol, at_, at_ + kSymbols[row - 1].text.size());
  token.terminal = last_terminal_ = Terminal::of_symbol(row - 1);
  name_follows_ = token.terminal == Terminal(".").number() && is_name_char(char_at(at_));
  return token;
}

Token Lexer::variable() {
  const char quote = char_at(at_ + 1);
  if (quote == '\'' || quote == '"' || (quote == '`' && has(kBacktickNames))) {
    return quoted(TokenKind::variable, at_, 1);
  }
  const std::size_t begin = at_;
  std::size_t end = begin + 1;
  while (is_name_char(char_at(end)) || char_at(end) == '.') ++end;
  Token token = token_to(TokenKind::variable, begin, end);
  ++token.content;
  --token.content_size;
  return token;
}

}  // namespace octavo::sql
