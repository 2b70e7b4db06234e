// Numbers, and what stands in quotes.

#include "dialect/sql/lexer/chars.h"
#include "dialect/sql/lexer/lexer.h"

namespace octavo::sql {
namespace {

bool is_bit(char c) { return c == '0' || c == '1'; }

}  // namespace

// `0x1F` and `0b01`; a name when something else follows, nothing when no digit does.
std::optional<Token> Lexer::radix_number(std::size_t begin, bool (*is_digit_of)(char),
                                         TokenKind kind) {
  std::size_t end = begin + 2;
  while (is_digit_of(char_at(end))) ++end;
  if (end == begin + 2 || is_name_char(char_at(end))) return std::nullopt;
  Token token = token_to(kind, begin, end);
  token.content += 2;
  token.content_size -= 2;
  return token;
}

Token Lexer::number() {
  const std::size_t begin = at_;
  if (text_[begin] == '0') {
    const char radix = char_at(begin + 1);
    if (radix == 'x' && has(kHexStrings)) {
      if (auto token = radix_number(begin, is_hex_digit, TokenKind::hex)) return *token;
    }
    if (radix == 'b' && has(kBitStrings)) {
      if (auto token = radix_number(begin, is_bit, TokenKind::bits)) return *token;
    }
  }
  std::size_t end = begin;
  while (is_digit(char_at(end))) ++end;
  TokenKind kind = TokenKind::integer;
  if (char_at(end) == '.') {
    kind = TokenKind::decimal;
    ++end;
    while (is_digit(char_at(end))) ++end;
  }
  if ((char_at(end) | 0x20) == 'e') {
    const char sign = char_at(end + 1);
    const std::size_t digits = end + (sign == '+' || sign == '-' ? 2 : 1);
    if (is_digit(char_at(digits))) {
      end = digits;
      while (is_digit(char_at(end))) ++end;
      return token_to(TokenKind::floating, begin, end);
    }
    if (kind == TokenKind::decimal) return malformed(begin, end + 1);
  }
  // `1a` is a name, and so is `1e`.
  if (kind == TokenKind::integer && has(kDigitsInNames) && is_name_char(char_at(end))) {
    return name_or_word(begin);
  }
  return token_to(kind, begin, end);
}

Token Lexer::digits_in_quotes(TokenKind kind) {
  const std::size_t begin = at_;
  std::size_t end = begin + 2;
  while (kind == TokenKind::hex ? is_hex_digit(char_at(end)) : is_bit(char_at(end))) ++end;
  const std::size_t digits = end - begin - 2;
  if (char_at(end) != '\'' || (kind == TokenKind::hex && digits % 2 != 0)) {
    return malformed(begin, end);
  }
  Token token = token_to(kind, begin, end + 1);
  token.content += 2;
  token.content_size = static_cast<std::uint32_t>(digits);
  return token;
}

bool Lexer::backslash_escapes() const {
  return has(kBackslashEscapes) && (modes_ & mode::kNoBackslashEscapes) == 0;
}

// `prefix` bytes stand before the quote.
Token Lexer::quoted(TokenKind kind, std::size_t begin, std::size_t prefix) {
  const std::size_t open = begin + prefix;
  const char quote = text_[open];
  const bool backslashes = backslash_escapes() && kind != TokenKind::quoted_name && quote != '`';
  bool escaped = false;
  std::size_t end = open + 1;
  for (;; ++end) {
    if (end >= text_.size()) return malformed(begin, text_.size());
    if (text_[end] == '\\' && backslashes) {
      escaped = true;
      ++end;
    } else if (text_[end] == quote) {
      if (char_at(end + 1) != quote || end + 1 >= text_.size()) break;
      escaped = true;
      ++end;
    }
  }
  Token token = token_to(kind, begin, end + 1);
  token.escaped = escaped;
  token.quote = quote;
  token.content = static_cast<std::uint32_t>(open + 1);
  token.content_size = static_cast<std::uint32_t>(end - open - 1);
  return token;
}

}  // namespace octavo::sql
