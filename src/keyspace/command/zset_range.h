#pragma once

// The three ways to name a range of a sorted set, all turned into ranks.

#include <cstdint>
#include <optional>
#include <string_view>

#include "keyspace/arguments.h"
#include "keyspace/type/zset_value.h"

namespace octavo::keyspace {

// "1.5", "(1.5", "-inf", "+inf"
struct ScoreRange {
  double min = 0;
  double max = 0;
  bool min_open = false;
  bool max_open = false;
};
std::optional<ScoreRange> parse_score_range(std::string_view min, std::string_view max);

// "[a", "(a", "-", "+"
struct LexBound {
  enum class Kind : std::uint8_t { lowest, closed, open, highest };
  Kind kind = Kind::lowest;
  std::string_view text;
};
struct LexRange {
  LexBound min;
  LexBound max;
};
std::optional<LexRange> parse_lex_range(std::string_view min, std::string_view max);

IndexRange ranks_of(const ZsetValue& zset, const ScoreRange& range);
IndexRange ranks_of(const ZsetValue& zset, const LexRange& range);

inline constexpr std::string_view kBadScoreRange = "ERR min or max is not a float";
inline constexpr std::string_view kBadLexRange = "ERR min or max not valid string range item";

}  // namespace octavo::keyspace
