// DUMP and RESTORE.

#include "keyspace/file/dump.h"

#include <limits>

#include "keyspace/arguments.h"
#include "keyspace/command/families.h"
#include "keyspace/context.h"
#include "keyspace/type/access_clock.h"

namespace octavo::keyspace {
namespace {

void dump_command(CommandContext& context, Args args, Reply& reply) {
  const KeyEntry* entry = context.read_entry(args[1]);
  if (entry == nullptr) return reply.null();
  if (context.defer(entry->value.cost())) return;
  reply.bulk(dump_value(entry->value));
}

struct RestoreOptions {
  bool replace = false;
  bool absolute = false;
  std::optional<std::int64_t> idle_seconds;
  std::optional<std::uint32_t> frequency;
};

std::optional<RestoreOptions> restore_options(Args words, Reply& reply) {
  constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();
  RestoreOptions options;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const bool more = i + 1 < words.size();
    if (is_word(words[i], "replace")) {
      options.replace = true;
    } else if (is_word(words[i], "absttl")) {
      options.absolute = true;
    } else if (more && !options.frequency && is_word(words[i], "idletime")) {
      const auto idle = integer_argument(words[++i], reply);
      if (!idle) return std::nullopt;
      if (*idle < 0) {
        reply.error("ERR Invalid IDLETIME value, must be >= 0");
        return std::nullopt;
      }
      options.idle_seconds = std::min<std::int64_t>(*idle, kMax / 1000);
    } else if (more && !options.idle_seconds && is_word(words[i], "freq")) {
      const auto given = integer_argument(words[++i], reply);
      if (!given) return std::nullopt;
      if (*given < 0 || *given > 255) {
        reply.error("ERR Invalid FREQ value, must be >= 0 and <= 255");
        return std::nullopt;
      }
      options.frequency = static_cast<std::uint32_t>(*given);
    } else {
      reply.syntax_error();
      return std::nullopt;
    }
  }
  return options;
}

// What the policy does not ask about is ignored.
void set_access(CommandContext& context, const RestoreOptions& options, KeyEntry& entry) {
  if (context.keyspace().counts_frequency()) {
    if (!options.frequency) return;
    const auto now_minutes = static_cast<std::uint32_t>(context.now_ms() / 60'000);
    entry.access = access_of_frequency(*options.frequency, now_minutes);
  } else if (options.idle_seconds) {
    const std::int64_t seen = context.now_ms() / 1000 - *options.idle_seconds;
    entry.access = static_cast<std::uint32_t>(std::max<std::int64_t>(seen, 0));
  }
}

// nullopt: the error is written.
std::optional<Object> restore(std::string_view payload, const EncodingLimits& limits,
                              Reply& reply) {
  if (!dump_is_intact(payload)) {
    reply.error("ERR DUMP payload version or checksum are wrong");
    return std::nullopt;
  }
  auto value = restore_value(payload, limits);
  if (!value) reply.error("ERR Bad data format");
  return value;
}

// RESTORE key ttl payload [REPLACE] [ABSTTL] [IDLETIME seconds] [FREQ frequency]
void restore_command(CommandContext& context, Args args, Reply& reply) {
  const auto options = restore_options(args.subspan(4), reply);
  if (!options) return;
  const std::string_view key = args[1];
  KeyEntry* existing = context.write_entry(key);
  if (existing != nullptr && !options->replace) {
    return reply.error("BUSYKEY Target key name already exists.");
  }
  auto ttl = integer_argument(args[2], reply);
  if (!ttl) return;
  if (*ttl < 0) return reply.error("ERR Invalid TTL value, must be >= 0");
  auto value = context.make(args[3].size() / kBytesPerElement,
                            [&] { return restore(args[3], context.limits(), reply); });
  if (!value) return;
  if (existing != nullptr) context.erase(*existing);
  if (*ttl != 0 && !options->absolute) {
    if (*ttl > std::numeric_limits<std::int64_t>::max() - context.now_ms()) {
      return reply.error("ERR Invalid TTL value, must be >= 0");
    }
    *ttl += context.now_ms();
  }
  if (*ttl != 0 && *ttl <= context.now_ms()) {
    if (existing != nullptr) context.notify(EventClass::generic, "del", key);
    return reply.ok();
  }
  KeyEntry& entry = context.put(key, std::move(*value));
  if (*ttl != 0) context.db().set_expiry(entry, *ttl);
  set_access(context, *options, entry);
  context.notify(EventClass::generic, "restore", key);
  reply.ok();
}

constexpr CommandSpec kRows[] = {
    {"dump", 2, kReadonly, 1, 1, 1, dump_command, "generic", "2.6.0",
     "Return a serialized version of the value stored at the specified key."},
    CommandSpec{"restore", -4, kWrite | kDenyOom | kDangerous | kMakesFirst, 1, 1, 1,
                restore_command, "generic", "2.6.0",
                "Create a key using the provided serialized value, previously obtained using DUMP."}
        .with_use(use::kOW | use::kUpdate),
};

}  // namespace

std::span<const CommandSpec> dump_commands() { return kRows; }

}  // namespace octavo::keyspace
