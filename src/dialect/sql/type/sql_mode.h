#pragma once

// The modes of a session (sql_mode): a bit each, and the words for them. Those that change what a
// text means are the lexer's `Modes` as well.

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

namespace octavo::sql {

using SqlMode = std::uint32_t;

namespace sql_mode {
enum Bit : SqlMode {
  kRealAsFloat = 1U << 0,
  kPipesAsConcat = 1U << 1,
  kAnsiQuotes = 1U << 2,
  kIgnoreSpace = 1U << 3,
  kOnlyFullGroupBy = 1U << 4,
  kNoUnsignedSubtraction = 1U << 5,
  kNoDirInCreate = 1U << 6,
  kNoAutoValueOnZero = 1U << 7,
  kNoBackslashEscapes = 1U << 8,
  kStrictTransTables = 1U << 9,
  kStrictAllTables = 1U << 10,
  kNoZeroInDate = 1U << 11,
  kNoZeroDate = 1U << 12,
  kAllowInvalidDates = 1U << 13,
  kErrorForDivisionByZero = 1U << 14,
  kHighNotPrecedence = 1U << 15,
  kNoEngineSubstitution = 1U << 16,
  kPadCharToFullLength = 1U << 17,
  kTimeTruncateFractional = 1U << 18,
};

struct Row {
  std::string_view name;
  SqlMode bits;  // of combinations several
};
// In the order in which they are shown.
inline constexpr std::array kRows = std::to_array<Row>({
    {"REAL_AS_FLOAT", kRealAsFloat},
    {"PIPES_AS_CONCAT", kPipesAsConcat},
    {"ANSI_QUOTES", kAnsiQuotes},
    {"IGNORE_SPACE", kIgnoreSpace},
    {"ONLY_FULL_GROUP_BY", kOnlyFullGroupBy},
    {"NO_UNSIGNED_SUBTRACTION", kNoUnsignedSubtraction},
    {"NO_DIR_IN_CREATE", kNoDirInCreate},
    {"NO_AUTO_VALUE_ON_ZERO", kNoAutoValueOnZero},
    {"NO_BACKSLASH_ESCAPES", kNoBackslashEscapes},
    {"STRICT_TRANS_TABLES", kStrictTransTables},
    {"STRICT_ALL_TABLES", kStrictAllTables},
    {"NO_ZERO_IN_DATE", kNoZeroInDate},
    {"NO_ZERO_DATE", kNoZeroDate},
    {"ALLOW_INVALID_DATES", kAllowInvalidDates},
    {"ERROR_FOR_DIVISION_BY_ZERO", kErrorForDivisionByZero},
    {"HIGH_NOT_PRECEDENCE", kHighNotPrecedence},
    {"NO_ENGINE_SUBSTITUTION", kNoEngineSubstitution},
    {"PAD_CHAR_TO_FULL_LENGTH", kPadCharToFullLength},
    {"TIME_TRUNCATE_FRACTIONAL", kTimeTruncateFractional},
});

constexpr SqlMode kDefault = kOnlyFullGroupBy | kStrictTransTables | kNoZeroInDate | kNoZeroDate |
                             kErrorForDivisionByZero | kNoEngineSubstitution;
constexpr SqlMode kStrict = kStrictTransTables | kStrictAllTables;

// Names of several at once.
inline constexpr std::array kCombinations = std::to_array<Row>({
    {"ANSI", kRealAsFloat | kPipesAsConcat | kAnsiQuotes | kIgnoreSpace | kOnlyFullGroupBy},
    {"TRADITIONAL", kStrictTransTables | kStrictAllTables | kNoZeroInDate | kNoZeroDate |
                        kErrorForDivisionByZero | kNoEngineSubstitution},
});

// kDefault in words, as `sql_mode` shows it.
inline constexpr auto kDefaultLetters = [] {
  constexpr std::size_t kSize = [] {
    std::size_t size = 0;
    for (const Row& row : kRows) size += (row.bits & kDefault) == 0 ? 0 : row.name.size() + 1;
    return size - 1;  // a comma between two
  }();
  std::array<char, kSize> letters{};
  char* at = letters.data();
  for (const Row& row : kRows) {
    if ((row.bits & kDefault) == 0) continue;
    if (at != letters.data()) *at++ = ',';
    at = std::ranges::copy(row.name, at).out;
  }
  return letters;
}();
inline constexpr std::string_view kDefaultText(kDefaultLetters.data(), kDefaultLetters.size());
}  // namespace sql_mode

}  // namespace octavo::sql
