// Hashes.

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "keyspace/arguments.h"
#include "keyspace/command/families.h"
#include "keyspace/command/random_pick.h"
#include "keyspace/context.h"
#include "keyspace/field_expiry.h"
#include "keyspace/scan.h"
#include "keyspace/type/hash_value.h"

namespace octavo::keyspace {
namespace {

// Sets the pairs from args[2] on; returns how many fields are new, or nullopt after an error.
std::optional<std::int64_t> set_fields(CommandContext& context, Args args, Reply& reply) {
  if (args.size() % 2 != 0) {
    wrong_arity(reply, args[0]);
    return std::nullopt;
  }
  KeyEntry* entry = context.write_or_create<HashValue>(args[1], reply);
  if (entry == nullptr) return std::nullopt;
  auto& hash = context.edit<HashValue>(*entry);
  std::int64_t added = 0;
  for (std::size_t i = 2; i < args.size(); i += 2) {
    added += hash.set(args[i], args[i + 1], context.limits()) ? 1 : 0;
  }
  note_field_ends(context, *entry);
  context.notify(EventClass::hash, "hset", args[1]);
  return added;
}

void hset_command(CommandContext& context, Args args, Reply& reply) {
  if (const auto added = set_fields(context, args, reply)) reply.integer(*added);
}
void hmset_command(CommandContext& context, Args args, Reply& reply) {
  if (set_fields(context, args, reply)) reply.ok();
}

void hsetnx_command(CommandContext& context, Args args, Reply& reply) {
  const auto found = context.write<HashValue>(args[1], reply);
  if (!found) return;
  KeyEntry* present = without_due_field(context, *found, args[2]);
  if (present != nullptr && present->value.as<HashValue>().contains(args[2])) {
    return reply.integer(0);
  }
  KeyEntry& entry = present != nullptr ? *present : context.create<HashValue>(args[1]);
  context.edit<HashValue>(entry).set(args[2], args[3], context.limits());
  context.notify(EventClass::hash, "hset", args[1]);
  reply.integer(1);
}

void reply_field(const std::optional<std::string_view>& value, Reply& reply) {
  value ? reply.bulk(*value) : reply.null();
}

void hget_command(CommandContext& context, Args args, Reply& reply) {
  const auto hash = context.read<HashValue>(args[1], reply);
  if (hash) reply_field(read_field(context, args[1], *hash, args[2]), reply);
}

void hmget_command(CommandContext& context, Args args, Reply& reply) {
  const auto hash = context.read<HashValue>(args[1], reply);
  if (!hash) return;
  reply.array_header(args.size() - 2);
  for (const std::string_view field : args.subspan(2)) {
    reply_field(read_field(context, args[1], *hash, field), reply);
  }
}

void hdel_command(CommandContext& context, Args args, Reply& reply) {
  const auto found = context.write<HashValue>(args[1], reply);
  if (!found) return;
  if (*found == nullptr) return reply.integer(0);
  auto& hash = context.prepare<HashValue>(**found);
  std::int64_t deleted = 0;
  for (const std::string_view field : args.subspan(2)) deleted += hash.erase(field) ? 1 : 0;
  if (deleted > 0) {
    context.commit(**found);
    note_field_ends(context, **found);
    context.notify(EventClass::hash, "hdel", args[1]);
    context.erase_if_empty(**found);
  }
  reply.integer(deleted);
}

void hlen_command(CommandContext& context, Args args, Reply& reply) {
  const auto hash = context.read<HashValue>(args[1], reply);
  if (hash) reply.integer(*hash == nullptr ? 0 : (*hash)->size());
}

void hstrlen_command(CommandContext& context, Args args, Reply& reply) {
  const auto hash = context.read<HashValue>(args[1], reply);
  if (!hash) return;
  const auto value = read_field(context, args[1], *hash, args[2]);
  reply.integer(value ? static_cast<std::int64_t>(value->size()) : 0);
}

void hexists_command(CommandContext& context, Args args, Reply& reply) {
  const auto hash = context.read<HashValue>(args[1], reply);
  if (hash) reply.integer(read_field(context, args[1], *hash, args[2]) ? 1 : 0);
}

// --- counters ---

void store_number(CommandContext& context, KeyEntry* found, Args args, std::string_view text,
                  std::string_view event) {
  KeyEntry& entry = found != nullptr ? *found : context.create<HashValue>(args[1]);
  auto& hash = context.edit<HashValue>(entry);
  hash.set(args[2], text, context.limits(), HashValue::Time::kept);
  context.notify(EventClass::hash, event, args[1]);
}

void hincrby_command(CommandContext& context, Args args, Reply& reply) {
  const auto by = integer_argument(args[3], reply);
  if (!by) return;
  const auto found = context.write<HashValue>(args[1], reply);
  if (!found) return;
  std::int64_t value = 0;
  KeyEntry* present = without_due_field(context, *found, args[2]);
  const auto current =
      present == nullptr ? std::nullopt : present->value.as<HashValue>().get(args[2]);
  if (current) {
    const auto number = parse_int64(*current);
    if (!number) return reply.error("ERR hash value is not an integer");
    value = *number;
  }
  if (__builtin_add_overflow(value, *by, &value)) {
    return reply.error("ERR increment or decrement would overflow");
  }
  store_number(context, present, args, format_int64(value), "hincrby");
  reply.integer(value);
}

void hincrbyfloat_command(CommandContext& context, Args args, Reply& reply) {
  const auto by = parse_long_double(args[3]);
  if (!by) return reply.error(kNotFloat);
  if (std::isinf(*by)) return reply.error("ERR value is NaN or Infinity");
  const auto found = context.write<HashValue>(args[1], reply);
  if (!found) return;
  long double value = 0;
  KeyEntry* present = without_due_field(context, *found, args[2]);
  const auto current =
      present == nullptr ? std::nullopt : present->value.as<HashValue>().get(args[2]);
  if (current) {
    const auto number = parse_long_double(*current);
    if (!number) return reply.error("ERR hash value is not a float");
    value = *number;
  }
  value += *by;
  if (std::isnan(value) || std::isinf(value)) {
    return reply.error("ERR increment would produce NaN or Infinity");
  }
  const std::string text = format_human(value);
  store_number(context, present, args, text, "hincrbyfloat");
  reply.bulk(text);
}

// --- many fields ---

// Fields that a read sees.
std::uint32_t live_count(const CommandContext& context, const HashValue* hash) {
  return hash == nullptr ? 0 : hash->size() - hash->due_count(context.now_ms());
}

void hgetall_command(CommandContext& context, Args args, Reply& reply) {
  const auto hash = context.read<HashValue>(args[1], reply);
  if (!hash || (*hash != nullptr && context.defer((*hash)->size()))) return;
  reply.map_header(live_count(context, *hash));
  if (*hash == nullptr) return;
  (*hash)->visit_live(context.now_ms(), [&](std::string_view field, std::string_view value) {
    reply.bulk(field);
    reply.bulk(value);
    return context.go_on();
  });
}

void reply_half(CommandContext& context, std::string_view key, bool fields, Reply& reply) {
  const auto hash = context.read<HashValue>(key, reply);
  if (!hash || (*hash != nullptr && context.defer((*hash)->size()))) return;
  reply.array_header(live_count(context, *hash));
  if (*hash == nullptr) return;
  (*hash)->visit_live(context.now_ms(), [&](std::string_view field, std::string_view value) {
    reply.bulk(fields ? field : value);
    return context.go_on();
  });
}
void hkeys_command(CommandContext& context, Args args, Reply& reply) {
  reply_half(context, args[1], true, reply);
}
void hvals_command(CommandContext& context, Args args, Reply& reply) {
  reply_half(context, args[1], false, reply);
}

// What a random pick chooses among: the fields that a read sees, by their numbers.
class LiveFields {
 public:
  LiveFields(CommandContext& context, std::string_view key, const HashValue& hash) {
    size_ = hash.size();
    if (!hash.any_due(context.now_ms())) return;
    note_met_due(context, key, hash);
    std::uint32_t number = 0;
    hash.visit_timed([&](std::string_view, std::string_view, std::int64_t at_ms) {
      if (at_ms == kNoExpiry || at_ms > context.now_ms()) live_.push_back(number);
      ++number;
      return context.go_on();
    });
    some_due_ = true;
    size_ = static_cast<std::uint32_t>(live_.size());
  }

  std::uint32_t size() const { return size_; }
  std::uint32_t number(std::uint32_t pick) const { return some_due_ ? live_[pick] : pick; }

 private:
  bool some_due_ = false;
  std::uint32_t size_ = 0;
  std::vector<std::uint32_t> live_;  // where some are due
};

void reply_random(CommandContext& context, const HashValue& hash, const LiveFields& fields,
                  const std::vector<std::uint32_t>& picks, bool values, Reply& reply) {
  const bool pairs = values && reply.resp3();
  reply.array_header(picks.size() * (values && !pairs ? 2 : 1));
  for (const std::uint32_t pick : picks) {
    if (!context.go_on()) return;
    const HashValue::Item item = hash.at(fields.number(pick));
    if (pairs) reply.array_header(2);
    reply.bulk(item.field);
    if (values) reply.bulk(item.value);
  }
}

void hrandfield_command(CommandContext& context, Args args, Reply& reply) {
  bool values = false;
  std::optional<std::int64_t> count;
  if (args.size() >= 3) {
    count = pick_count_argument(args[2], reply);
    if (!count) return;
    values = args.size() == 4 && is_word(args[3], "withvalues");
    if (args.size() > 4 || (args.size() == 4 && !values)) return reply.syntax_error();
    if (!pick_count_fits(*count, values, reply)) return;
  }
  const auto hash = context.read<HashValue>(args[1], reply);
  if (!hash) return;
  const auto nothing = [&] { count ? reply.empty_array() : reply.null(); };
  if (*hash == nullptr) return nothing();
  const std::uint32_t size = (*hash)->size();
  const bool looks_at_all = (*hash)->any_due(context.now_ms());
  if (looks_at_all && context.defer(size)) return;
  if (count && context.defer(pick_cost(size, *count))) return;
  const LiveFields fields(context, args[1], **hash);
  if (fields.size() == 0) return nothing();
  if (!count) {
    const auto pick = static_cast<std::uint32_t>(context.random().below(fields.size()));
    return reply.bulk((*hash)->at(fields.number(pick)).field);
  }
  const auto picks = pick_random(context.random(), fields.size(), *count);
  reply_random(context, **hash, fields, picks, values, reply);
}

void hscan_command(CommandContext& context, Args args, Reply& reply) {
  const auto cursor = scan_cursor(args[2], reply);
  if (!cursor) return;
  const auto hash = context.read<HashValue>(args[1], reply);
  if (!hash) return;
  if (*hash == nullptr) return ScanReply().send(0, reply);  // whatever the options
  const auto options = scan_options(args.subspan(3), *cursor, false, reply);
  if (!options) return;
  ScanReply found;
  const std::uint64_t next = (*hash)->scan(options->cursor, options->count,
                                           [&](std::string_view field, std::string_view value) {
                                             if (!options->matches(field)) return;
                                             if ((*hash)->is_due(field, context.now_ms())) return;
                                             found.bulk(field);
                                             found.bulk(value);
                                           });
  found.send(next, reply);
}

constexpr CommandSpec kRows[] = {
    CommandSpec{"hset", -4, kWrite | kDenyOom | kFast, 1, 1, 1, hset_command, "hash", "2.0.0",
                "Set the string value of a hash field"}
        .with_element_at(2)
        .with_use(use::kRW | use::kUpdate),
    CommandSpec{"hmset", -4, kWrite | kDenyOom | kFast, 1, 1, 1, hmset_command, "hash", "2.0.0",
                "Set multiple hash fields to multiple values"}
        .with_element_at(2)
        .with_use(use::kRW | use::kUpdate),
    CommandSpec{"hsetnx", 4, kWrite | kDenyOom | kFast, 1, 1, 1, hsetnx_command, "hash", "2.0.0",
                "Set the value of a hash field, only if the field does not exist"}
        .with_element_at(2)
        .with_use(use::kRW | use::kInsert),
    CommandSpec{"hget", 3, kReadonly | kFast, 1, 1, 1, hget_command, "hash", "2.0.0",
                "Get the value of a hash field"}
        .with_element_at(2),
    CommandSpec{"hmget", -3, kReadonly | kFast, 1, 1, 1, hmget_command, "hash", "2.0.0",
                "Get the values of all the given hash fields"}
        .with_element_at(2),
    CommandSpec{"hdel", -3, kWrite | kFast, 1, 1, 1, hdel_command, "hash", "2.0.0",
                "Delete one or more hash fields"}
        .with_element_at(2)
        .with_use(use::kRW | use::kDelete),
    CommandSpec{"hlen", 2, kReadonly | kFast, 1, 1, 1, hlen_command, "hash", "2.0.0",
                "Get the number of fields in a hash"}
        .with_use(use::kRO),
    CommandSpec{"hstrlen", 3, kReadonly | kFast, 1, 1, 1, hstrlen_command, "hash", "3.2.0",
                "Get the length of the value of a hash field"}
        .with_element_at(2)
        .with_use(use::kRO),
    CommandSpec{"hexists", 3, kReadonly | kFast, 1, 1, 1, hexists_command, "hash", "2.0.0",
                "Determine if a hash field exists"}
        .with_element_at(2)
        .with_use(use::kRO),
    CommandSpec{"hincrby", 4, kWrite | kDenyOom | kFast, 1, 1, 1, hincrby_command, "hash", "2.0.0",
                "Increment the integer value of a hash field by the given number"}
        .with_element_at(2)
        .with_use(use::kRW | use::kAccess | use::kUpdate),
    CommandSpec{"hincrbyfloat", 4, kWrite | kDenyOom | kFast, 1, 1, 1, hincrbyfloat_command, "hash",
                "2.6.0", "Increment the float value of a hash field by the given amount"}
        .with_element_at(2)
        .with_use(use::kRW | use::kAccess | use::kUpdate),
    {"hgetall", 2, kReadonly, 1, 1, 1, hgetall_command, "hash", "2.0.0",
     "Get all the fields and values in a hash"},
    {"hkeys", 2, kReadonly, 1, 1, 1, hkeys_command, "hash", "2.0.0",
     "Get all the fields in a hash"},
    {"hvals", 2, kReadonly, 1, 1, 1, hvals_command, "hash", "2.0.0",
     "Get all the values in a hash"},
    {"hrandfield", -2, kReadonly, 1, 1, 1, hrandfield_command, "hash", "6.2.0",
     "Get one or multiple random fields from a hash"},
    {"hscan", -3, kReadonly, 1, 1, 1, hscan_command, "hash", "2.8.0",
     "Incrementally iterate hash fields and associated values"},
};

}  // namespace

std::span<const CommandSpec> hash_commands() { return kRows; }

}  // namespace octavo::keyspace
