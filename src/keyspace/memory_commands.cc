// MEMORY: what keys and values weigh.

#include <limits>

#include "keyspace/arguments.h"
#include "keyspace/context.h"
#include "keyspace/families.h"

namespace octavo::keyspace {
namespace {

// An entry's share of index and array, and the allocator's word.
constexpr std::size_t kKeyOverheadBytes = 32;

// MEMORY USAGE key [SAMPLES n]
void usage(CommandContext& context, Args args, Reply& reply) {
  if (args.size() < 3) return wrong_arity(reply, "memory|usage");
  std::uint32_t samples = 5;
  if (args.size() == 5 && is_word(args[3], "samples")) {
    const auto given = integer_argument(args[4], reply);
    if (!given) return;
    if (*given < 0 || *given > std::numeric_limits<std::uint32_t>::max()) {
      return reply.syntax_error();
    }
    samples = static_cast<std::uint32_t>(*given);
  } else if (args.size() != 3) {
    return reply.syntax_error();
  }
  const KeyEntry* entry = context.peek_entry(args[2]);
  if (entry == nullptr) return reply.null();
  reply.integer(static_cast<std::int64_t>(sizeof(KeyEntry) + entry->key_size + kKeyOverheadBytes +
                                          entry->value.memory_bytes(samples)));
}

void stats(CommandContext& context, Reply& reply) {
  const Keyspace& keyspace = context.keyspace();
  std::int64_t keys = 0;
  std::size_t overhead = 0;
  for (unsigned db = 0; db < keyspace.database_count(); ++db) {
    keys += keyspace.database(db).size();
    overhead += keyspace.database(db).keys().overhead_bytes();
  }
  const std::int64_t used = keyspace.used_bytes();
  reply.map_header(4);
  reply.bulk("total.allocated");
  reply.integer(used);
  reply.bulk("keys.count");
  reply.integer(keys);
  reply.bulk("keys.bytes-per-key");
  reply.integer(keys == 0 ? 0 : used / keys);
  reply.bulk("overhead.total");
  reply.integer(static_cast<std::int64_t>(overhead));
}

void memory_command(CommandContext& context, Args args, Reply& reply) {
  if (is_word(args[1], "usage")) return usage(context, args, reply);
  if (is_word(args[1], "stats") && args.size() == 2) return stats(context, reply);
  if (is_word(args[1], "purge") && args.size() == 2) return reply.ok();
  if (is_word(args[1], "help") && args.size() == 2) {
    return help_reply(
        reply, "MEMORY",
        {"PURGE", "    Attempt to purge dirty pages for reclamation by the allocator.", "STATS",
         "    Return information about the memory usage of the server.",
         "USAGE <key> [SAMPLES <count>]",
         "    Return memory in bytes used by <key> and its value. Nested values are",
         "    sampled up to <count> times (default: 5, 0 means sample all)."});
  }
  unknown_subcommand(reply, args);
}

constexpr CommandSpec kRows[] = {
    {"memory", -2, kReadonly, 2, 2, 1, memory_command, "server", "4.0.0",
     "A container for memory diagnostics commands"},
};

}  // namespace

std::span<const CommandSpec> memory_commands() { return kRows; }

}  // namespace octavo::keyspace
