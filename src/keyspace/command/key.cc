// Commands on keys of any kind, and on whole databases.

#include <limits>
#include <string>

#include "keyspace/arguments.h"
#include "keyspace/command/families.h"
#include "keyspace/context.h"
#include "keyspace/subcommand.h"
#include "keyspace/type/glob.h"

namespace octavo::keyspace {
namespace {

void del_command(CommandContext& context, Args args, Reply& reply) {
  std::int64_t deleted = 0;
  for (const std::string_view key : args.subspan(1)) {
    KeyEntry* entry = context.write_entry(key);
    if (entry == nullptr) continue;
    context.erase(*entry);
    context.notify(EventClass::generic, "del", key);
    ++deleted;
  }
  reply.integer(deleted);
}
// What is large is freed later in any case.
void unlink_command(CommandContext& context, Args args, Reply& reply) {
  del_command(context, args, reply);
}

void exists_command(CommandContext& context, Args args, Reply& reply) {
  std::int64_t found = 0;
  for (const std::string_view key : args.subspan(1)) found += context.look_up_entry(key) ? 1 : 0;
  reply.integer(found);
}
void touch_command(CommandContext& context, Args args, Reply& reply) {
  std::int64_t found = 0;
  for (const std::string_view key : args.subspan(1)) found += context.read_entry(key) ? 1 : 0;
  reply.integer(found);
}

void type_command(CommandContext& context, Args args, Reply& reply) {
  const KeyEntry* entry = context.look_up_entry(args[1]);
  reply.simple(entry == nullptr ? "none" : kind_name(entry->value.kind()));
}

// --- moving and copying ---

// Puts a value at a key of any database, as it was and with its time to live.
void place(CommandContext& context, std::string_view key, Object value, std::int64_t expire_at_ms) {
  KeyEntry& entry = context.put(key, std::move(value));
  if (expire_at_ms != kNoExpiry) context.db().set_expiry(entry, expire_at_ms);
}

void rename(CommandContext& context, Args args, bool only_new, Reply& reply) {
  KeyEntry* source = context.write_entry(args[1]);
  if (source == nullptr) return reply.error(kNoSuchKey);
  const bool same = args[1] == args[2];
  if (same) return only_new ? reply.integer(0) : reply.ok();
  if (KeyEntry* target = context.write_entry(args[2])) {
    if (only_new) return reply.integer(0);
    context.erase(*target);
  }
  const std::int64_t expire_at_ms = source->expire_at_ms();
  Object value = context.db().take(*source);
  place(context, args[2], std::move(value), expire_at_ms);
  context.notify(EventClass::generic, "rename_from", args[1]);
  context.notify(EventClass::generic, "rename_to", args[2]);
  only_new ? reply.integer(1) : reply.ok();
}
void rename_command(CommandContext& context, Args args, Reply& reply) {
  rename(context, args, false, reply);
}
void renamenx_command(CommandContext& context, Args args, Reply& reply) {
  rename(context, args, true, reply);
}

std::optional<unsigned> database_argument(CommandContext& context, std::string_view argument,
                                          Reply& reply) {
  const auto db = integer_argument(argument, reply);
  if (!db) return std::nullopt;
  if (*db < 0 || *db >= static_cast<std::int64_t>(context.keyspace().database_count())) {
    reply.error("ERR DB index is out of range");
    return std::nullopt;
  }
  return static_cast<unsigned>(*db);
}

void move_command(CommandContext& context, Args args, Reply& reply) {
  const unsigned from = context.db_index();
  const auto to = database_argument(context, args[2], reply);
  if (!to) return;
  if (*to == from) return reply.error("ERR source and destination objects are the same");
  KeyEntry* source = context.write_entry(args[1]);
  if (source == nullptr) return reply.integer(0);
  context.select(*to);
  const bool taken = context.write_entry(args[1]) != nullptr;
  context.select(from);
  if (taken) return reply.integer(0);
  const std::int64_t expire_at_ms = source->expire_at_ms();
  Object value = context.db().take(*source);
  context.select(*to);
  place(context, args[1], std::move(value), expire_at_ms);
  context.select(from);
  context.notify(EventClass::generic, "move_from", args[1]);
  context.select(*to);
  context.notify(EventClass::generic, "move_to", args[1]);
  context.select(from);
  reply.integer(1);
}

void copy_command(CommandContext& context, Args args, Reply& reply) {
  const unsigned from = context.db_index();
  unsigned to = from;
  bool replace = false;
  for (std::size_t i = 3; i < args.size(); ++i) {
    if (is_word(args[i], "replace")) {
      replace = true;
    } else if (is_word(args[i], "db") && i + 1 < args.size()) {
      const auto db = database_argument(context, args[++i], reply);
      if (!db) return;
      to = *db;
    } else {
      return reply.syntax_error();
    }
  }
  if (to == from && args[1] == args[2]) {
    return reply.error("ERR source and destination objects are the same");
  }
  const KeyEntry* source = context.write_entry(args[1]);
  if (source == nullptr) return reply.integer(0);
  context.select(to);
  KeyEntry* target = context.write_entry(args[2]);
  if (target != nullptr && !replace) {
    context.select(from);
    return reply.integer(0);
  }
  const std::int64_t expire_at_ms = source->expire_at_ms();
  auto value = context.make(source->value.cost(),
                            [&] { return std::optional<Object>(source->value.clone()); });
  if (!value) return context.select(from);
  if (target != nullptr) context.erase(*target);
  place(context, args[2], *std::move(value), expire_at_ms);
  context.notify(EventClass::generic, "copy_to", args[2]);
  context.select(from);
  reply.integer(1);
}

// --- databases ---

bool parse_flush(Args args, Reply& reply) {
  if (args.size() == 1) return true;
  if (args.size() == 2 && (is_word(args[1], "async") || is_word(args[1], "sync"))) return true;
  reply.syntax_error();
  return false;
}

void flush(CommandContext& context, unsigned db) {
  context.select(db);
  context.db().clear();
}

void flushdb_command(CommandContext& context, Args args, Reply& reply) {
  if (!parse_flush(args, reply)) return;
  flush(context, context.db_index());
  reply.ok();
}
void flushall_command(CommandContext& context, Args args, Reply& reply) {
  if (!parse_flush(args, reply)) return;
  const unsigned selected = context.db_index();
  for (unsigned db = 0; db < context.keyspace().database_count(); ++db) flush(context, db);
  context.select(selected);
  reply.ok();
}

void swapdb_command(CommandContext& context, Args args, Reply& reply) {
  const auto first = integer_argument(args[1], reply, "ERR invalid first DB index");
  if (!first) return;
  const auto second = integer_argument(args[2], reply, "ERR invalid second DB index");
  if (!second) return;
  const auto count = static_cast<std::int64_t>(context.keyspace().database_count());
  if (*first < 0 || *first >= count || *second < 0 || *second >= count) {
    return reply.error("ERR DB index is out of range");
  }
  context.keyspace().swap_databases(static_cast<unsigned>(*first), static_cast<unsigned>(*second));
  ++context.keyspace().stats().changes;
  reply.ok();
}

void dbsize_command(CommandContext& context, Args, Reply& reply) {
  reply.integer(context.db().size());
}

void randomkey_command(CommandContext& context, Args, Reply& reply) {
  // Expired keys are passed over; when nearly all have expired, one of them is as good.
  constexpr int kTries = 100;
  const KeyMap& keys = context.db().keys();
  const KeyEntry* picked = nullptr;
  for (int i = 0; i < kTries && !keys.empty(); ++i) {
    picked = keys.at(static_cast<std::uint32_t>(context.random().below(keys.size())));
    if (!context.has_expired(*picked)) return reply.bulk(picked->key());
  }
  reply.null();
}

void keys_command(CommandContext& context, Args args, Reply& reply) {
  if (context.defer(context.db().size())) return;
  const std::string_view pattern = args[1];
  const bool all = pattern == "*";
  const std::size_t mark = reply.mark();
  std::size_t count = 0;
  const KeyMap& keys = context.db().keys();
  for (std::uint32_t i = 0; i < keys.size(); ++i) {
    const KeyEntry* entry = keys.at(i);
    if (entry->expired_at(context.now_ms())) continue;
    if (!all && !glob_matches(pattern, entry->key())) continue;
    reply.bulk(entry->key());
    ++count;
  }
  reply.insert_array_header(mark, count);
}

// --- OBJECT, MEMORY ---

constexpr std::string_view kNotLfu =
    "ERR An LFU maxmemory policy is not selected, access frequency not tracked. Please note that "
    "when switching between policies at runtime LRU and LFU data will take some time to adjust.";

constexpr std::string_view kIsLfu =
    "ERR An LFU maxmemory policy is selected, idle time not tracked. Please note that when "
    "switching between policies at runtime LRU and LFU data will take some time to adjust.";

// OBJECT …: the entry of args[2]; null: the reply says that there is none.
const KeyEntry* object_entry(CommandContext& context, Args args, Reply& reply) {
  const KeyEntry* entry = context.look_up_entry(args[2]);
  if (entry == nullptr) reply.null();
  return entry;
}

void object_encoding(CommandContext& context, Args args, Reply& reply) {
  const KeyEntry* entry = object_entry(context, args, reply);
  if (entry != nullptr) reply.bulk(entry->value.encoding_name());
}

void object_frequency(CommandContext& context, Args args, Reply& reply) {
  const KeyEntry* entry = object_entry(context, args, reply);
  if (entry == nullptr) return;
  if (!context.keyspace().counts_frequency()) return reply.error(kNotLfu);
  reply.integer(context.keyspace().access_frequency(*entry, context.now_ms()));
}

void object_idle_time(CommandContext& context, Args args, Reply& reply) {
  const KeyEntry* entry = object_entry(context, args, reply);
  if (entry == nullptr) return;
  if (context.keyspace().counts_frequency()) return reply.error(kIsLfu);
  reply.integer(context.keyspace().idle_seconds(*entry, context.now_ms()));
}

// Redis shares these among all keys, and says of them what it says of what is never freed. Here
// they take no memory of their own either.
constexpr std::int64_t kSharedIntegers = 10'000;
constexpr std::int64_t kNeverFreed = std::numeric_limits<std::int32_t>::max();

void object_references(CommandContext& context, Args args, Reply& reply) {
  const KeyEntry* entry = object_entry(context, args, reply);
  if (entry == nullptr) return;
  const bool is_string = entry->value.is_string();
  const StringValue* text = is_string ? &entry->value.as<StringValue>() : nullptr;
  const bool shared = text != nullptr && text->is_integer() && text->integer() >= 0 &&
                      text->integer() < kSharedIntegers;
  reply.integer(shared ? kNeverFreed : 1);
}

constexpr Subcommand kObjectSubcommands[] = {
    {.name = "encoding",
     .arity = 3,
     .run = object_encoding,
     .arguments = "<key>",
     .summary = "How the value of a key is stored.",
     .help = "Return the kind of internal representation used in order to store the value\n"
             "associated with a <key>."},
    {.name = "freq",
     .arity = 3,
     .run = object_frequency,
     .arguments = "<key>",
     .summary = "How often a key is used.",
     .help = "Return the access frequency index of the <key>. The returned integer is\n"
             "proportional to the logarithm of the recent access frequency of the key."},
    {.name = "idletime",
     .arity = 3,
     .run = object_idle_time,
     .arguments = "<key>",
     .summary = "Seconds since a key was used.",
     .help = "Return the idle time of the <key>, that is the approximated number of\n"
             "seconds elapsed since the last access to the key."},
    {.name = "refcount",
     .arity = 3,
     .run = object_references,
     .arguments = "<key>",
     .summary = "References to the value of a key.",
     .help = "Return the number of references of the value associated with the specified\n"
             "<key>."},
};

constexpr CommandSpec kRows[] = {
    CommandSpec{"del", -2, kWrite, 1, -1, 1, del_command, "generic", "1.0.0", "Delete a key"}
        .with_use(use::kRM | use::kDelete),
    CommandSpec{
        "unlink", -2, kWrite | kFast, 1, -1, 1, unlink_command, "generic", "4.0.0",
        "Delete a key asynchronously in another thread. Otherwise it is just as DEL, but non "
        "blocking."}
        .with_use(use::kRM | use::kDelete),
    CommandSpec{"exists", -2, kReadonly | kFast, 1, -1, 1, exists_command, "generic", "1.0.0",
                "Determine if a key exists"}
        .with_use(use::kRO),
    CommandSpec{
        "touch", -2, kReadonly | kFast | kTouches, 1, -1, 1, touch_command, "generic", "3.2.1",
        "Alters the last access time of a key(s). Returns the number of existing keys specified."}
        .with_use(use::kRO),
    CommandSpec{"type", 2, kReadonly | kFast, 1, 1, 1, type_command, "generic", "1.0.0",
                "Determine the type stored at key"}
        .with_use(use::kRO),
    CommandSpec{"rename", 3, kWrite, 1, 2, 1, rename_command, "generic", "1.0.0", "Rename a key"}
        .with_use(use::kRW | use::kAccess | use::kDelete, use::kOW | use::kUpdate),
    CommandSpec{"renamenx", 3, kWrite | kFast, 1, 2, 1, renamenx_command, "generic", "1.0.0",
                "Rename a key, only if the new key does not exist"}
        .with_use(use::kRW | use::kAccess | use::kDelete, use::kOW | use::kInsert),
    CommandSpec{"move", 3, kWrite | kFast, 1, 1, 1, move_command, "generic", "1.0.0",
                "Move a key to another database", KeyRule::range, 0, DatabaseRule::moved}
        .with_use(use::kRW | use::kAccess | use::kUpdate),
    CommandSpec{"copy", -3, kWrite | kDenyOom | kMakesLast, 1, 2, 1, copy_command, "generic",
                "6.2.0", "Copy a key", KeyRule::range, 0, DatabaseRule::copied}
        .with_use(use::kRO | use::kAccess, use::kOW | use::kUpdate),
    {"flushdb", -1, kWrite | kDangerous, 0, 0, 0, flushdb_command, "server", "1.0.0",
     "Remove all keys from the current database"},
    {"flushall", -1, kWrite | kDangerous | kNeedsConfig, 0, 0, 0, flushall_command, "server",
     "1.0.0", "Remove all keys from all databases", KeyRule::range, 0, DatabaseRule::all},
    {"swapdb", 3, kWrite | kFast | kDangerous | kNeedsConfig, 0, 0, 0, swapdb_command, "server",
     "4.0.0", "Swaps two Redis databases", KeyRule::range, 0, DatabaseRule::swapped},
    {"dbsize", 1, kReadonly | kFast, 0, 0, 0, dbsize_command, "server", "1.0.0",
     "Return the number of keys in the selected database"},
    {"randomkey", 1, kReadonly, 0, 0, 0, randomkey_command, "generic", "1.0.0",
     "Return a random key from the keyspace"},
    {"keys", 2, kReadonly | kDangerous | kAllKeys, 0, 0, 0, keys_command, "generic", "1.0.0",
     "Find all keys matching the given pattern"},
    holding<kObjectSubcommands>({"object", -2, kReadonly, 2, 2, 1, nullptr, "generic", "2.2.3",
                                 "A container for object introspection commands"})
        .with_use(use::kRO),
};

}  // namespace

std::span<const CommandSpec> key_commands() { return kRows; }

}  // namespace octavo::keyspace
