// Times to live: the EXPIRE family, TTL, PERSIST.

#include <limits>

#include "keyspace/arguments.h"
#include "keyspace/command/families.h"
#include "keyspace/context.h"

namespace octavo::keyspace {
namespace {

struct ExpireCondition {
  bool only_new = false;       // NX: there is no expiry
  bool only_existing = false;  // XX
  bool only_later = false;     // GT
  bool only_earlier = false;   // LT
};

bool parse_condition(Args args, ExpireCondition& condition, Reply& reply) {
  for (const std::string_view word : args) {
    if (is_word(word, "nx")) {
      condition.only_new = true;
    } else if (is_word(word, "xx")) {
      condition.only_existing = true;
    } else if (is_word(word, "gt")) {
      condition.only_later = true;
    } else if (is_word(word, "lt")) {
      condition.only_earlier = true;
    } else {
      reply.error("ERR Unsupported option " + std::string(word));
      return false;
    }
  }
  if (condition.only_new &&
      (condition.only_existing || condition.only_later || condition.only_earlier)) {
    reply.error("ERR NX and XX, GT or LT options at the same time are not compatible");
    return false;
  }
  if (condition.only_later && condition.only_earlier) {
    reply.error("ERR GT and LT options at the same time are not compatible");
    return false;
  }
  return true;
}

bool holds(const ExpireCondition& condition, const KeyEntry& entry, std::int64_t at_ms) {
  const std::int64_t current = entry.expire_at_ms();
  if (condition.only_new && current != kNoExpiry) return false;
  if (condition.only_existing && current == kNoExpiry) return false;
  // No expiry is later than any.
  if (condition.only_later && (current == kNoExpiry || at_ms <= current)) return false;
  if (condition.only_earlier && current != kNoExpiry && at_ms >= current) return false;
  return true;
}

// Unlike the options of SET, a time in the past is allowed here: it deletes the key.
std::optional<std::int64_t> expire_moment(std::string_view argument, ExpiryArgument unit,
                                          std::int64_t now_ms, std::string_view command,
                                          Reply& reply) {
  auto value = integer_argument(argument, reply);
  if (!value) return std::nullopt;
  constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();
  bool overflow = false;
  if (unit.seconds) {
    overflow = *value > kMax / 1000 || *value < std::numeric_limits<std::int64_t>::min() / 1000;
    if (!overflow) *value *= 1000;
  }
  if (!unit.absolute && !overflow) {
    overflow = *value > kMax - now_ms;
    if (!overflow) *value += now_ms;
  }
  if (!overflow) return value;
  reply.error("ERR invalid expire time in '" + lower_case(command) + "' command");
  return std::nullopt;
}

void expire(CommandContext& context, Args args, ExpiryArgument unit, Reply& reply) {
  ExpireCondition condition;
  if (!parse_condition(args.subspan(3), condition, reply)) return;
  const auto at_ms = expire_moment(args[2], unit, context.now_ms(), args[0], reply);
  if (!at_ms) return;
  KeyEntry* entry = context.write_entry(args[1]);
  if (entry == nullptr || !holds(condition, *entry, *at_ms)) return reply.integer(0);
  if (*at_ms <= context.now_ms()) {
    context.erase(*entry);
    context.notify(EventClass::generic, "del", args[1]);
  } else {
    context.db().set_expiry(*entry, *at_ms);
    context.notify(EventClass::generic, "expire", args[1]);
  }
  reply.integer(1);
}

void expire_command(CommandContext& context, Args args, Reply& reply) {
  expire(context, args, {.seconds = true, .absolute = false}, reply);
}
void pexpire_command(CommandContext& context, Args args, Reply& reply) {
  expire(context, args, {.seconds = false, .absolute = false}, reply);
}
void expireat_command(CommandContext& context, Args args, Reply& reply) {
  expire(context, args, {.seconds = true, .absolute = true}, reply);
}
void pexpireat_command(CommandContext& context, Args args, Reply& reply) {
  expire(context, args, {.seconds = false, .absolute = true}, reply);
}

enum class TtlForm : std::uint8_t { seconds, milliseconds, at_second, at_millisecond };

// Without `+ 500`, which overflows near the greatest moment.
std::int64_t rounded_seconds(std::int64_t ms) { return ms / 1000 + (ms % 1000 >= 500 ? 1 : 0); }

void time_to_live(CommandContext& context, std::string_view key, TtlForm form, Reply& reply) {
  const KeyEntry* entry = context.look_up_entry(key);
  if (entry == nullptr) return reply.integer(-2);
  if (entry->expire_at_ms() == kNoExpiry) return reply.integer(-1);
  const std::int64_t left = entry->expire_at_ms() - context.now_ms();
  switch (form) {
    case TtlForm::seconds: return reply.integer(rounded_seconds(left));
    case TtlForm::milliseconds: return reply.integer(left);
    case TtlForm::at_second: return reply.integer(rounded_seconds(entry->expire_at_ms()));
    case TtlForm::at_millisecond: return reply.integer(entry->expire_at_ms());
  }
}

void ttl_command(CommandContext& context, Args args, Reply& reply) {
  time_to_live(context, args[1], TtlForm::seconds, reply);
}
void pttl_command(CommandContext& context, Args args, Reply& reply) {
  time_to_live(context, args[1], TtlForm::milliseconds, reply);
}
void expiretime_command(CommandContext& context, Args args, Reply& reply) {
  time_to_live(context, args[1], TtlForm::at_second, reply);
}
void pexpiretime_command(CommandContext& context, Args args, Reply& reply) {
  time_to_live(context, args[1], TtlForm::at_millisecond, reply);
}

void persist_command(CommandContext& context, Args args, Reply& reply) {
  KeyEntry* entry = context.write_entry(args[1]);
  if (entry == nullptr || entry->expire_at_ms() == kNoExpiry) return reply.integer(0);
  context.db().set_expiry(*entry, kNoExpiry);
  context.notify(EventClass::generic, "persist", args[1]);
  reply.integer(1);
}

constexpr CommandSpec kRows[] = {
    CommandSpec{"expire", -3, kWrite | kFast, 1, 1, 1, expire_command, "generic", "1.0.0",
                "Set a key's time to live in seconds"}
        .with_use(use::kRW | use::kUpdate),
    CommandSpec{"pexpire", -3, kWrite | kFast, 1, 1, 1, pexpire_command, "generic", "2.6.0",
                "Set a key's time to live in milliseconds"}
        .with_use(use::kRW | use::kUpdate),
    CommandSpec{"expireat", -3, kWrite | kFast, 1, 1, 1, expireat_command, "generic", "1.2.0",
                "Set the expiration for a key as a UNIX timestamp"}
        .with_use(use::kRW | use::kUpdate),
    CommandSpec{"pexpireat", -3, kWrite | kFast, 1, 1, 1, pexpireat_command, "generic", "2.6.0",
                "Set the expiration for a key as a UNIX timestamp specified in milliseconds"}
        .with_use(use::kRW | use::kUpdate),
    {"ttl", 2, kReadonly | kFast, 1, 1, 1, ttl_command, "generic", "1.0.0",
     "Get the time to live for a key in seconds"},
    {"pttl", 2, kReadonly | kFast, 1, 1, 1, pttl_command, "generic", "2.6.0",
     "Get the time to live for a key in milliseconds"},
    {"expiretime", 2, kReadonly | kFast, 1, 1, 1, expiretime_command, "generic", "7.0.0",
     "Get the expiration Unix timestamp for a key"},
    {"pexpiretime", 2, kReadonly | kFast, 1, 1, 1, pexpiretime_command, "generic", "7.0.0",
     "Get the expiration Unix timestamp for a key in milliseconds"},
    CommandSpec{"persist", 2, kWrite | kFast, 1, 1, 1, persist_command, "generic", "2.2.0",
                "Remove the expiration from a key"}
        .with_use(use::kRW | use::kUpdate),
};

}  // namespace

std::span<const CommandSpec> expiry_commands() { return kRows; }

}  // namespace octavo::keyspace
