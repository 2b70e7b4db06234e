// MEMORY: what keys and values weigh.

#include <algorithm>
#include <limits>
#include <string>

#include "base/allocator.h"
#include "keyspace/arguments.h"
#include "keyspace/command/families.h"
#include "keyspace/context.h"
#include "keyspace/subcommand.h"

namespace octavo::keyspace {
namespace {

// An entry's share of index and array, and the allocator's word.
constexpr std::size_t kKeyOverheadBytes = 32;

// MEMORY USAGE key [SAMPLES n]
void usage(CommandContext& context, Args args, Reply& reply) {
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
  if (!entry->value.is_string()) {
    const std::uint64_t size = entry->value.element_count();
    if (context.defer(samples == 0 ? size : std::min<std::uint64_t>(samples, size))) return;
  }
  const std::size_t of_expiry = entry->expiry == nullptr ? 0 : sizeof(KeyExpiry);
  reply.integer(static_cast<std::int64_t>(sizeof(KeyEntry) + entry->key_size + of_expiry +
                                          kKeyOverheadBytes + entry->value.memory_bytes(samples)));
}

double percent(std::int64_t part, std::int64_t whole) {
  return whole == 0 ? 0 : 100 * static_cast<double>(part) / static_cast<double>(whole);
}

struct Overhead {
  std::int64_t keys = 0;
  std::int64_t bytes = 0;
};

// Of one database: its index, and what each key costs beside its value.
Overhead overhead_of(const Database& database) {
  const auto keys = static_cast<std::int64_t>(database.size());
  return {keys, static_cast<std::int64_t>(database.keys().overhead_bytes()) +
                    keys * static_cast<std::int64_t>(sizeof(KeyEntry)) +
                    static_cast<std::int64_t>(database.expiries().size() * sizeof(KeyExpiry))};
}

void stats(CommandContext& context, Args /*args*/, Reply& reply) {
  const Keyspace& keyspace = context.keyspace();
  const std::int64_t used = keyspace.used_bytes();
  const std::int64_t peak = keyspace.peak_bytes();
  Overhead total;
  std::size_t used_databases = 0;
  for (unsigned db = 0; db < keyspace.database_count(); ++db) {
    const Overhead one = overhead_of(keyspace.database(db));
    total.keys += one.keys;
    total.bytes += one.bytes;
    used_databases += one.keys > 0 ? 1 : 0;
  }
  const auto number = [&](std::string_view name, std::int64_t value) {
    reply.bulk(name);
    reply.integer(value);
  };
  const auto share = [&](std::string_view name, double value) {
    reply.bulk(name);
    reply.real(value);
  };
  reply.map_header(8 + used_databases);
  number("peak.allocated", peak);
  number("total.allocated", used);
  for (unsigned db = 0; db < keyspace.database_count(); ++db) {
    const Database& database = keyspace.database(db);
    if (database.size() == 0) continue;
    reply.bulk("db." + std::to_string(db));
    reply.map_header(2);
    number("overhead.hashtable.main", overhead_of(database).bytes);
    number("overhead.hashtable.expires",
           static_cast<std::int64_t>(database.expiries().size() * sizeof(void*)));
  }
  number("overhead.total", total.bytes);
  number("keys.count", total.keys);
  number("keys.bytes-per-key", total.keys == 0 ? 0 : used / total.keys);
  number("dataset.bytes", used - total.bytes);
  share("dataset.percentage", percent(used - total.bytes, used));
  share("peak.percentage", percent(used, peak));
}

// What an operator should know, in words.
void doctor(CommandContext& context, Args /*args*/, Reply& reply) {
  const Keyspace& keyspace = context.keyspace();
  std::string report;
  if (keyspace.over_memory_limit()) {
    report += "The data is above maxmemory: writes that need room are refused or evict keys.\n";
  }
  constexpr double kPeakFactor = 1.5;
  const auto used = static_cast<double>(keyspace.used_bytes());
  if (static_cast<double>(keyspace.peak_bytes()) > used * kPeakFactor && used > 0) {
    report += "The data was much larger once; the allocator may still hold that memory.\n";
  }
  constexpr double kNearLimit = 0.75;
  const auto limit = static_cast<double>(keyspace.memory_limit());
  if (limit > 0 && used > limit * kNearLimit &&
      keyspace.eviction_policy() == EvictionPolicy::none) {
    report += "The limit is near and the policy is noeviction: at the limit writes fail.\n";
  }
  reply.verbatim("txt", report.empty() ? "Nothing to report.\n" : report);
}

void malloc_stats(CommandContext& /*context*/, Args /*args*/, Reply& reply) {
  const AllocatorStats stats = allocator_stats();
  reply.verbatim("txt", "allocator: " + allocator_name() +
                            "\nin use: " + std::to_string(stats.in_use) +
                            "\nresident: " + std::to_string(stats.resident) + "\n");
}

void purge(CommandContext& /*context*/, Args /*args*/, Reply& reply) {
  purge_allocator();
  reply.ok();
}

constexpr Subcommand kSubcommands[] = {
    {.name = "doctor",
     .arity = 2,
     .run = doctor,
     .arguments = "",
     .summary = "A report on the memory in use.",
     .has_key = false},
    {.name = "malloc-stats",
     .arity = 2,
     .run = malloc_stats,
     .arguments = "",
     .summary = "What the allocator holds.",
     .has_key = false},
    {.name = "purge",
     .arity = 2,
     .run = purge,
     .arguments = "",
     .summary = "Gives free memory back to the system.",
     .has_key = false},
    {.name = "stats",
     .arity = 2,
     .run = stats,
     .arguments = "",
     .summary = "How much memory the data uses.",
     .has_key = false},
    {.name = "usage",
     .arity = -3,
     .run = usage,
     .arguments = "<key> [SAMPLES <count>]",
     .summary = "Bytes of a key with its value.",
     .help = "Bytes of a key with its value, estimated from some elements (5; 0: all)."},
};

constexpr CommandSpec kRows[] = {
    holding<kSubcommands>({"memory", -2, kReadonly, 2, 2, 1, nullptr, "server", "4.0.0",
                           "A container for memory diagnostics commands"})
        .with_use(use::kRO),
};

}  // namespace

std::span<const CommandSpec> memory_commands() { return kRows; }

}  // namespace octavo::keyspace
