#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "protocol/redis/commands.h"
#include "protocol/redis/info.h"

namespace octavo::redis {
namespace {

using keyspace::Args;
using keyspace::CommandContext;
using keyspace::CommandSpec;
using keyspace::Reply;

constexpr std::uint32_t kFlags = keyspace::kLoading | keyspace::kStale;

void unknown_subcommand(std::string_view command, std::string_view what, Reply& reply) {
  reply.error(fmt::format(
      "ERR Unknown {} subcommand or wrong number of arguments for '{}'. Try {} HELP.", command,
      what, command));
}

void info(CommandContext& context, Args args, Reply& reply) {
  reply.verbatim("txt", info_text(session_of(context).door(), args.subspan(1)));
}

void time(CommandContext&, Args, Reply& reply) {
  const std::int64_t us = system_clock().wall_ns() / 1000;
  reply.array_header(2);
  reply.bulk(std::to_string(us / 1'000'000));
  reply.bulk(std::to_string(us % 1'000'000));
}

void config_get(const Settings& settings, Args patterns, Reply& reply) {
  std::vector<std::pair<std::string, std::string>> found;
  for (const std::string_view pattern : patterns) {
    for (auto& entry : settings.matching(pattern)) {
      const bool repeated = std::ranges::any_of(
          found, [&](const auto& other) { return other.first == entry.first; });
      if (!repeated) found.push_back(std::move(entry));
    }
  }
  reply.map_header(found.size());
  for (const auto& [name, value] : found) {
    reply.bulk(name);
    reply.bulk(value);
  }
}

void config(CommandContext& context, Args args, Reply& reply) {
  Settings& settings = session_of(context).door().settings;
  if (same_word("get", args[1]) && args.size() > 2) {
    config_get(settings, args.subspan(2), reply);
  } else if (same_word("set", args[1]) && args.size() > 3 && args.size() % 2 == 0) {
    std::vector<std::pair<std::string_view, std::string_view>> changes;
    for (std::size_t i = 2; i < args.size(); i += 2) changes.emplace_back(args[i], args[i + 1]);
    const Status done = settings.set(changes);
    done ? reply.ok() : reply.error(done.error().what);
  } else if (same_word("resetstat", args[1]) && args.size() == 2) {
    context.keyspace().stats() = {};
    reply.ok();
  } else if (same_word("rewrite", args[1]) && args.size() == 2) {
    reply.error("ERR The server is running without a config file");
  } else {
    unknown_subcommand("CONFIG", args[1], reply);
  }
}

void role(CommandContext& context, Args, Reply& reply) {
  reply.array_header(3);
  reply.bulk("master");
  reply.integer(static_cast<std::int64_t>(session_of(context).door().engine.tail().offset));
  reply.array_header(0);
}

// There are no replicas to wait for.
void wait(CommandContext&, Args, Reply& reply) { reply.integer(0); }

void acl(CommandContext& context, Args args, Reply& reply) {
  if (same_word("whoami", args[1]) && args.size() == 2) {
    reply.bulk(session_of(context).user());
  } else if (same_word("users", args[1]) && args.size() == 2) {
    const auto state = session_of(context).door().engine.catalog();
    std::vector<std::string> names;
    for (const auto* user : state->users()) {
      names.push_back(user->name == catalog::kAdminName ? "default" : user->name);
    }
    reply.array_header(names.size());
    for (const auto& name : names) reply.bulk(name);
  } else {
    unknown_subcommand("ACL", args[1], reply);
  }
}

constexpr std::array<CommandSpec, 6> kCommands = {{
    {"info", -1, kFlags, 0, 0, 0, info, "server", "1.0.0",
     "Returns information and statistics about the server."},
    {"time", 1, kFlags | keyspace::kFast, 0, 0, 0, time, "server", "2.6.0",
     "Returns the server time."},
    {"config", -2, kFlags | keyspace::kAdmin | keyspace::kNoScript, 0, 0, 0, config, "server",
     "2.0.0", "Shows and changes parameters."},
    {"role", 1, kFlags | keyspace::kFast | keyspace::kNoScript, 0, 0, 0, role, "server", "2.8.12",
     "Returns the replication role."},
    {"wait", 3, keyspace::kNoScript, 0, 0, 0, wait, "generic", "3.0.0",
     "Waits for replicas to have the writes."},
    {"acl", -2, kFlags | keyspace::kAdmin | keyspace::kNoScript, 0, 0, 0, acl, "server", "6.0.0",
     "Shows users."},
}};

}  // namespace

std::span<const CommandSpec> server_family() { return kCommands; }

}  // namespace octavo::redis
