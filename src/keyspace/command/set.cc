// Sets: members one by one, at random, and the algebra of several.

#include <algorithm>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "keyspace/arguments.h"
#include "keyspace/command/families.h"
#include "keyspace/command/random_pick.h"
#include "keyspace/context.h"
#include "keyspace/scan.h"
#include "keyspace/type/set_value.h"

namespace octavo::keyspace {
namespace {

void sadd_command(CommandContext& context, Args args, Reply& reply) {
  const auto found = context.write<SetValue>(args[1], reply);
  if (!found) return;
  KeyEntry& entry = *found != nullptr ? **found : context.create<SetValue>(args[1]);
  auto& set = context.prepare<SetValue>(entry);
  std::int64_t added = 0;
  for (const std::string_view member : args.subspan(2)) {
    added += set.insert(member, context.limits()) ? 1 : 0;
  }
  if (added > 0) {
    context.commit(entry);
    context.notify(EventClass::set, "sadd", args[1]);
  }
  reply.integer(added);
}

void srem_command(CommandContext& context, Args args, Reply& reply) {
  const auto found = context.write<SetValue>(args[1], reply);
  if (!found) return;
  if (*found == nullptr) return reply.integer(0);
  auto& set = context.prepare<SetValue>(**found);
  std::int64_t removed = 0;
  for (const std::string_view member : args.subspan(2)) removed += set.erase(member) ? 1 : 0;
  if (removed > 0) {
    context.commit(**found);
    context.notify(EventClass::set, "srem", args[1]);
    context.erase_if_empty(**found);
  }
  reply.integer(removed);
}

void smove_command(CommandContext& context, Args args, Reply& reply) {
  const auto source = context.write<SetValue>(args[1], reply);
  if (!source) return;
  if (*source == nullptr) return reply.integer(0);
  const auto target = context.write<SetValue>(args[2], reply);
  if (!target) return;
  const bool present = (*source)->value.as<SetValue>().contains(args[3]);
  if (!present || *source == *target) return reply.integer(present ? 1 : 0);
  context.edit<SetValue>(**source).erase(args[3]);
  context.notify(EventClass::set, "srem", args[1]);
  context.erase_if_empty(**source);
  KeyEntry& entry = *target != nullptr ? **target : context.create<SetValue>(args[2]);
  if (context.prepare<SetValue>(entry).insert(args[3], context.limits())) {
    context.commit(entry);
    context.notify(EventClass::set, "sadd", args[2]);
  }
  reply.integer(1);
}

void sismember_command(CommandContext& context, Args args, Reply& reply) {
  const auto set = context.read<SetValue>(args[1], reply);
  if (set) reply.integer(*set != nullptr && (*set)->contains(args[2]) ? 1 : 0);
}

void smismember_command(CommandContext& context, Args args, Reply& reply) {
  const auto set = context.read<SetValue>(args[1], reply);
  if (!set) return;
  reply.array_header(args.size() - 2);
  for (const std::string_view member : args.subspan(2)) {
    reply.integer(*set != nullptr && (*set)->contains(member) ? 1 : 0);
  }
}

void scard_command(CommandContext& context, Args args, Reply& reply) {
  const auto set = context.read<SetValue>(args[1], reply);
  if (set) reply.integer(*set == nullptr ? 0 : (*set)->size());
}

// --- at random ---

void spop_command(CommandContext& context, Args args, Reply& reply) {
  if (args.size() > 3) return reply.syntax_error();
  std::optional<std::int64_t> count;
  if (args.size() == 3 && !(count = positive_argument(args[2], reply))) return;
  const auto found = context.write<SetValue>(args[1], reply);
  if (!found) return;
  if (*found == nullptr) return count ? reply.set_header(0) : reply.null();
  if (count && *count == 0) return reply.set_header(0);
  auto& set = context.edit<SetValue>(**found);
  const std::uint64_t pops =
      std::min<std::uint64_t>(static_cast<std::uint64_t>(count.value_or(1)), set.size());
  if (count) reply.set_header(pops);
  SetValue::Scratch scratch;
  for (std::uint64_t i = 0; i < pops; ++i) {
    const auto pick = static_cast<std::uint32_t>(context.random().below(set.size()));
    const std::string member(set.at(pick, scratch));
    set.erase(member);
    reply.bulk(member);
  }
  context.notify(EventClass::set, "spop", args[1]);
  context.erase_if_empty(**found);
}

void srandmember_command(CommandContext& context, Args args, Reply& reply) {
  if (args.size() > 3) return reply.syntax_error();
  std::optional<std::int64_t> count;
  if (args.size() == 3) {
    if (!(count = pick_count_argument(args[2], reply))) return;
    if (!pick_count_fits(*count, false, reply)) return;
  }
  const auto set = context.read<SetValue>(args[1], reply);
  if (!set) return;
  if (*set == nullptr) return count ? reply.empty_array() : reply.null();
  SetValue::Scratch scratch;
  if (!count) {
    const auto pick = static_cast<std::uint32_t>(context.random().below((*set)->size()));
    return reply.bulk((*set)->at(pick, scratch));
  }
  if (context.defer(pick_cost((*set)->size(), *count))) return;
  const auto picks = pick_random(context.random(), (*set)->size(), *count);
  reply.array_header(picks.size());
  for (const std::uint32_t pick : picks) {
    if (!context.go_on()) return;
    reply.bulk((*set)->at(pick, scratch));
  }
}

// --- algebra ---

using Sources = std::vector<const SetValue*>;  // nullptr: no such key

std::optional<Sources> read_sources(CommandContext& context, Args keys, Reply& reply) {
  Sources sources;
  for (const std::string_view key : keys) {
    const auto set = context.read<SetValue>(key, reply);
    if (!set) return std::nullopt;
    sources.push_back(*set);
  }
  return sources;
}

// Calls `visit(member)` for each common member while it returns true, and somebody wants them.
template <class Visit>
void intersect(CommandContext& context, const Sources& sources, Visit&& visit) {
  if (std::find(sources.begin(), sources.end(), nullptr) != sources.end()) return;
  const SetValue* smallest =
      *std::min_element(sources.begin(), sources.end(),
                        [](const SetValue* a, const SetValue* b) { return a->size() < b->size(); });
  smallest->visit_while([&](std::string_view member) {
    const bool everywhere = std::all_of(
        sources.begin(), sources.end(),
        [&](const SetValue* source) { return source == smallest || source->contains(member); });
    return context.go_on() && (!everywhere || visit(member));
  });
}

enum class Algebra : std::uint8_t { intersection, union_of_all, difference };

// How many members are looked at, and looked up.
std::uint64_t cost(const Sources& sources, Algebra algebra) {
  const auto size = [](const SetValue* set) -> std::uint64_t { return set ? set->size() : 0; };
  std::uint64_t least = size(sources[0]);
  std::uint64_t sum = 0;
  for (const SetValue* source : sources) {
    least = std::min(least, size(source));
    sum += size(source);
  }
  switch (algebra) {
    case Algebra::intersection: return least * sources.size();
    case Algebra::union_of_all: return sum;
    case Algebra::difference: return size(sources[0]) * sources.size();
  }
  return sum;
}

std::unique_ptr<SetValue> combine(CommandContext& context, const Sources& sources,
                                  Algebra algebra) {
  const EncodingLimits& limits = context.limits();
  auto result = std::make_unique<SetValue>();
  switch (algebra) {
    case Algebra::intersection:
      intersect(context, sources, [&](std::string_view member) {
        result->insert(member, limits);
        return true;
      });
      break;
    case Algebra::union_of_all:
      for (const SetValue* source : sources) {
        if (source == nullptr) continue;
        source->visit_while([&](std::string_view member) {
          result->insert(member, limits);
          return context.go_on();
        });
      }
      break;
    case Algebra::difference:
      if (sources[0] == nullptr) break;
      sources[0]->visit_while([&](std::string_view member) {
        const bool elsewhere = std::any_of(
            sources.begin() + 1, sources.end(),
            [&](const SetValue* source) { return source != nullptr && source->contains(member); });
        if (!elsewhere) result->insert(member, limits);
        return context.go_on();
      });
      break;
  }
  return result;
}

void reply_members(CommandContext& context, const SetValue& set, Reply& reply) {
  reply.set_header(set.size());
  set.visit_while([&](std::string_view member) {
    reply.bulk(member);
    return context.go_on();
  });
}

void reply_algebra(CommandContext& context, Args args, Algebra algebra, Reply& reply) {
  const auto sources = read_sources(context, args.subspan(1), reply);
  if (!sources || context.defer(cost(*sources, algebra))) return;
  const auto result = combine(context, *sources, algebra);
  reply_members(context, *result, reply);
}

void store_algebra(CommandContext& context, Args args, Algebra algebra, std::string_view event,
                   Reply& reply) {
  const auto sources = read_sources(context, args.subspan(2), reply);
  if (!sources) return;
  auto result = context.make(cost(*sources, algebra), [&] {
    return std::optional<Object>(combine(context, *sources, algebra).release());
  });
  if (!result) return;
  reply.integer(static_cast<std::int64_t>(result->element_count()));
  context.put_or_erase(args[1], std::move(*result), EventClass::set, event);
}

void sinter_command(CommandContext& context, Args args, Reply& reply) {
  reply_algebra(context, args, Algebra::intersection, reply);
}
void smembers_command(CommandContext& context, Args args, Reply& reply) {
  const auto set = context.read<SetValue>(args[1], reply);
  if (!set || (*set != nullptr && context.defer((*set)->size()))) return;
  *set == nullptr ? reply.set_header(0) : reply_members(context, **set, reply);
}
void sunion_command(CommandContext& context, Args args, Reply& reply) {
  reply_algebra(context, args, Algebra::union_of_all, reply);
}
void sdiff_command(CommandContext& context, Args args, Reply& reply) {
  reply_algebra(context, args, Algebra::difference, reply);
}
void sinterstore_command(CommandContext& context, Args args, Reply& reply) {
  store_algebra(context, args, Algebra::intersection, "sinterstore", reply);
}
void sunionstore_command(CommandContext& context, Args args, Reply& reply) {
  store_algebra(context, args, Algebra::union_of_all, "sunionstore", reply);
}
void sdiffstore_command(CommandContext& context, Args args, Reply& reply) {
  store_algebra(context, args, Algebra::difference, "sdiffstore", reply);
}

void sintercard_command(CommandContext& context, Args args, Reply& reply) {
  constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();
  const auto keys =
      bounded_argument(args[1], 1, kMax, reply, "ERR numkeys should be greater than 0");
  if (!keys) return;
  if (static_cast<std::uint64_t>(*keys) > args.size() - 2) {
    return reply.error("ERR Number of keys can't be greater than number of args");
  }
  const auto key_count = static_cast<std::size_t>(*keys);
  std::int64_t limit = 0;
  for (std::size_t i = 2 + key_count; i < args.size(); i += 2) {
    if (i + 1 >= args.size() || !is_word(args[i], "limit")) return reply.syntax_error();
    const auto given = bounded_argument(args[i + 1], 0, kMax, reply, "ERR LIMIT can't be negative");
    if (!given) return;
    limit = *given;
  }
  const auto sources = read_sources(context, args.subspan(2, key_count), reply);
  if (!sources || context.defer(cost(*sources, Algebra::intersection))) return;
  std::int64_t count = 0;
  intersect(context, *sources, [&](std::string_view) { return ++count != limit; });
  reply.integer(count);
}

void sscan_command(CommandContext& context, Args args, Reply& reply) {
  const auto cursor = scan_cursor(args[2], reply);
  if (!cursor) return;
  const auto set = context.read<SetValue>(args[1], reply);
  if (!set) return;
  if (*set == nullptr) return ScanReply().send(0, reply);  // whatever the options
  const auto options = scan_options(args.subspan(3), *cursor, false, reply);
  if (!options) return;
  ScanReply found;
  const std::uint64_t next =
      (*set)->scan(options->cursor, options->count, [&](std::string_view member) {
        if (!options->matches(member)) return;
        found.bulk(member);
      });
  found.send(next, reply);
}

constexpr CommandSpec kRows[] = {
    CommandSpec{"sadd", -3, kWrite | kDenyOom | kFast, 1, 1, 1, sadd_command, "set", "1.0.0",
                "Add one or more members to a set"}
        .with_element_at(2)
        .with_use(use::kRW | use::kInsert),
    CommandSpec{"srem", -3, kWrite | kFast, 1, 1, 1, srem_command, "set", "1.0.0",
                "Remove one or more members from a set"}
        .with_element_at(2)
        .with_use(use::kRW | use::kDelete),
    CommandSpec{"smove", 4, kWrite | kFast, 1, 2, 1, smove_command, "set", "1.0.0",
                "Move a member from one set to another"}
        .with_element_at(3)
        .with_use(use::kRW | use::kAccess | use::kDelete, use::kRW | use::kInsert),
    CommandSpec{"sismember", 3, kReadonly | kFast, 1, 1, 1, sismember_command, "set", "1.0.0",
                "Determine if a given value is a member of a set"}
        .with_element_at(2)
        .with_use(use::kRO),
    CommandSpec{"smismember", -3, kReadonly | kFast, 1, 1, 1, smismember_command, "set", "6.2.0",
                "Returns the membership associated with the given elements for a set"}
        .with_element_at(2),
    CommandSpec{"scard", 2, kReadonly | kFast, 1, 1, 1, scard_command, "set", "1.0.0",
                "Get the number of members in a set"}
        .with_use(use::kRO),
    CommandSpec{"spop", -2, kWrite | kFast, 1, 1, 1, spop_command, "set", "1.0.0",
                "Remove and return one or multiple random members from a set"}
        .with_use(use::kRW | use::kAccess | use::kDelete),
    {"srandmember", -2, kReadonly, 1, 1, 1, srandmember_command, "set", "1.0.0",
     "Get one or multiple random members from a set"},
    {"sinter", -2, kReadonly, 1, -1, 1, sinter_command, "set", "1.0.0", "Intersect multiple sets"},
    CommandSpec{"sinterstore", -3, kWrite | kDenyOom | kMakesFirst, 1, -1, 1, sinterstore_command,
                "set", "1.0.0", "Intersect multiple sets and store the resulting set in a key"}
        .with_use(use::kRW | use::kUpdate, use::kRO | use::kAccess),
    {"sintercard", -3, kReadonly | kMovableKeys, 0, 0, 0, sintercard_command, "set", "7.0.0",
     "Intersect multiple sets and return the cardinality of the result", KeyRule::num_keys, 1},
    {"sunion", -2, kReadonly, 1, -1, 1, sunion_command, "set", "1.0.0", "Add multiple sets"},
    CommandSpec{"sunionstore", -3, kWrite | kDenyOom | kMakesFirst, 1, -1, 1, sunionstore_command,
                "set", "1.0.0", "Add multiple sets and store the resulting set in a key"}
        .with_use(use::kOW | use::kUpdate, use::kRO | use::kAccess),
    {"sdiff", -2, kReadonly, 1, -1, 1, sdiff_command, "set", "1.0.0", "Subtract multiple sets"},
    CommandSpec{"sdiffstore", -3, kWrite | kDenyOom | kMakesFirst, 1, -1, 1, sdiffstore_command,
                "set", "1.0.0", "Subtract multiple sets and store the resulting set in a key"}
        .with_use(use::kOW | use::kUpdate, use::kRO | use::kAccess),
    {"smembers", 2, kReadonly, 1, 1, 1, smembers_command, "set", "1.0.0",
     "Get all the members in a set"},
    {"sscan", -3, kReadonly, 1, 1, 1, sscan_command, "set", "2.8.0",
     "Incrementally iterate Set elements"},
};

}  // namespace

std::span<const CommandSpec> set_commands() { return kRows; }

}  // namespace octavo::keyspace
