// Writes that only the server issues, through the log like any other.

#include <string>

#include "keyspace/arguments.h"
#include "keyspace/command/families.h"
#include "keyspace/context.h"
#include "keyspace/field_expiry.h"

namespace octavo::keyspace {
namespace {

// octavo.expire key [key ...]: removes those that have expired at the record's time. A key that
// got a new time to live meanwhile stays.
void expire_due_command(CommandContext& context, Args args, Reply& reply) {
  for (const std::string_view key : args.subspan(1)) context.write_entry(key);
  reply.ok();
}

// octavo.expire_fields key field [field ...]: the same of fields of a hash, which goes with the
// last.
void expire_fields_command(CommandContext& context, Args args, Reply& reply) {
  KeyEntry* entry = context.write_entry(args[1]);
  if (entry != nullptr && entry->value.kind() == Kind::hash) {
    remove_due_fields(context, *entry, args.subspan(2));
  }
  reply.ok();
}

// octavo.evict key [key ...]
void evict_command(CommandContext& context, Args args, Reply& reply) {
  std::int64_t evicted = 0;
  for (const std::string_view key : args.subspan(1)) {
    if (!context.erase_key(key)) continue;
    ++evicted;
    ++context.keyspace().stats().evicted_keys;
    context.notify(EventClass::evicted, "evicted", key);
  }
  reply.integer(evicted);
}

// octavo.tune name value [name value ...]: encoding limits, by their Redis configuration names.
void tune_command(CommandContext& context, Args args, Reply& reply) {
  EncodingLimits limits = context.limits();
  for (std::size_t i = 1; i + 1 < args.size(); i += 2) {
    const auto value = integer_argument(args[i + 1], reply);
    if (!value) return;
    bool known = false;
    for (const EncodingLimitName& limit : kEncodingLimitNames) {
      if (limit.name != args[i]) continue;
      limits.*limit.field = *value;
      known = true;
    }
    if (!known) return reply.error("ERR unknown encoding limit " + std::string(args[i]));
  }
  context.keyspace().set_limits(limits);
  reply.ok();
}

// octavo.library [name [code]]
void library_command(CommandContext& context, Args args, Reply& reply) {
  Keyspace& keyspace = context.keyspace();
  switch (args.size()) {
    case 1: keyspace.clear_libraries(); break;
    case 2: keyspace.erase_library(args[1]); break;
    default: keyspace.set_library(args[1], args[2]);
  }
  reply.ok();
}

// octavo.origin text: where the keys come from (Keyspace::origin); empty: they are our own.
void origin_command(CommandContext& context, Args args, Reply& reply) {
  context.keyspace().set_origin(args[1]);
  reply.ok();
}

constexpr CommandSpec kRows[] = {
    {"octavo.expire", -2, kWrite | kInternal, 1, -1, 1, expire_due_command, "internal", "7.0.0",
     "Remove keys that have expired"},
    {"octavo.expire_fields", -3, kWrite | kInternal, 1, 1, 1, expire_fields_command, "internal",
     "7.4.0", "Remove fields of a hash that have expired"},
    {"octavo.evict", -2, kWrite | kInternal, 1, -1, 1, evict_command, "internal", "7.0.0",
     "Remove keys to free memory"},
    {"octavo.tune", -3, kWrite | kInternal, 0, 0, 0, tune_command, "internal", "7.0.0",
     "Change encoding limits"},
    {"octavo.library", -1, kWrite | kInternal, 0, 0, 0, library_command, "internal", "7.0.0",
     "Store or remove a library of functions"},
    {"octavo.origin", 2, kWrite | kInternal, 0, 0, 0, origin_command, "internal", "7.0.0",
     "Note where the keys come from"},
};

}  // namespace

std::span<const CommandSpec> internal_commands() { return kRows; }

}  // namespace octavo::keyspace
