#pragma once

// What tells one SQL dialect's texts from another's, as data: the lexer asks for flags and tables,
// never for a name.

#include <cstdint>
#include <span>
#include <string_view>

#include "dialect/sql/lexer/symbols.h"
#include "dialect/sql/lexer/words.h"

namespace octavo::sql {

// How a dialect writes what is no word and no symbol.
enum Lexis : std::uint32_t {
  kHashComments = 1 << 0,         // `# …` to the end of the line
  kDashesNeedSpace = 1 << 1,      // `--` opens a comment before white space only
  kVersionComments = 1 << 2,      // `/*!80013 … */` is read when the version is not above ours
  kHints = 1 << 3,                // `/*+ … */` behind a statement's first word is a token
  kBackslashEscapes = 1 << 4,     // in strings
  kDoubleQuotedStrings = 1 << 5,  // else `"` quotes names
  kBacktickNames = 1 << 6,
  kAtVariables = 1 << 7,      // `@name`, `@'name'`, `@@name`
  kIntroducers = 1 << 8,      // `_utf8mb4'…'`
  kNationalStrings = 1 << 9,  // `N'…'`
  kBitStrings = 1 << 10,      // `b'01'`, `0b01`
  kHexStrings = 1 << 11,      // `x'1F'`, `0x1F`
  kDigitsInNames = 1 << 12,   // `1a` is a name
};

struct Dialect {
  std::string_view name;
  std::uint8_t WordRow::* words;  // its column in the table of words
  Dialects bit;                   // its bit in tables whose rows several dialects share
  std::uint32_t lexis;            // of Lexis
  // The greatest number of a version comment that is read, as MySQL counts: 80034 is 8.0.34.
  std::uint32_t version;
  std::span<const std::string_view> charsets;  // that an introducer may name; lower case
};

extern const Dialect kMysqlDialect;

// The modes of a session that change what a text means, a bit each (MySQL's sql_mode).
namespace mode {
enum Bit : std::uint8_t {
  kAnsiQuotes = 1 << 0,          // `"` quotes names
  kNoBackslashEscapes = 1 << 1,  // a backslash in a string is a character
  kPipesAsConcat = 1 << 2,       // `||` concatenates
  kIgnoreSpace = 1 << 3,         // `count (` is `count(`; such words are reserved
  kHighNotPrecedence = 1 << 4,   // NOT binds as `!`
  kRealAsFloat = 1 << 5,         // REAL is FLOAT
  kNoParameters = 1 << 6,        // `?` stands for nothing: the statement is run as it is
};
}  // namespace mode
using Modes = std::uint8_t;

}  // namespace octavo::sql
