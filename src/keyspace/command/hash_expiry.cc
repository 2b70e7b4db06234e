// Times to live of the fields of hashes, as Redis 7.4 has them: the HEXPIRE family, HTTL and its
// kin, HPERSIST. Replies have one number for each field.

#include <limits>
#include <string>
#include <vector>

#include "keyspace/arguments.h"
#include "keyspace/command/families.h"
#include "keyspace/context.h"
#include "keyspace/field_expiry.h"
#include "keyspace/type/hash_value.h"

namespace octavo::keyspace {
namespace {

constexpr std::int64_t kNoField = -2;
constexpr std::int64_t kNoEnd = -1;
constexpr std::int64_t kConditionFails = 0;
constexpr std::int64_t kDone = 1;
constexpr std::int64_t kRemoved = 2;  // the time is over already

// 46 bits: Redis keeps a moment in 48 and has reserved two of them.
constexpr std::int64_t kMaxMomentMs = (std::int64_t{1} << 46) - 1;
constexpr std::size_t kFieldsWord = 2;  // where FIELDS stands, unless something is in front of it

// FIELDS count field …, from `at` on. Nothing: the error is written.
std::optional<Args> fields_argument(Args args, std::size_t at, std::string_view bad_count,
                                    Reply& reply) {
  if (!is_word(args[at], "fields")) {
    reply.error("ERR Mandatory argument FIELDS is missing or not at the right position");
    return std::nullopt;
  }
  const auto count =
      bounded_argument(args[at + 1], 1, std::numeric_limits<std::int64_t>::max(), reply, bad_count);
  if (!count) return std::nullopt;
  const Args fields = args.subspan(at + 2);
  if (static_cast<std::uint64_t>(*count) != fields.size()) {
    reply.error("ERR The `numfields` parameter must match the number of arguments");
    return std::nullopt;
  }
  return fields;
}

std::optional<Args> fields_argument(Args args, Reply& reply) {
  return fields_argument(args, kFieldsWord, "ERR Number of fields must be a positive integer",
                         reply);
}

void reply_no_fields(std::size_t count, Reply& reply) {
  reply.array_header(count);
  for (std::size_t i = 0; i < count; ++i) reply.integer(kNoField);
}

// --- setting ---

enum class Condition : std::uint8_t { none, only_new, only_existing, only_later, only_earlier };

struct ConditionWord {
  std::string_view word;
  Condition condition;
};
constexpr ConditionWord kConditionWords[] = {
    {"nx", Condition::only_new},
    {"xx", Condition::only_existing},
    {"gt", Condition::only_later},
    {"lt", Condition::only_earlier},
};

Condition condition_argument(std::string_view argument) {
  for (const ConditionWord& row : kConditionWords) {
    if (is_word(argument, row.word)) return row.condition;
  }
  return Condition::none;
}

bool holds(Condition condition, std::int64_t current_ms, std::int64_t at_ms) {
  const bool mortal = current_ms != kNoExpiry;
  switch (condition) {
    case Condition::none: return true;
    case Condition::only_new: return !mortal;
    case Condition::only_existing: return mortal;
    case Condition::only_later: return mortal && at_ms > current_ms;
    case Condition::only_earlier: return !mortal || at_ms < current_ms;
  }
  return false;
}

std::optional<std::int64_t> moment_argument(std::string_view argument, ExpiryArgument unit,
                                            std::int64_t now_ms, std::string_view command,
                                            Reply& reply) {
  const auto value = integer_argument(argument, reply);
  if (!value) return std::nullopt;
  if (*value < 0) {
    reply.error("ERR invalid expire time, must be >= 0");
    return std::nullopt;
  }
  const std::int64_t unit_ms = unit.seconds ? 1000 : 1;
  const std::int64_t base_ms = unit.absolute ? 0 : now_ms;
  if (*value <= kMaxMomentMs / unit_ms && *value * unit_ms <= kMaxMomentMs - base_ms) {
    return *value * unit_ms + base_ms;
  }
  reply.error("ERR invalid expire time in '" + lower_case(command) + "' command");
  return std::nullopt;
}

// The changes that one call makes to a hash: announced before the first, told of behind the last.
class FieldExpiry {
 public:
  FieldExpiry(CommandContext& context, KeyEntry& entry, Condition condition, std::int64_t at_ms)
      : context_(context),
        entry_(entry),
        hash_(context.prepare<HashValue>(entry)),
        condition_(condition),
        at_ms_(at_ms) {}

  std::int64_t apply(std::string_view field) {
    if (!hash_.contains(field)) return kNoField;
    if (!holds(condition_, hash_.end_of(field), at_ms_)) return kConditionFails;
    if (at_ms_ <= context_.now_ms()) {
      hash_.erase(field);
      ++removed_;
      return kRemoved;
    }
    hash_.set_end(field, at_ms_);
    ++set_;
    return kDone;
  }

  void finish() {
    if (removed_ + set_ == 0) return;
    const std::string key(entry_.key());
    context_.commit(entry_);
    note_field_ends(context_, entry_);
    context_.keyspace().stats().expired_fields += removed_;
    context_.notify(EventClass::hash, removed_ > 0 ? "hdel" : "hexpire", key);
    context_.erase_if_empty(entry_);
  }

 private:
  CommandContext& context_;
  KeyEntry& entry_;
  HashValue& hash_;
  Condition condition_;
  std::int64_t at_ms_;
  std::uint64_t removed_ = 0;
  std::uint64_t set_ = 0;
};

void expire_fields(CommandContext& context, Args args, ExpiryArgument unit, Reply& reply) {
  const auto found = context.write<HashValue>(args[1], reply);
  if (!found) return;
  const auto at_ms = moment_argument(args[2], unit, context.now_ms(), args[0], reply);
  if (!at_ms) return;
  const Condition condition = condition_argument(args[3]);
  const std::size_t fields_at = condition == Condition::none ? 3 : 4;
  const auto fields =
      fields_argument(args, fields_at, "ERR Parameter `numFields` should be greater than 0", reply);
  if (!fields) return;
  if (*found == nullptr || !remove_due_fields(context, **found, *fields)) {
    return reply_no_fields(fields->size(), reply);
  }
  FieldExpiry expiry(context, **found, condition, *at_ms);
  reply.array_header(fields->size());
  for (const std::string_view field : *fields) reply.integer(expiry.apply(field));
  expiry.finish();
}

void hexpire_command(CommandContext& context, Args args, Reply& reply) {
  expire_fields(context, args, {.seconds = true, .absolute = false}, reply);
}
void hpexpire_command(CommandContext& context, Args args, Reply& reply) {
  expire_fields(context, args, {.seconds = false, .absolute = false}, reply);
}
void hexpireat_command(CommandContext& context, Args args, Reply& reply) {
  expire_fields(context, args, {.seconds = true, .absolute = true}, reply);
}
void hpexpireat_command(CommandContext& context, Args args, Reply& reply) {
  expire_fields(context, args, {.seconds = false, .absolute = true}, reply);
}

// HPERSIST key FIELDS count field [field ...]
void hpersist_command(CommandContext& context, Args args, Reply& reply) {
  const auto found = context.write<HashValue>(args[1], reply);
  if (!found) return;
  const auto fields = fields_argument(args, reply);
  if (!fields) return;
  if (*found == nullptr || !remove_due_fields(context, **found, *fields)) {
    return reply_no_fields(fields->size(), reply);
  }
  auto& hash = context.prepare<HashValue>(**found);
  bool changed = false;
  reply.array_header(fields->size());
  for (const std::string_view field : *fields) {
    if (!hash.contains(field)) {
      reply.integer(kNoField);
    } else if (hash.end_of(field) == kNoExpiry) {
      reply.integer(kNoEnd);
    } else {
      hash.set_end(field, kNoExpiry);
      changed = true;
      reply.integer(kDone);
    }
  }
  if (!changed) return;
  context.commit(**found);
  note_field_ends(context, **found);
  context.notify(EventClass::hash, "hpersist", args[1]);
}

// --- asking ---

void times_to_live(CommandContext& context, Args args, ExpiryArgument unit, Reply& reply) {
  const auto hash = context.read<HashValue>(args[1], reply);
  if (!hash) return;
  const auto fields = fields_argument(args, reply);
  if (!fields) return;
  if (*hash == nullptr) return reply_no_fields(fields->size(), reply);
  const std::int64_t base_ms = unit.absolute ? 0 : context.now_ms();
  reply.array_header(fields->size());
  for (const std::string_view field : *fields) {
    if (!(*hash)->contains(field) || (*hash)->is_due(field, context.now_ms())) {
      reply.integer(kNoField);
      continue;
    }
    const std::int64_t end_ms = (*hash)->end_of(field);
    if (end_ms == kNoExpiry) {
      reply.integer(kNoEnd);
    } else {
      // Seconds are rounded up.
      reply.integer(unit.seconds ? (end_ms - base_ms + 999) / 1000 : end_ms - base_ms);
    }
  }
}

void httl_command(CommandContext& context, Args args, Reply& reply) {
  times_to_live(context, args, {.seconds = true, .absolute = false}, reply);
}
void hpttl_command(CommandContext& context, Args args, Reply& reply) {
  times_to_live(context, args, {.seconds = false, .absolute = false}, reply);
}
void hexpiretime_command(CommandContext& context, Args args, Reply& reply) {
  times_to_live(context, args, {.seconds = true, .absolute = true}, reply);
}
void hpexpiretime_command(CommandContext& context, Args args, Reply& reply) {
  times_to_live(context, args, {.seconds = false, .absolute = true}, reply);
}

constexpr CommandSpec kRows[] = {
    CommandSpec{"hexpire", -6, kWrite | kDenyOom | kFast, 1, 1, 1, hexpire_command, "hash", "7.4.0",
                "Set expiry for hash field using relative time to expire (seconds)"}
        .with_use(use::kRW | use::kUpdate),
    CommandSpec{"hpexpire", -6, kWrite | kDenyOom | kFast, 1, 1, 1, hpexpire_command, "hash",
                "7.4.0", "Set expiry for hash field using relative time to expire (milliseconds)"}
        .with_use(use::kRW | use::kUpdate),
    CommandSpec{"hexpireat", -6, kWrite | kDenyOom | kFast, 1, 1, 1, hexpireat_command, "hash",
                "7.4.0", "Set expiry for hash field using an absolute Unix timestamp (seconds)"}
        .with_use(use::kRW | use::kUpdate),
    CommandSpec{"hpexpireat", -6, kWrite | kDenyOom | kFast, 1, 1, 1, hpexpireat_command, "hash",
                "7.4.0",
                "Set expiry for hash field using an absolute Unix timestamp (milliseconds)"}
        .with_use(use::kRW | use::kUpdate),
    CommandSpec{"hpersist", -5, kWrite | kFast, 1, 1, 1, hpersist_command, "hash", "7.4.0",
                "Removes the expiration time for each specified field"}
        .with_use(use::kRW | use::kUpdate),
    {"httl", -5, kReadonly | kFast, 1, 1, 1, httl_command, "hash", "7.4.0",
     "Returns the TTL in seconds of a hash field."},
    {"hpttl", -5, kReadonly | kFast, 1, 1, 1, hpttl_command, "hash", "7.4.0",
     "Returns the TTL in milliseconds of a hash field."},
    {"hexpiretime", -5, kReadonly | kFast, 1, 1, 1, hexpiretime_command, "hash", "7.4.0",
     "Returns the expiration time of a hash field as a Unix timestamp, in seconds."},
    {"hpexpiretime", -5, kReadonly | kFast, 1, 1, 1, hpexpiretime_command, "hash", "7.4.0",
     "Returns the expiration time of a hash field as a Unix timestamp, in msec."},
};

}  // namespace

std::span<const CommandSpec> hash_expiry_commands() { return kRows; }

}  // namespace octavo::keyspace
