// Sorted sets: members one by one, counting, popping, at random. Ranges and the algebra of
// several sets have files of their own.

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "keyspace/arguments.h"
#include "keyspace/blocking.h"
#include "keyspace/command/families.h"
#include "keyspace/command/random_pick.h"
#include "keyspace/command/zset_range.h"
#include "keyspace/command/zset_reply.h"
#include "keyspace/context.h"
#include "keyspace/scan.h"
#include "keyspace/type/zset_value.h"

namespace octavo::keyspace {
namespace {

// --- ZADD ---

struct AddOptions {
  bool only_new = false;       // NX
  bool only_existing = false;  // XX
  bool only_greater = false;   // GT
  bool only_less = false;      // LT
  bool count_changes = false;  // CH
  bool increment = false;      // INCR
};

// Returns the position of the first score, or nullopt after an error.
std::optional<std::size_t> add_options(Args args, AddOptions& options, Reply& reply) {
  std::size_t at = 2;
  for (; at < args.size(); ++at) {
    if (is_word(args[at], "nx")) {
      options.only_new = true;
    } else if (is_word(args[at], "xx")) {
      options.only_existing = true;
    } else if (is_word(args[at], "gt")) {
      options.only_greater = true;
    } else if (is_word(args[at], "lt")) {
      options.only_less = true;
    } else if (is_word(args[at], "ch")) {
      options.count_changes = true;
    } else if (is_word(args[at], "incr")) {
      options.increment = true;
    } else {
      break;
    }
  }
  const std::size_t rest = args.size() - at;
  if (rest == 0 || rest % 2 != 0) {
    reply.syntax_error();
  } else if (options.only_new && options.only_existing) {
    reply.error("ERR XX and NX options at the same time are not compatible");
  } else if ((options.only_greater && (options.only_new || options.only_less)) ||
             (options.only_less && options.only_new)) {
    reply.error("ERR GT, LT, and/or NX options at the same time are not compatible");
  } else if (options.increment && rest > 2) {
    reply.error("ERR INCR option supports a single increment-element pair");
  } else {
    return at;
  }
  return std::nullopt;
}

struct AddResult {
  std::int64_t added = 0;
  std::int64_t updated = 0;
  std::optional<double> score;  // of the last element, when it was set or already so
  bool not_a_number = false;
};

void add_one(ZsetValue& zset, std::string_view member, double score, const AddOptions& options,
             const EncodingLimits& limits, AddResult& result) {
  const auto current = zset.score(member);
  result.score.reset();
  if (!current) {
    if (options.only_existing) return;
    zset.set(member, score, limits);
    ++result.added;
    result.score = score;
    return;
  }
  if (options.only_new) return;
  if (options.increment) {
    score += *current;
    if (std::isnan(score)) {
      result.not_a_number = true;
      return;
    }
  }
  if ((options.only_greater && score <= *current) || (options.only_less && score >= *current)) {
    return;
  }
  if (zset.set(member, score, limits) == ZsetValue::Change::updated) ++result.updated;
  result.score = score;
}

void add(CommandContext& context, std::string_view key, Args pairs, const AddOptions& options,
         Reply& reply) {
  std::vector<double> scores;
  scores.reserve(pairs.size() / 2);
  for (std::size_t i = 0; i < pairs.size(); i += 2) {
    const auto score = double_argument(pairs[i], reply);
    if (!score) return;
    scores.push_back(*score);
  }
  const auto found = context.write<ZsetValue>(key, reply);
  if (!found) return;
  AddResult result;
  if (*found != nullptr || !options.only_existing) {
    KeyEntry& entry = *found != nullptr ? **found : context.create<ZsetValue>(key);
    auto& zset = context.prepare<ZsetValue>(entry);
    for (std::size_t i = 0; i < scores.size(); ++i) {
      add_one(zset, pairs[i * 2 + 1], scores[i], options, context.limits(), result);
    }
    if (result.added + result.updated > 0) {
      context.commit(entry);
      context.notify(EventClass::zset, options.increment ? "zincr" : "zadd", key);
      context.signal_ready(key);
    }
  }
  if (result.not_a_number) return reply.error("ERR resulting score is not a number (NaN)");
  if (options.increment) return result.score ? reply.real(*result.score) : reply.null();
  reply.integer(result.added + (options.count_changes ? result.updated : 0));
}

void zadd_command(CommandContext& context, Args args, Reply& reply) {
  AddOptions options;
  const auto first = add_options(args, options, reply);
  if (first) add(context, args[1], args.subspan(*first), options, reply);
}

void zincrby_command(CommandContext& context, Args args, Reply& reply) {
  add(context, args[1], args.subspan(2), AddOptions{.increment = true}, reply);
}

void zrem_command(CommandContext& context, Args args, Reply& reply) {
  const auto found = context.write<ZsetValue>(args[1], reply);
  if (!found) return;
  if (*found == nullptr) return reply.integer(0);
  auto& zset = context.prepare<ZsetValue>(**found);
  std::int64_t removed = 0;
  for (const std::string_view member : args.subspan(2)) removed += zset.erase(member) ? 1 : 0;
  if (removed > 0) {
    context.commit(**found);
    context.notify(EventClass::zset, "zrem", args[1]);
    context.erase_if_empty(**found);
  }
  reply.integer(removed);
}

// --- asking ---

void zcard_command(CommandContext& context, Args args, Reply& reply) {
  const auto zset = context.read<ZsetValue>(args[1], reply);
  if (zset) reply.integer(*zset == nullptr ? 0 : (*zset)->size());
}

void reply_score(const ZsetValue* zset, std::string_view member, Reply& reply) {
  const auto score = zset == nullptr ? std::nullopt : zset->score(member);
  score ? reply.real(*score) : reply.null();
}

void zscore_command(CommandContext& context, Args args, Reply& reply) {
  const auto zset = context.read<ZsetValue>(args[1], reply);
  if (zset) reply_score(*zset, args[2], reply);
}

void zmscore_command(CommandContext& context, Args args, Reply& reply) {
  const auto zset = context.read<ZsetValue>(args[1], reply);
  if (!zset) return;
  reply.array_header(args.size() - 2);
  for (const std::string_view member : args.subspan(2)) reply_score(*zset, member, reply);
}

// WITHSCORE is of Redis 7.2.
void rank(CommandContext& context, Args args, bool reverse, Reply& reply) {
  if (args.size() > 4) return wrong_arity(reply, args[0]);
  const bool with_score = args.size() == 4;
  if (with_score && !is_word(args[3], "withscore")) return reply.syntax_error();
  const auto zset = context.read<ZsetValue>(args[1], reply);
  if (!zset) return;
  const auto position = *zset == nullptr ? std::nullopt : (*zset)->rank(args[2]);
  if (!position) return with_score ? reply.null_array() : reply.null();
  if (with_score) reply.array_header(2);
  reply.integer(static_cast<std::int64_t>(reverse ? (*zset)->size() - 1 - *position : *position));
  if (with_score) reply.real(*(*zset)->score(args[2]));
}
void zrank_command(CommandContext& context, Args args, Reply& reply) {
  rank(context, args, false, reply);
}
void zrevrank_command(CommandContext& context, Args args, Reply& reply) {
  rank(context, args, true, reply);
}

void zcount_command(CommandContext& context, Args args, Reply& reply) {
  const auto range = parse_score_range(args[2], args[3]);
  if (!range) return reply.error(kBadScoreRange);
  const auto zset = context.read<ZsetValue>(args[1], reply);
  if (!zset) return;
  reply.integer(*zset == nullptr ? 0 : static_cast<std::int64_t>(ranks_of(**zset, *range).size()));
}

void zlexcount_command(CommandContext& context, Args args, Reply& reply) {
  const auto range = parse_lex_range(args[2], args[3]);
  if (!range) return reply.error(kBadLexRange);
  const auto zset = context.read<ZsetValue>(args[1], reply);
  if (!zset) return;
  reply.integer(*zset == nullptr ? 0 : static_cast<std::int64_t>(ranks_of(**zset, *range).size()));
}

// --- popping ---

enum class Extreme : std::uint8_t { min, max };

std::optional<Extreme> extreme_argument(std::string_view argument) {
  if (is_word(argument, "min")) return Extreme::min;
  if (is_word(argument, "max")) return Extreme::max;
  return std::nullopt;
}

// Removes up to `count` items from one end, calling `visit(member, score)` for each before.
template <class Visit>
void take(CommandContext& context, KeyEntry& entry, Extreme extreme, std::uint64_t count,
          Visit&& visit) {
  const std::string key(entry.key());
  auto& zset = context.edit<ZsetValue>(entry);
  const std::uint64_t size = zset.size();
  count = std::min(count, size);
  if (count == 0) return;
  const bool from_top = extreme == Extreme::max;
  std::uint64_t left = count;
  zset.visit(from_top ? size - 1 : 0, from_top, [&](std::string_view member, double score) {
    visit(member, score);
    return --left > 0;
  });
  zset.erase_ranks(from_top ? size - count : 0, count);
  context.notify(EventClass::zset, from_top ? "zpopmax" : "zpopmin", key);
  context.erase_if_empty(entry);
}

void pop(CommandContext& context, Args args, Extreme extreme, Reply& reply) {
  if (args.size() > 3) return reply.syntax_error();
  std::optional<std::int64_t> count;
  if (args.size() == 3 && !(count = positive_argument(args[2], reply))) return;
  const auto found = context.write<ZsetValue>(args[1], reply);
  if (!found) return;
  if (*found == nullptr || (count && *count == 0)) return reply.empty_array();
  const std::uint64_t pops = std::min<std::uint64_t>(static_cast<std::uint64_t>(count.value_or(1)),
                                                     (*found)->value.as<ZsetValue>().size());
  // Without a count the pair stands alone, in RESP3 too.
  const bool pairs = count.has_value() && reply.resp3();
  reply.array_header(pairs ? pops : pops * 2);
  take(context, **found, extreme, pops, [&](std::string_view member, double score) {
    if (pairs) reply.array_header(2);
    reply.bulk(member);
    reply.real(score);
  });
}
void zpopmin_command(CommandContext& context, Args args, Reply& reply) {
  pop(context, args, Extreme::min, reply);
}
void zpopmax_command(CommandContext& context, Args args, Reply& reply) {
  pop(context, args, Extreme::max, reply);
}

void blocking_pop(CommandContext& context, Args args, Extreme extreme, Reply& reply) {
  if (!timeout_argument(args.back(), reply)) return;
  for (const std::string_view key : args.subspan(1, args.size() - 2)) {
    const auto found = context.write<ZsetValue>(key, reply);
    if (!found) return;
    if (*found == nullptr) continue;
    reply.array_header(3);
    reply.bulk(key);
    return take(context, **found, extreme, 1, [&](std::string_view member, double score) {
      reply.bulk(member);
      reply.real(score);
    });
  }
  if (context.may_block()) return context.block();
  reply.null_array();
}
void bzpopmin_command(CommandContext& context, Args args, Reply& reply) {
  blocking_pop(context, args, Extreme::min, reply);
}
void bzpopmax_command(CommandContext& context, Args args, Reply& reply) {
  blocking_pop(context, args, Extreme::max, reply);
}

// numkeys key [key ...] MIN|MAX [COUNT n], from args[at] on
void multi_pop(CommandContext& context, Args args, std::size_t at, bool blocking, Reply& reply) {
  constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();
  const auto keys =
      bounded_argument(args[at], 1, kMax, reply, "ERR numkeys should be greater than 0");
  if (!keys) return;
  const auto key_count = static_cast<std::uint64_t>(*keys);
  if (key_count >= args.size() - at - 1) return reply.syntax_error();
  const std::size_t where = at + 1 + key_count;
  const auto extreme = extreme_argument(args[where]);
  if (!extreme) return reply.syntax_error();
  std::optional<std::int64_t> count;
  for (std::size_t i = where + 1; i < args.size(); i += 2) {
    if (count || i + 1 >= args.size() || !is_word(args[i], "count")) return reply.syntax_error();
    count = bounded_argument(args[i + 1], 1, kMax, reply, "ERR count should be greater than 0");
    if (!count) return;
  }
  for (const std::string_view key : args.subspan(at + 1, key_count)) {
    const auto found = context.write<ZsetValue>(key, reply);
    if (!found) return;
    if (*found == nullptr) continue;
    const std::uint64_t pops = std::min<std::uint64_t>(
        static_cast<std::uint64_t>(count.value_or(1)), (*found)->value.as<ZsetValue>().size());
    reply.array_header(2);
    reply.bulk(key);
    reply.array_header(pops);
    return take(context, **found, *extreme, pops, [&](std::string_view member, double score) {
      reply.array_header(2);
      reply.bulk(member);
      reply.real(score);
    });
  }
  if (blocking && context.may_block()) return context.block();
  reply.null_array();
}
void zmpop_command(CommandContext& context, Args args, Reply& reply) {
  multi_pop(context, args, 1, false, reply);
}
void bzmpop_command(CommandContext& context, Args args, Reply& reply) {
  if (!timeout_argument(args[1], reply)) return;
  multi_pop(context, args, 2, true, reply);
}

// --- at random, scanning ---

void zrandmember_command(CommandContext& context, Args args, Reply& reply) {
  bool scores = false;
  std::optional<std::int64_t> count;
  if (args.size() >= 3) {
    if (!(count = pick_count_argument(args[2], reply))) return;
    scores = args.size() == 4 && is_word(args[3], "withscores");
    if (args.size() > 4 || (args.size() == 4 && !scores)) return reply.syntax_error();
    if (!pick_count_fits(*count, scores, reply)) return;
  }
  const auto zset = context.read<ZsetValue>(args[1], reply);
  if (!zset) return;
  if (*zset == nullptr) return count ? reply.empty_array() : reply.null();
  if (!count) return reply.bulk((*zset)->at(context.random().below((*zset)->size())).member);
  if (context.defer(pick_cost((*zset)->size(), *count))) return;
  ScoredReply out(reply, scores);
  const auto picks = pick_random(context.random(), (*zset)->size(), *count);
  out.header(picks.size());
  for (const std::uint32_t pick : picks) {
    if (!context.go_on()) return;
    const ZsetValue::Item item = (*zset)->at(pick);
    out.item(item.member, item.score);
  }
}

void zscan_command(CommandContext& context, Args args, Reply& reply) {
  const auto cursor = scan_cursor(args[2], reply);
  if (!cursor) return;
  const auto zset = context.read<ZsetValue>(args[1], reply);
  if (!zset) return;
  if (*zset == nullptr) return ScanReply().send(0, reply);  // whatever the options
  const auto options = scan_options(args.subspan(3), *cursor, false, reply);
  if (!options) return;
  ScanReply found;
  const std::uint64_t next =
      (*zset)->scan(options->cursor, options->count, [&](std::string_view member, double score) {
        if (!options->matches(member)) return;
        found.bulk(member);
        found.bulk(format_double(score));
      });
  found.send(next, reply);
}

constexpr CommandSpec kRows[] = {
    CommandSpec{"zadd", -4, kWrite | kDenyOom | kFast, 1, 1, 1, zadd_command, "sorted-set", "1.2.0",
                "Add one or more members to a sorted set, or update its score if it already exists"}
        .with_element_at(3)
        .with_use(use::kRW | use::kUpdate),
    CommandSpec{"zincrby", 4, kWrite | kDenyOom | kFast, 1, 1, 1, zincrby_command, "sorted-set",
                "1.2.0", "Increment the score of a member in a sorted set"}
        .with_element_at(3)
        .with_use(use::kRW | use::kAccess | use::kUpdate),
    CommandSpec{"zrem", -3, kWrite | kFast, 1, 1, 1, zrem_command, "sorted-set", "1.2.0",
                "Remove one or more members from a sorted set"}
        .with_element_at(2)
        .with_use(use::kRW | use::kDelete),
    CommandSpec{"zcard", 2, kReadonly | kFast, 1, 1, 1, zcard_command, "sorted-set", "1.2.0",
                "Get the number of members in a sorted set"}
        .with_use(use::kRO),
    CommandSpec{"zscore", 3, kReadonly | kFast, 1, 1, 1, zscore_command, "sorted-set", "1.2.0",
                "Get the score associated with the given member in a sorted set"}
        .with_element_at(2),
    CommandSpec{"zmscore", -3, kReadonly | kFast, 1, 1, 1, zmscore_command, "sorted-set", "6.2.0",
                "Get the score associated with the given members in a sorted set"}
        .with_element_at(2),
    CommandSpec{"zrank", -3, kReadonly | kFast, 1, 1, 1, zrank_command, "sorted-set", "2.0.0",
                "Determine the index of a member in a sorted set"}
        .with_element_at(2),
    CommandSpec{
        "zrevrank", -3, kReadonly | kFast, 1, 1, 1, zrevrank_command, "sorted-set", "2.0.0",
        "Determine the index of a member in a sorted set, with scores ordered from high to low"}
        .with_element_at(2),
    {"zcount", 4, kReadonly | kFast, 1, 1, 1, zcount_command, "sorted-set", "2.0.0",
     "Count the members in a sorted set with scores within the given values"},
    {"zlexcount", 4, kReadonly | kFast, 1, 1, 1, zlexcount_command, "sorted-set", "2.8.9",
     "Count the number of members in a sorted set between a given lexicographical range"},
    CommandSpec{"zpopmin", -2, kWrite | kFast, 1, 1, 1, zpopmin_command, "sorted-set", "5.0.0",
                "Remove and return members with the lowest scores in a sorted set"}
        .with_use(use::kRW | use::kAccess | use::kDelete),
    CommandSpec{"zpopmax", -2, kWrite | kFast, 1, 1, 1, zpopmax_command, "sorted-set", "5.0.0",
                "Remove and return members with the highest scores in a sorted set"}
        .with_use(use::kRW | use::kAccess | use::kDelete),
    CommandSpec{
        "bzpopmin", -3, kWrite | kNoScript | kBlocking | kFast, 1, -2, 1, bzpopmin_command,
        "sorted-set", "5.0.0",
        "Remove and return the member with the lowest score from one or more sorted sets, or "
        "block until one is available"}
        .with_use(use::kRW | use::kAccess | use::kDelete),
    CommandSpec{
        "bzpopmax", -3, kWrite | kNoScript | kBlocking | kFast, 1, -2, 1, bzpopmax_command,
        "sorted-set", "5.0.0",
        "Remove and return the member with the highest score from one or more sorted sets, or "
        "block until one is available"}
        .with_use(use::kRW | use::kAccess | use::kDelete),
    CommandSpec{"zmpop", -4, kWrite | kMovableKeys, 0, 0, 0, zmpop_command, "sorted-set", "7.0.0",
                "Remove and return members with scores in a sorted set", KeyRule::num_keys, 1}
        .with_use(use::kRW | use::kAccess | use::kDelete),
    CommandSpec{"bzmpop", -5, kWrite | kBlocking | kMovableKeys, 0, 0, 0, bzmpop_command,
                "sorted-set", "7.0.0",
                "Remove and return members with scores in a sorted set or block until one is "
                "available",
                KeyRule::num_keys, 2}
        .with_use(use::kRW | use::kAccess | use::kDelete),
    {"zrandmember", -2, kReadonly, 1, 1, 1, zrandmember_command, "sorted-set", "6.2.0",
     "Get one or multiple random elements from a sorted set"},
    {"zscan", -3, kReadonly, 1, 1, 1, zscan_command, "sorted-set", "2.8.0",
     "Incrementally iterate sorted sets elements and associated scores"},
};

}  // namespace

std::span<const CommandSpec> zset_commands() { return kRows; }

}  // namespace octavo::keyspace
