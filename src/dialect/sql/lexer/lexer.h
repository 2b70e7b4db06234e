#pragma once

// Texts to tokens, one at a time and without memory of its own: a token is a place in the text.
// Time is linear in the text whatever it holds.
//
//   Lexer lexer("SELECT 1", kMysqlDialect, 0);
//   for (Token token = lexer.next(); token.kind != TokenKind::end; token = lexer.next()) …
//
// What is no token comes as `malformed`; the lexer then stands behind it, mostly at the end.

#include <optional>
#include <string_view>

#include "dialect/sql/lexer/dialect.h"
#include "dialect/sql/lexer/token.h"

namespace octavo::sql {

class Lexer {
 public:
  // The text, smaller than 4 GiB, must outlive the lexer.
  Lexer(std::string_view text, const Dialect& dialect, Modes modes)
      : text_(text), dialect_(dialect), modes_(modes) {}

  Token next();
  bool saw_comment() const { return saw_comment_; }  // so far

 private:
  bool has(Lexis flag) const { return (dialect_.lexis & flag) != 0; }
  char char_at(std::size_t at) const { return at < text_.size() ? text_[at] : '\0'; }
  Token token_to(TokenKind kind, std::size_t begin, std::size_t end);
  Token malformed(std::size_t begin, std::size_t end) {
    return token_to(TokenKind::malformed, begin, end);
  }

  // lexer.cc
  Token name_or_word(std::size_t begin);
  Token plain_name(std::size_t begin);
  Token symbol();
  Token variable();
  bool is_called(std::size_t after) const;
  // lex_literal.cc
  Token number();
  std::optional<Token> radix_number(std::size_t begin, bool (*is_digit)(char), TokenKind kind);
  Token digits_in_quotes(TokenKind kind);
  Token quoted(TokenKind kind, std::size_t begin, std::size_t prefix);
  bool backslash_escapes() const;
  // lex_space.cc
  std::optional<Token> skip_space();
  std::optional<Token> comment();
  void skip_line();

  const std::string_view text_;
  const Dialect& dialect_;
  const Modes modes_;
  std::size_t at_ = 0;
  std::uint16_t last_terminal_ = 0;  // of the token before
  std::size_t last_name_end_ = 0;    // behind the name that was the token before
  bool name_follows_ = false;        // behind a `.`: what comes is a name, not a word
  bool in_version_comment_ = false;
  bool saw_comment_ = false;
};

}  // namespace octavo::sql
