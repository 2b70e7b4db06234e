// ZUNION, ZINTER, ZDIFF and what they store. Plain sets take part with a score of one.

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "keyspace/arguments.h"
#include "keyspace/command/families.h"
#include "keyspace/command/zset_reply.h"
#include "keyspace/context.h"
#include "keyspace/type/set_value.h"
#include "keyspace/type/zset_builder.h"
#include "keyspace/type/zset_value.h"

namespace octavo::keyspace {
namespace {

enum class Algebra : std::uint8_t { union_of_all, intersection, difference };
enum class Aggregate : std::uint8_t { sum, min, max };

class Source {
 public:
  Source(const ZsetValue* zset, const SetValue* set) : zset_(zset), set_(set) {}
  double weight = 1;

  std::uint32_t size() const {
    return zset_ != nullptr ? zset_->size() : set_ != nullptr ? set_->size() : 0;
  }
  std::optional<double> score(std::string_view member) const {
    if (zset_ != nullptr) return zset_->score(member);
    return set_ != nullptr && set_->contains(member) ? std::optional(1.0) : std::nullopt;
  }
  // May be NaN, 0 times infinity.
  std::optional<double> weighted(std::string_view member) const {
    const auto plain = score(member);
    return plain ? std::optional(weight * *plain) : std::nullopt;
  }
  // Calls `visit(member, weighted score)` while it returns true; NaN counts as 0.
  template <class Visit>
  void visit(Visit&& visit) const {
    if (zset_ != nullptr) {
      zset_->visit(0, false, [&](std::string_view member, double plain) {
        return visit(member, times(plain));
      });
    } else if (set_ != nullptr) {
      set_->visit_while([&](std::string_view member) { return visit(member, times(1.0)); });
    }
  }

 private:
  double times(double score) const {
    const double product = weight * score;
    return std::isnan(product) ? 0 : product;
  }

  const ZsetValue* zset_;
  const SetValue* set_;
};

double aggregate(Aggregate how, double a, double b) {
  switch (how) {
    case Aggregate::sum: {
      const double sum = a + b;
      return std::isnan(sum) ? 0 : sum;  // infinities of both signs
    }
    case Aggregate::min: return std::min(a, b);
    case Aggregate::max: return std::max(a, b);
  }
  return 0;
}

struct AlgebraQuery {
  std::vector<Source> sources;
  Aggregate aggregate = Aggregate::sum;
  bool with_scores = false;
  std::int64_t limit = 0;  // ZINTERCARD
};

struct AlgebraGrammar {
  bool weights = false;  // WEIGHTS, AGGREGATE
  bool with_scores = false;
  bool limit = false;
};

bool read_sources(CommandContext& context, Args keys, AlgebraQuery& query, Reply& reply) {
  for (const std::string_view key : keys) {
    const KeyEntry* entry = context.read_entry(key);
    if (entry == nullptr) {
      query.sources.emplace_back(nullptr, nullptr);
    } else if (entry->value.kind() == Kind::zset) {
      query.sources.emplace_back(&entry->value.as<ZsetValue>(), nullptr);
    } else if (entry->value.kind() == Kind::set) {
      query.sources.emplace_back(nullptr, &entry->value.as<SetValue>());
    } else {
      reply.wrong_type();
      return false;
    }
  }
  return true;
}

bool parse_weights(Args args, std::size_t& i, AlgebraQuery& query, Reply& reply) {
  for (Source& source : query.sources) {
    const auto weight = double_argument(args[++i], reply, "ERR weight value is not a float");
    if (!weight) return false;
    source.weight = *weight;
  }
  return true;
}

bool parse_aggregate(std::string_view word, AlgebraQuery& query, Reply& reply) {
  if (is_word(word, "sum")) {
    query.aggregate = Aggregate::sum;
  } else if (is_word(word, "min")) {
    query.aggregate = Aggregate::min;
  } else if (is_word(word, "max")) {
    query.aggregate = Aggregate::max;
  } else {
    reply.syntax_error();
    return false;
  }
  return true;
}

// numkeys key [key ...] options, from args[at] on. nullopt: the error is written.
std::optional<AlgebraQuery> parse(CommandContext& context, Args args, std::size_t at,
                                  const AlgebraGrammar& grammar, Reply& reply) {
  const auto keys = integer_argument(args[at], reply);
  if (!keys) return std::nullopt;
  if (*keys < 1) {
    reply.error("ERR at least 1 input key is needed for '" + lower_case(args[0]) + "' command");
    return std::nullopt;
  }
  if (static_cast<std::uint64_t>(*keys) > args.size() - at - 1) {
    reply.syntax_error();
    return std::nullopt;
  }
  AlgebraQuery query;
  const auto key_count = static_cast<std::size_t>(*keys);
  if (!read_sources(context, args.subspan(at + 1, key_count), query, reply)) return std::nullopt;
  for (std::size_t i = at + 1 + key_count; i < args.size(); ++i) {
    const std::size_t behind = args.size() - i - 1;
    if (grammar.weights && behind >= key_count && is_word(args[i], "weights")) {
      if (!parse_weights(args, i, query, reply)) return std::nullopt;
    } else if (grammar.weights && behind >= 1 && is_word(args[i], "aggregate")) {
      if (!parse_aggregate(args[++i], query, reply)) return std::nullopt;
    } else if (grammar.with_scores && is_word(args[i], "withscores")) {
      query.with_scores = true;
    } else if (grammar.limit && behind >= 1 && is_word(args[i], "limit")) {
      const auto limit = bounded_argument(args[++i], 0, std::numeric_limits<std::int64_t>::max(),
                                          reply, "ERR LIMIT can't be negative");
      if (!limit) return std::nullopt;
      query.limit = *limit;
    } else {
      reply.syntax_error();
      return std::nullopt;
    }
  }
  return query;
}

// In the order in which Redis adds scores up: the last digits depend on it.
std::vector<const Source*> smallest_first(const AlgebraQuery& query) {
  std::vector<const Source*> sources;
  for (const Source& source : query.sources) sources.push_back(&source);
  // Those of one size stay as they were given.
  std::sort(sources.begin(), sources.end(), [](const Source* a, const Source* b) {
    return a->size() != b->size() ? a->size() < b->size() : a < b;
  });
  return sources;
}

// Calls `visit(member, score)` for the members of all sources, while it returns true and somebody
// wants them.
template <class Visit>
void intersect(CommandContext& context, const AlgebraQuery& query, Visit&& visit) {
  const auto sources = smallest_first(query);
  sources[0]->visit([&](std::string_view member, double total) {
    for (const Source* source : std::span(sources).subspan(1)) {
      const auto score = source->weighted(member);
      if (!score) return context.go_on();
      total = aggregate(query.aggregate, total, *score);
    }
    return visit(member, total) && context.go_on();
  });
}

ZsetBuilder combine(CommandContext& context, const AlgebraQuery& query, Algebra algebra) {
  ZsetBuilder result;
  switch (algebra) {
    case Algebra::union_of_all:
      for (const Source* source : smallest_first(query)) {
        source->visit([&](std::string_view member, double score) {
          if (double* current = result.find(member)) {
            *current = aggregate(query.aggregate, *current, score);
          } else {
            result.add(member, score);
          }
          return context.go_on();
        });
      }
      break;
    case Algebra::intersection:
      intersect(context, query, [&](std::string_view member, double score) {
        result.add(member, score);
        return true;
      });
      break;
    case Algebra::difference:
      query.sources[0].visit([&](std::string_view member, double score) {
        const bool elsewhere =
            std::any_of(query.sources.begin() + 1, query.sources.end(),
                        [&](const Source& source) { return source.score(member).has_value(); });
        if (!elsewhere) result.add(member, score);
        return context.go_on();
      });
      break;
  }
  return result;
}

// How many members are looked at, and looked up.
std::uint64_t cost(const AlgebraQuery& query, Algebra algebra) {
  std::uint64_t least = query.sources[0].size();
  std::uint64_t sum = 0;
  for (const Source& source : query.sources) {
    least = std::min<std::uint64_t>(least, source.size());
    sum += source.size();
  }
  switch (algebra) {
    case Algebra::intersection: return least * query.sources.size();
    case Algebra::union_of_all: return sum;
    case Algebra::difference: return query.sources[0].size() * query.sources.size();
  }
  return sum;
}

void reply_algebra(CommandContext& context, Args args, Algebra algebra, Reply& reply) {
  const auto query = parse(context, args, 1,
                           {.weights = algebra != Algebra::difference, .with_scores = true}, reply);
  if (!query || context.defer(cost(*query, algebra))) return;
  const ZsetBuilder result = combine(context, *query, algebra);
  ScoredReply out(reply, query->with_scores);
  out.header(result.size());
  for (const ScoredNode* node : result.sorted()) {
    if (!context.go_on()) return;
    out.item(node->key(), node->score);
  }
}

void store_algebra(CommandContext& context, Args args, Algebra algebra, std::string_view event,
                   Reply& reply) {
  const auto query = parse(context, args, 2, {.weights = algebra != Algebra::difference}, reply);
  if (!query) return;
  auto result = context.make(cost(*query, algebra), [&] {
    ZsetBuilder members = combine(context, *query, algebra);
    return std::optional<Object>(members.finish(context.limits()).release());
  });
  if (!result) return;
  reply.integer(static_cast<std::int64_t>(result->element_count()));
  context.put_or_erase(args[1], std::move(*result), EventClass::zset, event);
}

void zunion_command(CommandContext& context, Args args, Reply& reply) {
  reply_algebra(context, args, Algebra::union_of_all, reply);
}
void zinter_command(CommandContext& context, Args args, Reply& reply) {
  reply_algebra(context, args, Algebra::intersection, reply);
}
void zdiff_command(CommandContext& context, Args args, Reply& reply) {
  reply_algebra(context, args, Algebra::difference, reply);
}
void zunionstore_command(CommandContext& context, Args args, Reply& reply) {
  store_algebra(context, args, Algebra::union_of_all, "zunionstore", reply);
}
void zinterstore_command(CommandContext& context, Args args, Reply& reply) {
  store_algebra(context, args, Algebra::intersection, "zinterstore", reply);
}
void zdiffstore_command(CommandContext& context, Args args, Reply& reply) {
  store_algebra(context, args, Algebra::difference, "zdiffstore", reply);
}

void zintercard_command(CommandContext& context, Args args, Reply& reply) {
  const auto query = parse(context, args, 1, {.limit = true}, reply);
  if (!query || context.defer(cost(*query, Algebra::intersection))) return;
  std::int64_t count = 0;
  intersect(context, *query, [&](std::string_view, double) { return ++count != query->limit; });
  reply.integer(count);
}

constexpr CommandSpec kRows[] = {
    {"zunion", -3, kReadonly | kMovableKeys, 0, 0, 0, zunion_command, "sorted-set", "6.2.0",
     "Add multiple sorted sets", KeyRule::num_keys, 1},
    {"zinter", -3, kReadonly | kMovableKeys, 0, 0, 0, zinter_command, "sorted-set", "6.2.0",
     "Intersect multiple sorted sets", KeyRule::num_keys, 1},
    {"zdiff", -3, kReadonly | kMovableKeys, 0, 0, 0, zdiff_command, "sorted-set", "6.2.0",
     "Subtract multiple sorted sets", KeyRule::num_keys, 1},
    CommandSpec{"zunionstore", -4, kWrite | kDenyOom | kMovableKeys | kMakesFirst, 1, 1, 1,
                zunionstore_command, "sorted-set", "2.0.0",
                "Add multiple sorted sets and store the resulting sorted set in a new "
                "key",
                KeyRule::num_keys, 2}
        .with_use(use::kOW | use::kUpdate, use::kRO | use::kAccess),
    CommandSpec{"zinterstore", -4, kWrite | kDenyOom | kMovableKeys | kMakesFirst, 1, 1, 1,
                zinterstore_command, "sorted-set", "2.0.0",
                "Intersect multiple sorted sets and store the resulting sorted set in a new "
                "key",
                KeyRule::num_keys, 2}
        .with_use(use::kOW | use::kUpdate, use::kRO | use::kAccess),
    CommandSpec{"zdiffstore", -4, kWrite | kDenyOom | kMovableKeys | kMakesFirst, 1, 1, 1,
                zdiffstore_command, "sorted-set", "6.2.0",
                "Subtract multiple sorted sets and store the resulting sorted set in a new "
                "key",
                KeyRule::num_keys, 2}
        .with_use(use::kOW | use::kUpdate, use::kRO | use::kAccess),
    {"zintercard", -3, kReadonly | kMovableKeys, 0, 0, 0, zintercard_command, "sorted-set", "7.0.0",
     "Intersect multiple sorted sets and return the cardinality of the "
     "result",
     KeyRule::num_keys, 1},
};

}  // namespace

std::span<const CommandSpec> zset_algebra_commands() { return kRows; }

}  // namespace octavo::keyspace
