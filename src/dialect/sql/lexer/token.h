#pragma once

#include <cstdint>

namespace octavo::sql {

enum class TokenKind : std::uint8_t {
  end,
  name,         // a word of the language, or anything else that is written without quotes
  quoted_name,  // `a b`
  string,
  national_string,
  hex,  // the content has the digits
  bits,
  integer,
  decimal,
  floating,    // with an exponent
  variable,    // @name; the content is without the `@`
  introducer,  // _utf8mb4; the content is without the `_`
  symbol,
  hint,       // /*+ … */
  malformed,  // a string, name or comment without its end, digits that are none, a stray character
};

// A piece of a text, by its place there.
struct Token {
  TokenKind kind = TokenKind::end;
  bool escaped = false;            // the content has doubled quotes or escapes: see text.h
  char quote = '\0';               // of a quoted name, string or variable
  std::uint16_t terminal = 0;      // of a word or symbol: Terminal::number
  std::uint32_t begin = 0;         // in bytes
  std::uint32_t end = 0;           // behind its last byte
  std::uint32_t content = 0;       // without quotes and prefixes
  std::uint32_t content_size = 0;  // in bytes
};

}  // namespace octavo::sql
