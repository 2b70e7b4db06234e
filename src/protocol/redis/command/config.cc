// CONFIG.

#include <algorithm>

#include "keyspace/arguments.h"
#include "keyspace/subcommand.h"
#include "protocol/redis/command/families.h"
#include "protocol/redis/commands.h"
#include "protocol/redis/config/parameters.h"

namespace octavo::redis {
namespace {

using keyspace::Args;
using keyspace::CommandContext;
using keyspace::CommandSpec;
using keyspace::Reply;

// The administrator's password is the administrator's: with it one may do anything.
bool is_secret(CommandContext& context, std::string_view name) {
  const Parameter* parameter = find_parameter(name);
  return parameter != nullptr && parameter->for_administrator_only &&
         !session_of(context).is_administrator();
}

void get(CommandContext& context, Args args, Reply& reply) {
  const Settings& settings = session_of(context).service().settings;
  std::vector<std::pair<std::string, std::string>> found;
  for (const std::string_view pattern : args.subspan(2)) {
    for (auto& entry : settings.matching(pattern)) {
      const bool repeated =
          std::ranges::any_of(found, [&](const auto& other) { return other.first == entry.first; });
      if (!repeated && !is_secret(context, entry.first)) found.push_back(std::move(entry));
    }
  }
  reply.map_header(found.size());
  for (const auto& [name, value] : found) {
    reply.bulk(name);
    reply.bulk(value);
  }
}

void set(CommandContext& context, Args args, Reply& reply) {
  if (args.size() % 2 != 0) {
    return reply.syntax_error();
  }
  Settings& settings = session_of(context).service().settings;
  std::vector<std::pair<std::string_view, std::string_view>> changes;
  for (std::size_t i = 2; i < args.size(); i += 2) {
    if (is_secret(context, args[i])) {
      return reply.error("NOPERM only the administrator may change '" +
                         keyspace::lower_case(args[i]) + "'");
    }
    changes.emplace_back(args[i], args[i + 1]);
  }
  if (const Status done = settings.set(changes); !done) return reply.error(done.error().what);
  session_of(context).service().engine.keyspace().room().set_limit(settings.max_memory(),
                                                                   settings.eviction_policy());
  session_of(context).apply_settings_after_batch();
  reply.ok();
}

void reset_statistics(CommandContext& context, Args, Reply& reply) {
  auto& stats = context.keyspace().stats();
  const std::uint64_t changes = stats.changes;  // INFO counts from the last snapshot
  stats = {};
  stats.changes = changes;
  ServiceState& service = session_of(context).service();
  service.commands = 0;
  service.connections_received = 0;
  session_of(context).service().command_stats.reset();
  reply.ok();
}

void rewrite(CommandContext&, Args, Reply& reply) {
  reply.error("ERR The server is running without a config file");
}

constexpr keyspace::Subcommand kSubcommands[] = {
    {"get", -3, get, "<pattern> [<pattern> ...]", "Parameters by name, with their values."},
    {"resetstat", 2, reset_statistics, "", "Sets the counters of INFO to zero."},
    {"rewrite", 2, rewrite, "", "Refused: parameters last until the server stops."},
    {"set", -4, set, "<name> <value> [<name> <value> ...]", "Changes parameters, all or none."},
};

constexpr CommandSpec kCommands[] = {
    keyspace::holding<kSubcommands>({"config", -2,
                                     keyspace::kAdmin | keyspace::kNoScript | keyspace::kLoading |
                                         keyspace::kStale | keyspace::kAlone,
                                     0, 0, 0, nullptr, "server", "2.0.0",
                                     "Shows and changes parameters."}),
};

}  // namespace

std::span<const CommandSpec> config_family() { return kCommands; }

}  // namespace octavo::redis
