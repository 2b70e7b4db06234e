// What stands between tokens: white space and comments.

#include <algorithm>

#include "dialect/sql/lexer/chars.h"
#include "dialect/sql/lexer/lexer.h"
#include "dialect/sql/lexer/terminal.h"

namespace octavo::sql {
namespace {

constexpr std::size_t kVersionDigits = 5;  // or one more

// Behind these words `/*+ … */` is a hint, and a comment elsewhere.
constexpr Terminal kHinted[] = {"SELECT", "INSERT", "REPLACE", "UPDATE", "DELETE"};

bool is_hinted(std::uint16_t terminal) {
  return std::ranges::any_of(kHinted, [=](Terminal word) { return word.number() == terminal; });
}

bool is_space_or_control(char c) { return is_space(c) || (c >= 0 && c < ' ') || c == 0x7f; }

}  // namespace

void Lexer::skip_line() {
  saw_comment_ = true;
  const std::size_t end = text_.find('\n', at_);
  at_ = end == std::string_view::npos ? text_.size() : end + 1;
}

// Returns a hint, or a comment that has no end.
std::optional<Token> Lexer::skip_space() {
  for (;;) {
    const char c = char_at(at_);
    const char after = char_at(at_ + 1);
    if (is_space(c)) {
      ++at_;
    } else if (c == '#' && has(kHashComments)) {
      skip_line();
    } else if (c == '-' && after == '-' &&
               (!has(kDashesNeedSpace) || is_space_or_control(char_at(at_ + 2)))) {
      skip_line();
    } else if (c == '/' && after == '*') {
      if (auto token = comment()) return token;
    } else if (c == '*' && after == '/' && in_version_comment_) {
      in_version_comment_ = false;
      at_ += 2;
    } else {
      return std::nullopt;
    }
  }
}

std::optional<Token> Lexer::comment() {
  const std::size_t begin = at_;
  saw_comment_ = true;
  if (char_at(begin + 2) == '!' && has(kVersionComments)) {
    std::size_t digits = begin + 3;
    std::uint32_t version = 0;
    while (digits < begin + 3 + kVersionDigits + 1 && is_digit(char_at(digits))) {
      version = version * 10 + static_cast<std::uint32_t>(text_[digits++] - '0');
    }
    const bool numbered = digits >= begin + 3 + kVersionDigits;
    if (!numbered || version <= dialect_.version) {
      in_version_comment_ = true;
      at_ = numbered ? digits : begin + 3;
      return std::nullopt;
    }
  }
  const std::size_t end = text_.find("*/", begin + 2);
  if (end == std::string_view::npos) return malformed(begin, text_.size());
  if (char_at(begin + 2) == '+' && has(kHints) && is_hinted(last_terminal_)) {
    Token token = token_to(TokenKind::hint, begin, end + 2);
    token.content = static_cast<std::uint32_t>(begin + 3);
    token.content_size = static_cast<std::uint32_t>(end < begin + 3 ? 0 : end - begin - 3);
    return token;
  }
  at_ = end + 2;
  return std::nullopt;
}

}  // namespace octavo::sql
