#include "keyspace/command/zset_range.h"

#include <cmath>
#include <cstdlib>
#include <string>

namespace octavo::keyspace {
namespace {

std::optional<double> parse_score_bound(std::string_view text, bool& open) {
  open = !text.empty() && text[0] == '(';
  // More lenient than a score: nothing at all is 0, and what is too large is infinite.
  const std::string number(text.substr(open ? 1 : 0));
  char* end = nullptr;
  const double value = std::strtod(number.c_str(), &end);
  if (*end != '\0' || std::isnan(value)) return std::nullopt;
  return value;
}

std::optional<LexBound> parse_lex_bound(std::string_view text) {
  if (text == "-") return LexBound{LexBound::Kind::lowest, {}};
  if (text == "+") return LexBound{LexBound::Kind::highest, {}};
  if (text.starts_with('[')) return LexBound{LexBound::Kind::closed, text.substr(1)};
  if (text.starts_with('(')) return LexBound{LexBound::Kind::open, text.substr(1)};
  return std::nullopt;
}

// Members in front of a bound; with `inclusive`, those equal to it as well.
std::uint64_t count_below(const ZsetValue& zset, const LexBound& bound, bool inclusive) {
  if (bound.kind == LexBound::Kind::lowest) return 0;
  if (bound.kind == LexBound::Kind::highest) return zset.size();
  return zset.count_before([&](double, std::string_view member) {
    return inclusive ? member <= bound.text : member < bound.text;
  });
}

}  // namespace

std::optional<ScoreRange> parse_score_range(std::string_view min, std::string_view max) {
  ScoreRange range;
  const auto low = parse_score_bound(min, range.min_open);
  const auto high = parse_score_bound(max, range.max_open);
  if (!low || !high) return std::nullopt;
  range.min = *low;
  range.max = *high;
  return range;
}

std::optional<LexRange> parse_lex_range(std::string_view min, std::string_view max) {
  const auto low = parse_lex_bound(min);
  const auto high = parse_lex_bound(max);
  if (!low || !high) return std::nullopt;
  return LexRange{*low, *high};
}

IndexRange ranks_of(const ZsetValue& zset, const ScoreRange& range) {
  const auto before_min = [&](double score, std::string_view) {
    return range.min_open ? score <= range.min : score < range.min;
  };
  const auto before_end = [&](double score, std::string_view) {
    return range.max_open ? score < range.max : score <= range.max;
  };
  return {zset.count_before(before_min), zset.count_before(before_end)};
}

IndexRange ranks_of(const ZsetValue& zset, const LexRange& range) {
  return {count_below(zset, range.min, range.min.kind == LexBound::Kind::open),
          count_below(zset, range.max, range.max.kind == LexBound::Kind::closed)};
}

}  // namespace octavo::keyspace
