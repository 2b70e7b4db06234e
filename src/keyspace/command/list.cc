// Lists. The blocking forms try first; when nothing is there and waiting is allowed they say so
// through CommandContext::block, and the session comes back when the key got something.

#include <algorithm>
#include <limits>
#include <string>
#include <vector>

#include "keyspace/arguments.h"
#include "keyspace/blocking.h"
#include "keyspace/command/families.h"
#include "keyspace/context.h"
#include "keyspace/type/list_value.h"

namespace octavo::keyspace {
namespace {

enum class End : std::uint8_t { left, right };

std::string_view push_event(End end) { return end == End::left ? "lpush" : "rpush"; }
std::string_view pop_event(End end) { return end == End::left ? "lpop" : "rpop"; }

std::optional<End> end_argument(std::string_view argument) {
  if (is_word(argument, "left")) return End::left;
  if (is_word(argument, "right")) return End::right;
  return std::nullopt;
}

void push_one(ListValue& list, End end, std::string_view element) {
  end == End::left ? list.push_front(element) : list.push_back(element);
}

std::string pop_one(ListValue& list, End end) {
  std::string element(end == End::left ? list.front() : list.back());
  end == End::left ? list.pop_front() : list.pop_back();
  return element;
}

// --- pushing ---

void push(CommandContext& context, Args args, End end, bool only_existing, Reply& reply) {
  const auto found = context.write<ListValue>(args[1], reply);
  if (!found) return;
  if (*found == nullptr && only_existing) return reply.integer(0);
  KeyEntry& entry = *found != nullptr ? **found : context.create<ListValue>(args[1]);
  auto& list = context.edit<ListValue>(entry);
  for (const std::string_view element : args.subspan(2)) push_one(list, end, element);
  context.notify(EventClass::list, push_event(end), args[1]);
  context.signal_ready(args[1]);
  reply.integer(static_cast<std::int64_t>(list.size()));
}

void lpush_command(CommandContext& context, Args args, Reply& reply) {
  push(context, args, End::left, false, reply);
}
void rpush_command(CommandContext& context, Args args, Reply& reply) {
  push(context, args, End::right, false, reply);
}
void lpushx_command(CommandContext& context, Args args, Reply& reply) {
  push(context, args, End::left, true, reply);
}
void rpushx_command(CommandContext& context, Args args, Reply& reply) {
  push(context, args, End::right, true, reply);
}

void linsert_command(CommandContext& context, Args args, Reply& reply) {
  const bool before = is_word(args[2], "before");
  if (!before && !is_word(args[2], "after")) return reply.syntax_error();
  const auto found = context.write<ListValue>(args[1], reply);
  if (!found) return;
  if (*found == nullptr) return reply.integer(0);
  std::uint64_t index = 0;
  bool present = false;
  (*found)->value.as<ListValue>().visit(0, false, [&](std::string_view element) {
    present = element == args[3];
    if (!present) ++index;
    return !present;
  });
  if (!present) return reply.integer(-1);
  auto& list = context.edit<ListValue>(**found);
  list.insert(before ? index : index + 1, args[4]);
  context.notify(EventClass::list, "linsert", args[1]);
  reply.integer(static_cast<std::int64_t>(list.size()));
}

// --- popping ---

// Removes `count` elements from one end and writes them as an array.
void pop_many(CommandContext& context, KeyEntry& entry, End end, std::uint64_t count,
              Reply& reply) {
  const std::string key(entry.key());
  auto& list = context.edit<ListValue>(entry);
  count = std::min(count, list.size());
  reply.array_header(count);
  std::uint64_t left = count;
  if (left > 0) {
    list.visit(end == End::left ? 0 : list.size() - 1, end == End::right,
               [&](std::string_view element) {
                 reply.bulk(element);
                 return --left > 0;
               });
  }
  list.erase(end == End::left ? 0 : list.size() - count, count);
  context.notify(EventClass::list, pop_event(end), key);
  context.erase_if_empty(entry);
}

void pop(CommandContext& context, Args args, End end, Reply& reply) {
  if (args.size() > 3) return wrong_arity(reply, args[0]);
  const bool counted = args.size() == 3;
  std::uint64_t count = 1;
  if (counted) {
    const auto given = positive_argument(args[2], reply);
    if (!given) return;
    count = static_cast<std::uint64_t>(*given);
  }
  const auto found = context.write<ListValue>(args[1], reply);
  if (!found) return;
  if (*found == nullptr) return counted ? reply.null_array() : reply.null();
  if (counted) {
    if (count == 0) return reply.empty_array();
    return pop_many(context, **found, end, count, reply);
  }
  reply.bulk(pop_one(context.edit<ListValue>(**found), end));
  context.notify(EventClass::list, pop_event(end), args[1]);
  context.erase_if_empty(**found);
}

void lpop_command(CommandContext& context, Args args, Reply& reply) {
  pop(context, args, End::left, reply);
}
void rpop_command(CommandContext& context, Args args, Reply& reply) {
  pop(context, args, End::right, reply);
}

// BLPOP key [key ...] timeout
void blocking_pop(CommandContext& context, Args args, End end, Reply& reply) {
  if (!timeout_argument(args.back(), reply)) return;
  for (const std::string_view key : args.subspan(1, args.size() - 2)) {
    const auto found = context.write<ListValue>(key, reply);
    if (!found) return;
    if (*found == nullptr) continue;
    reply.array_header(2);
    reply.bulk(key);
    reply.bulk(pop_one(context.edit<ListValue>(**found), end));
    context.notify(EventClass::list, pop_event(end), key);
    context.erase_if_empty(**found);
    return;
  }
  if (context.may_block()) return context.block();
  reply.null_array();
}

void blpop_command(CommandContext& context, Args args, Reply& reply) {
  blocking_pop(context, args, End::left, reply);
}
void brpop_command(CommandContext& context, Args args, Reply& reply) {
  blocking_pop(context, args, End::right, reply);
}

// numkeys key [key ...] LEFT|RIGHT [COUNT n], from args[at] on
void multi_pop(CommandContext& context, Args args, std::size_t at, bool blocking, Reply& reply) {
  const auto keys = bounded_argument(args[at], 1, std::numeric_limits<std::int64_t>::max(), reply,
                                     "ERR numkeys should be greater than 0");
  if (!keys) return;
  const auto key_count = static_cast<std::uint64_t>(*keys);
  if (key_count >= args.size() - at - 1) return reply.syntax_error();
  const std::size_t where = at + 1 + key_count;
  const auto end = end_argument(args[where]);
  if (!end) return reply.syntax_error();
  std::optional<std::int64_t> count;
  for (std::size_t i = where + 1; i < args.size(); i += 2) {
    if (count || i + 1 >= args.size() || !is_word(args[i], "count")) return reply.syntax_error();
    count = bounded_argument(args[i + 1], 1, std::numeric_limits<std::int64_t>::max(), reply,
                             "ERR count should be greater than 0");
    if (!count) return;
  }
  for (const std::string_view key : args.subspan(at + 1, key_count)) {
    const auto found = context.write<ListValue>(key, reply);
    if (!found) return;
    if (*found == nullptr) continue;
    reply.array_header(2);
    reply.bulk(key);
    return pop_many(context, **found, *end, static_cast<std::uint64_t>(count.value_or(1)), reply);
  }
  if (blocking && context.may_block()) return context.block();
  reply.null_array();
}

void lmpop_command(CommandContext& context, Args args, Reply& reply) {
  multi_pop(context, args, 1, false, reply);
}
void blmpop_command(CommandContext& context, Args args, Reply& reply) {
  if (!timeout_argument(args[1], reply)) return;
  multi_pop(context, args, 2, true, reply);
}

// --- moving ---

void move_element(CommandContext& context, std::string_view source_key, std::string_view target_key,
                  End from, End to, bool blocking, Reply& reply) {
  const auto source = context.write<ListValue>(source_key, reply);
  if (!source) return;
  if (*source == nullptr) {
    if (blocking && context.may_block()) return context.block();
    return reply.null();
  }
  const auto target = context.write<ListValue>(target_key, reply);
  if (!target) return;
  const std::string element = pop_one(context.edit<ListValue>(**source), from);
  // With one key for both, the list may be empty in between.
  KeyEntry& entry = *target != nullptr ? **target : context.create<ListValue>(target_key);
  push_one(context.edit<ListValue>(entry), to, element);
  context.notify(EventClass::list, push_event(to), target_key);
  context.signal_ready(target_key);
  context.notify(EventClass::list, pop_event(from), source_key);
  context.erase_if_empty(**source);
  reply.bulk(element);
}

void lmove_command(CommandContext& context, Args args, Reply& reply) {
  const auto from = end_argument(args[3]);
  const auto to = end_argument(args[4]);
  if (!from || !to) return reply.syntax_error();
  move_element(context, args[1], args[2], *from, *to, false, reply);
}
void blmove_command(CommandContext& context, Args args, Reply& reply) {
  const auto from = end_argument(args[3]);
  const auto to = end_argument(args[4]);
  if (!from || !to) return reply.syntax_error();
  if (!timeout_argument(args[5], reply)) return;
  move_element(context, args[1], args[2], *from, *to, true, reply);
}
void rpoplpush_command(CommandContext& context, Args args, Reply& reply) {
  move_element(context, args[1], args[2], End::right, End::left, false, reply);
}
void brpoplpush_command(CommandContext& context, Args args, Reply& reply) {
  if (!timeout_argument(args[3], reply)) return;
  move_element(context, args[1], args[2], End::right, End::left, true, reply);
}

// --- by index and by value ---

void llen_command(CommandContext& context, Args args, Reply& reply) {
  const auto list = context.read<ListValue>(args[1], reply);
  if (!list) return;
  reply.integer(*list == nullptr ? 0 : static_cast<std::int64_t>((*list)->size()));
}

// The index counted from the front, or nullopt when outside.
std::optional<std::uint64_t> list_index(std::int64_t index, std::uint64_t size) {
  if (index < 0) index += static_cast<std::int64_t>(size);
  if (index < 0 || static_cast<std::uint64_t>(index) >= size) return std::nullopt;
  return static_cast<std::uint64_t>(index);
}

void lindex_command(CommandContext& context, Args args, Reply& reply) {
  const auto list = context.read<ListValue>(args[1], reply);
  if (!list) return;
  if (*list == nullptr) return reply.null();
  const auto given = integer_argument(args[2], reply);
  if (!given) return;
  const auto index = list_index(*given, (*list)->size());
  index ? reply.bulk((*list)->at(*index)) : reply.null();
}

void lset_command(CommandContext& context, Args args, Reply& reply) {
  const auto found = context.write<ListValue>(args[1], reply);
  if (!found) return;
  if (*found == nullptr) return reply.error(kNoSuchKey);
  const auto given = integer_argument(args[2], reply);
  if (!given) return;
  const auto index = list_index(*given, (*found)->value.as<ListValue>().size());
  if (!index) return reply.error(kIndexOutOfRange);
  context.edit<ListValue>(**found).set(*index, args[3]);
  context.notify(EventClass::list, "lset", args[1]);
  reply.ok();
}

void lrange_command(CommandContext& context, Args args, Reply& reply) {
  const auto start = integer_argument(args[2], reply);
  if (!start) return;
  const auto end = integer_argument(args[3], reply);
  if (!end) return;
  const auto list = context.read<ListValue>(args[1], reply);
  if (!list) return;
  if (*list == nullptr) return reply.empty_array();
  const IndexRange range = index_range(*start, *end, (*list)->size());
  if (context.defer(range.size())) return;
  reply.array_header(range.size());
  std::uint64_t left = range.size();
  if (left == 0) return;
  (*list)->visit(range.start, false, [&](std::string_view element) {
    reply.bulk(element);
    return --left > 0 && context.go_on();
  });
}

void ltrim_command(CommandContext& context, Args args, Reply& reply) {
  const auto start = integer_argument(args[2], reply);
  if (!start) return;
  const auto end = integer_argument(args[3], reply);
  if (!end) return;
  const auto found = context.write<ListValue>(args[1], reply);
  if (!found) return;
  if (*found == nullptr) return reply.ok();
  auto& list = context.edit<ListValue>(**found);
  const IndexRange range = index_range(*start, *end, list.size());
  if (range.empty()) {
    list.erase(0, list.size());
  } else {
    list.erase(range.stop, list.size() - range.stop);
    list.erase(0, range.start);
  }
  context.notify(EventClass::list, "ltrim", args[1]);
  context.erase_if_empty(**found);
  reply.ok();
}

void lrem_command(CommandContext& context, Args args, Reply& reply) {
  const auto count = integer_argument(args[2], reply);
  if (!count) return;
  const auto found = context.write<ListValue>(args[1], reply);
  if (!found) return;
  if (*found == nullptr) return reply.integer(0);
  const bool from_back = *count < 0;
  const std::uint64_t limit =
      from_back ? 0 - static_cast<std::uint64_t>(*count) : static_cast<std::uint64_t>(*count);
  auto& list = context.prepare<ListValue>(**found);
  const std::uint64_t removed = list.remove_equal(args[3], limit, from_back);
  if (removed > 0) {
    context.commit(**found);
    context.notify(EventClass::list, "lrem", args[1]);
  }
  context.erase_if_empty(**found);
  reply.integer(static_cast<std::int64_t>(removed));
}

struct PositionOptions {
  std::int64_t rank = 1;
  std::optional<std::int64_t> count;
  std::int64_t max_compared = 0;  // 0: all
};

std::optional<PositionOptions> position_options(Args args, Reply& reply) {
  constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();
  PositionOptions options;
  for (std::size_t i = 3; i < args.size(); i += 2) {
    const bool more = i + 1 < args.size();
    if (more && is_word(args[i], "rank")) {
      const auto rank = integer_argument(args[i + 1], reply);
      if (!rank) return std::nullopt;
      if (*rank == 0) {
        reply.error(
            "ERR RANK can't be zero: use 1 to start from the first match, 2 from the "
            "second ... or use negative to start from the end of the list");
        return std::nullopt;
      }
      if (*rank == std::numeric_limits<std::int64_t>::min()) {
        reply.error("ERR value is out of range");
        return std::nullopt;
      }
      options.rank = *rank;
    } else if (more && is_word(args[i], "count")) {
      options.count = bounded_argument(args[i + 1], 0, kMax, reply, "ERR COUNT can't be negative");
      if (!options.count) return std::nullopt;
    } else if (more && is_word(args[i], "maxlen")) {
      const auto most =
          bounded_argument(args[i + 1], 0, kMax, reply, "ERR MAXLEN can't be negative");
      if (!most) return std::nullopt;
      options.max_compared = *most;
    } else {
      reply.syntax_error();
      return std::nullopt;
    }
  }
  return options;
}

void lpos_command(CommandContext& context, Args args, Reply& reply) {
  const auto options = position_options(args, reply);
  if (!options) return;
  const auto list = context.read<ListValue>(args[1], reply);
  if (!list) return;
  const bool backwards = options->rank < 0;
  std::int64_t to_skip = (backwards ? -options->rank : options->rank) - 1;
  const std::int64_t wanted = options->count.value_or(1);  // 0: all
  std::vector<std::int64_t> positions;
  if (*list != nullptr) {
    const std::uint64_t size = (*list)->size();
    const auto max_compared = static_cast<std::uint64_t>(options->max_compared);
    if (context.defer(max_compared == 0 ? size : std::min(size, max_compared))) return;
    std::int64_t compared = 0;
    (*list)->visit(backwards ? size - 1 : 0, backwards, [&](std::string_view element) {
      if (options->max_compared != 0 && compared == options->max_compared) return false;
      const std::int64_t at = compared++;
      if (element == args[2] && --to_skip < 0) {
        positions.push_back(backwards ? static_cast<std::int64_t>(size) - 1 - at : at);
      }
      const bool enough = wanted != 0 && static_cast<std::int64_t>(positions.size()) >= wanted;
      return !enough && context.go_on();
    });
  }
  if (!options->count) {
    return positions.empty() ? reply.null() : reply.integer(positions[0]);
  }
  reply.array_header(positions.size());
  for (const std::int64_t position : positions) reply.integer(position);
}

constexpr CommandSpec kRows[] = {
    CommandSpec{"lpush", -3, kWrite | kDenyOom | kFast, 1, 1, 1, lpush_command, "list", "1.0.0",
                "Prepend one or multiple elements to a list"}
        .with_use(use::kRW | use::kInsert),
    CommandSpec{"rpush", -3, kWrite | kDenyOom | kFast, 1, 1, 1, rpush_command, "list", "1.0.0",
                "Append one or multiple elements to a list"}
        .with_use(use::kRW | use::kInsert),
    CommandSpec{"lpushx", -3, kWrite | kDenyOom | kFast, 1, 1, 1, lpushx_command, "list", "2.2.0",
                "Prepend an element to a list, only if the list exists"}
        .with_use(use::kRW | use::kInsert),
    CommandSpec{"rpushx", -3, kWrite | kDenyOom | kFast, 1, 1, 1, rpushx_command, "list", "2.2.0",
                "Append an element to a list, only if the list exists"}
        .with_use(use::kRW | use::kInsert),
    CommandSpec{"linsert", 5, kWrite | kDenyOom, 1, 1, 1, linsert_command, "list", "2.2.0",
                "Insert an element before or after another element in a list"}
        .with_use(use::kRW | use::kInsert),
    CommandSpec{"lpop", -2, kWrite | kFast, 1, 1, 1, lpop_command, "list", "1.0.0",
                "Remove and get the first elements in a list"}
        .with_use(use::kRW | use::kAccess | use::kDelete),
    CommandSpec{"rpop", -2, kWrite | kFast, 1, 1, 1, rpop_command, "list", "1.0.0",
                "Remove and get the last elements in a list"}
        .with_use(use::kRW | use::kAccess | use::kDelete),
    CommandSpec{"blpop", -3, kWrite | kNoScript | kBlocking, 1, -2, 1, blpop_command, "list",
                "2.0.0",
                "Remove and get the first element in a list, or block until one is available"}
        .with_use(use::kRW | use::kAccess | use::kDelete),
    CommandSpec{"brpop", -3, kWrite | kNoScript | kBlocking, 1, -2, 1, brpop_command, "list",
                "2.0.0",
                "Remove and get the last element in a list, or block until one is available"}
        .with_use(use::kRW | use::kAccess | use::kDelete),
    CommandSpec{"lmpop", -4, kWrite | kMovableKeys, 0, 0, 0, lmpop_command, "list", "7.0.0",
                "Pop elements from a list", KeyRule::num_keys, 1}
        .with_use(use::kRW | use::kAccess | use::kDelete),
    CommandSpec{"blmpop", -5, kWrite | kBlocking | kMovableKeys, 0, 0, 0, blmpop_command, "list",
                "7.0.0", "Pop elements from a list, or block until one is available",
                KeyRule::num_keys, 2}
        .with_use(use::kRW | use::kAccess | use::kDelete),
    CommandSpec{"lmove", 5, kWrite | kDenyOom, 1, 2, 1, lmove_command, "list", "6.2.0",
                "Pop an element from a list, push it to another list and return it"}
        .with_use(use::kRW | use::kAccess | use::kDelete, use::kRW | use::kInsert),
    CommandSpec{
        "blmove", 6, kWrite | kDenyOom | kNoScript | kBlocking | kMovesElement, 1, 2, 1,
        blmove_command, "list", "6.2.0",
        "Pop an element from a list, push it to another list and return it; or block until one "
        "is available"}
        .with_use(use::kRW | use::kAccess | use::kDelete, use::kRW | use::kInsert),
    CommandSpec{"rpoplpush", 3, kWrite | kDenyOom, 1, 2, 1, rpoplpush_command, "list", "1.2.0",
                "Remove the last element in a list, prepend it to another list and return it"}
        .with_use(use::kRW | use::kAccess | use::kDelete, use::kRW | use::kInsert),
    CommandSpec{
        "brpoplpush", 4, kWrite | kDenyOom | kNoScript | kBlocking | kMovesElement, 1, 2, 1,
        brpoplpush_command, "list", "2.2.0",
        "Pop an element from a list, push it to another list and return it; or block until one "
        "is available"}
        .with_use(use::kRW | use::kAccess | use::kDelete, use::kRW | use::kInsert),
    CommandSpec{"llen", 2, kReadonly | kFast, 1, 1, 1, llen_command, "list", "1.0.0",
                "Get the length of a list"}
        .with_use(use::kRO),
    {"lindex", 3, kReadonly, 1, 1, 1, lindex_command, "list", "1.0.0",
     "Get an element from a list by its index"},
    CommandSpec{"lset", 4, kWrite | kDenyOom, 1, 1, 1, lset_command, "list", "1.0.0",
                "Set the value of an element in a list by its index"}
        .with_use(use::kRW | use::kUpdate),
    {"lrange", 4, kReadonly, 1, 1, 1, lrange_command, "list", "1.0.0",
     "Get a range of elements from a list"},
    CommandSpec{"ltrim", 4, kWrite, 1, 1, 1, ltrim_command, "list", "1.0.0",
                "Trim a list to the specified range"}
        .with_use(use::kRW | use::kDelete),
    CommandSpec{"lrem", 4, kWrite, 1, 1, 1, lrem_command, "list", "1.0.0",
                "Remove elements from a list"}
        .with_use(use::kRW | use::kDelete),
    {"lpos", -3, kReadonly, 1, 1, 1, lpos_command, "list", "6.0.6",
     "Return the index of matching elements on a list"},
};

}  // namespace

std::span<const CommandSpec> list_commands() { return kRows; }

}  // namespace octavo::keyspace
