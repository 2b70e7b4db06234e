// INFO, TIME, ROLE, WAIT, ACL.

#include "keyspace/arguments.h"
#include "protocol/redis/commands.h"
#include "protocol/redis/info.h"
#include "protocol/redis/subcommands.h"

namespace octavo::redis {
namespace {

using keyspace::Args;
using keyspace::CommandContext;
using keyspace::CommandSpec;
using keyspace::Reply;

constexpr std::uint32_t kFlags = keyspace::kLoading | keyspace::kStale;

void info(CommandContext& context, Args args, Reply& reply) {
  reply.verbatim("txt", info_text(session_of(context).door(), args.subspan(1)));
}

void time(CommandContext&, Args, Reply& reply) {
  const std::int64_t us = system_clock().wall_ns() / 1000;
  reply.array_header(2);
  reply.bulk(std::to_string(us / 1'000'000));
  reply.bulk(std::to_string(us % 1'000'000));
}

void role(CommandContext& context, Args, Reply& reply) {
  reply.array_header(3);
  reply.bulk("master");
  reply.integer(static_cast<std::int64_t>(session_of(context).door().engine.tail().offset));
  reply.array_header(0);
}

// There are no replicas to wait for.
void wait(CommandContext&, Args args, Reply& reply) {
  if (!keyspace::integer_argument(args[1], reply)) return;
  const auto timeout_ms = keyspace::integer_argument(
      args[2], reply, "ERR timeout is not an integer or out of range");
  if (!timeout_ms) return;
  if (*timeout_ms < 0) return reply.error("ERR timeout is negative");
  reply.integer(0);
}

void who_am_i(CommandContext& context, Args, Reply& reply) {
  reply.bulk(session_of(context).user());
}

void users(CommandContext& context, Args, Reply& reply) {
  const auto state = session_of(context).door().engine.catalog();
  std::vector<std::string> names;
  for (const auto* user : state->users()) {
    names.push_back(user->name == catalog::kAdminName ? "default" : user->name);
  }
  reply.array_header(names.size());
  for (const auto& name : names) reply.bulk(name);
}

constexpr Subcommand kAclSubcommands[] = {
    {"users", 2, users, "", "The names of all users."},
    {"whoami", 2, who_am_i, "", "The user of this connection."},
};

void acl(CommandContext& context, Args args, Reply& reply) {
  run_subcommand(kAclSubcommands, context, args, reply);
}

constexpr CommandSpec kCommands[] = {
    {"info", -1, kFlags, 0, 0, 0, info, "server", "1.0.0",
     "Returns information and statistics about the server."},
    {"time", 1, kFlags | keyspace::kFast, 0, 0, 0, time, "server", "2.6.0",
     "Returns the server time."},
    {"role", 1, kFlags | keyspace::kFast | keyspace::kNoScript, 0, 0, 0, role, "server", "2.8.12",
     "Returns the replication role."},
    {"wait", 3, keyspace::kNoScript, 0, 0, 0, wait, "generic", "3.0.0",
     "Waits for replicas to have the writes."},
    {"acl", -2, kFlags | keyspace::kAdmin | keyspace::kNoScript, 0, 0, 0, acl, "server", "6.0.0",
     "Shows users."},
};

}  // namespace

std::span<const CommandSpec> server_family() { return kCommands; }

}  // namespace octavo::redis
