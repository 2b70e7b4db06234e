// ZRANGE and its older relatives, ZRANGESTORE, ZREMRANGEBY*.

#include <algorithm>
#include <memory>
#include <optional>

#include "keyspace/arguments.h"
#include "keyspace/command/families.h"
#include "keyspace/command/zset_range.h"
#include "keyspace/command/zset_reply.h"
#include "keyspace/context.h"
#include "keyspace/type/zset_value.h"

namespace octavo::keyspace {
namespace {

enum class By : std::uint8_t { rank, score, lex };

struct RangeQuery {
  By by = By::rank;
  bool reverse = false;
  bool with_scores = false;
  std::int64_t offset = 0;
  std::int64_t limit = -1;
  // One of these, by `by`.
  std::int64_t start = 0;
  std::int64_t end = 0;
  ScoreRange scores;
  LexRange texts;
};

// Which words may follow the bounds.
struct Grammar {
  bool by = false;           // BYSCORE, BYLEX, REV: the unified ZRANGE
  bool limit = false;        // LIMIT
  bool with_scores = false;  // WITHSCORES
};

bool parse_words(Args words, const Grammar& grammar, RangeQuery& query, Reply& reply) {
  bool limited = false;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (grammar.with_scores && is_word(words[i], "withscores")) {
      query.with_scores = true;
    } else if (grammar.limit && i + 2 < words.size() && is_word(words[i], "limit")) {
      const auto offset = integer_argument(words[i + 1], reply);
      if (!offset) return false;
      const auto limit = integer_argument(words[i + 2], reply);
      if (!limit) return false;
      query.offset = *offset;
      query.limit = *limit;
      limited = true;
      i += 2;
    } else if (grammar.by && is_word(words[i], "rev")) {
      query.reverse = true;
    } else if (grammar.by && query.by == By::rank && is_word(words[i], "byscore")) {
      query.by = By::score;
    } else if (grammar.by && query.by == By::rank && is_word(words[i], "bylex")) {
      query.by = By::lex;
    } else {
      reply.syntax_error();
      return false;
    }
  }
  if (limited && query.limit != -1 && query.by == By::rank) {
    reply.error(
        "ERR syntax error, LIMIT is only supported in combination with either BYSCORE or "
        "BYLEX");
    return false;
  }
  if (query.with_scores && query.by == By::lex) {
    reply.error("ERR syntax error, WITHSCORES not supported in combination with BYLEX");
    return false;
  }
  return true;
}

bool parse_bounds(std::string_view first, std::string_view second, RangeQuery& query,
                  Reply& reply) {
  // Backwards, a score or lexical range is given from its upper end.
  const bool swapped = query.reverse && query.by != By::rank;
  const std::string_view low = swapped ? second : first;
  const std::string_view high = swapped ? first : second;
  switch (query.by) {
    case By::rank: {
      const auto start = integer_argument(first, reply);
      if (!start) return false;
      const auto end = integer_argument(second, reply);
      if (!end) return false;
      query.start = *start;
      query.end = *end;
      return true;
    }
    case By::score: {
      const auto range = parse_score_range(low, high);
      if (!range) {
        reply.error(kBadScoreRange);
        return false;
      }
      query.scores = *range;
      return true;
    }
    case By::lex: {
      const auto range = parse_lex_range(low, high);
      if (!range) {
        reply.error(kBadLexRange);
        return false;
      }
      query.texts = *range;
      return true;
    }
  }
  return false;
}

// The ranks, counted from the lowest score, that the query selects.
IndexRange select(const ZsetValue& zset, const RangeQuery& query) {
  IndexRange range;
  switch (query.by) {
    case By::rank: {
      range = index_range(query.start, query.end, zset.size());
      if (!query.reverse || range.empty()) return range;
      return {zset.size() - range.stop, zset.size() - range.start};
    }
    case By::score: range = ranks_of(zset, query.scores); break;
    case By::lex: range = ranks_of(zset, query.texts); break;
  }
  if (range.empty() || query.offset < 0) return {};
  const std::uint64_t skipped = std::min(static_cast<std::uint64_t>(query.offset), range.size());
  const std::uint64_t left = range.size() - skipped;
  const std::uint64_t kept =
      query.limit < 0 ? left : std::min(left, static_cast<std::uint64_t>(query.limit));
  if (query.reverse) {
    const std::uint64_t stop = range.stop - skipped;
    return {stop - kept, stop};
  }
  return {range.start + skipped, range.start + skipped + kept};
}

// While somebody wants it.
template <class Visit>
void visit_range(CommandContext& context, const ZsetValue& zset, const IndexRange& range,
                 bool reverse, Visit&& visit) {
  std::uint64_t left = range.size();
  if (left == 0) return;
  zset.visit(reverse ? range.stop - 1 : range.start, reverse,
             [&](std::string_view member, double score) {
               visit(member, score);
               return --left > 0 && context.go_on();
             });
}

void reply_range(CommandContext& context, std::string_view key, const RangeQuery& query,
                 Reply& reply) {
  const auto zset = context.read<ZsetValue>(key, reply);
  if (!zset) return;
  if (*zset == nullptr) return reply.empty_array();
  const IndexRange range = select(**zset, query);
  if (context.defer(range.size())) return;
  ScoredReply out(reply, query.with_scores);
  out.header(range.size());
  visit_range(context, **zset, range, query.reverse,
              [&](std::string_view member, double score) { out.item(member, score); });
}

void range_command(CommandContext& context, Args args, RangeQuery query, const Grammar& grammar,
                   Reply& reply) {
  if (!parse_words(args.subspan(4), grammar, query, reply)) return;
  if (!parse_bounds(args[2], args[3], query, reply)) return;
  reply_range(context, args[1], query, reply);
}

void zrange_command(CommandContext& context, Args args, Reply& reply) {
  range_command(context, args, {}, {.by = true, .limit = true, .with_scores = true}, reply);
}
void zrevrange_command(CommandContext& context, Args args, Reply& reply) {
  range_command(context, args, {.reverse = true}, {.with_scores = true}, reply);
}
void zrangebyscore_command(CommandContext& context, Args args, Reply& reply) {
  range_command(context, args, {.by = By::score}, {.limit = true, .with_scores = true}, reply);
}
void zrevrangebyscore_command(CommandContext& context, Args args, Reply& reply) {
  range_command(context, args, {.by = By::score, .reverse = true},
                {.limit = true, .with_scores = true}, reply);
}
void zrangebylex_command(CommandContext& context, Args args, Reply& reply) {
  range_command(context, args, {.by = By::lex}, {.limit = true}, reply);
}
void zrevrangebylex_command(CommandContext& context, Args args, Reply& reply) {
  range_command(context, args, {.by = By::lex, .reverse = true}, {.limit = true}, reply);
}

void zrangestore_command(CommandContext& context, Args args, Reply& reply) {
  RangeQuery query;
  if (!parse_words(args.subspan(5), {.by = true, .limit = true}, query, reply)) return;
  if (!parse_bounds(args[3], args[4], query, reply)) return;
  const auto source = context.read<ZsetValue>(args[2], reply);
  if (!source) return;
  const IndexRange range = *source == nullptr ? IndexRange() : select(**source, query);
  auto result = context.make(range.size(), [&] {
    auto members = std::make_unique<ZsetValue>();
    if (!range.empty()) {
      visit_range(context, **source, range, query.reverse,
                  [&](std::string_view member, double score) {
                    members->set(member, score, context.limits());
                  });
    }
    return std::optional<Object>(members.release());
  });
  if (!result) return;
  reply.integer(static_cast<std::int64_t>(result->element_count()));
  context.put_or_erase(args[1], std::move(*result), EventClass::zset, "zrangestore");
}

void remove_range(CommandContext& context, Args args, By by, std::string_view event, Reply& reply) {
  RangeQuery query{.by = by};
  if (!parse_bounds(args[2], args[3], query, reply)) return;
  const auto found = context.write<ZsetValue>(args[1], reply);
  if (!found) return;
  if (*found == nullptr) return reply.integer(0);
  const auto& zset = (*found)->value.as<ZsetValue>();
  const IndexRange range = select(zset, query);
  if (range.size() == zset.size()) {
    // What is all goes as a whole: it is freed by others.
    context.db().replace(**found, Object(new ZsetValue));
    context.notify(EventClass::zset, event, args[1]);
    context.erase_if_empty(**found);
  } else if (!range.empty()) {
    context.edit<ZsetValue>(**found).erase_ranks(range.start, range.size());
    context.notify(EventClass::zset, event, args[1]);
    context.erase_if_empty(**found);
  }
  reply.integer(static_cast<std::int64_t>(range.size()));
}
void zremrangebyrank_command(CommandContext& context, Args args, Reply& reply) {
  remove_range(context, args, By::rank, "zremrangebyrank", reply);
}
void zremrangebyscore_command(CommandContext& context, Args args, Reply& reply) {
  remove_range(context, args, By::score, "zremrangebyscore", reply);
}
void zremrangebylex_command(CommandContext& context, Args args, Reply& reply) {
  remove_range(context, args, By::lex, "zremrangebylex", reply);
}

constexpr CommandSpec kRows[] = {
    {"zrange", -4, kReadonly, 1, 1, 1, zrange_command, "sorted-set", "1.2.0",
     "Return a range of members in a sorted set"},
    {"zrevrange", -4, kReadonly, 1, 1, 1, zrevrange_command, "sorted-set", "1.2.0",
     "Return a range of members in a sorted set, by index, with scores ordered from high to low"},
    {"zrangebyscore", -4, kReadonly, 1, 1, 1, zrangebyscore_command, "sorted-set", "1.0.5",
     "Return a range of members in a sorted set, by score"},
    {"zrevrangebyscore", -4, kReadonly, 1, 1, 1, zrevrangebyscore_command, "sorted-set", "2.2.0",
     "Return a range of members in a sorted set, by score, with scores ordered from high to low"},
    {"zrangebylex", -4, kReadonly, 1, 1, 1, zrangebylex_command, "sorted-set", "2.8.9",
     "Return a range of members in a sorted set, by lexicographical range"},
    {"zrevrangebylex", -4, kReadonly, 1, 1, 1, zrevrangebylex_command, "sorted-set", "2.8.9",
     "Return a range of members in a sorted set, by lexicographical range, ordered from "
     "higher to lower strings."},
    CommandSpec{"zrangestore", -5, kWrite | kDenyOom | kMakesFirst, 1, 2, 1, zrangestore_command,
                "sorted-set", "6.2.0", "Store a range of members from sorted set into another key"}
        .with_use(use::kOW | use::kUpdate, use::kRO | use::kAccess),
    CommandSpec{"zremrangebyrank", 4, kWrite, 1, 1, 1, zremrangebyrank_command, "sorted-set",
                "2.0.0", "Remove all members in a sorted set within the given indexes"}
        .with_use(use::kRW | use::kDelete),
    CommandSpec{"zremrangebyscore", 4, kWrite, 1, 1, 1, zremrangebyscore_command, "sorted-set",
                "1.2.0", "Remove all members in a sorted set within the given scores"}
        .with_use(use::kRW | use::kDelete),
    CommandSpec{"zremrangebylex", 4, kWrite, 1, 1, 1, zremrangebylex_command, "sorted-set", "2.8.9",
                "Remove all members in a sorted set between the given lexicographical range"}
        .with_use(use::kRW | use::kDelete),
};

}  // namespace

std::span<const CommandSpec> zset_range_commands() { return kRows; }

}  // namespace octavo::keyspace
