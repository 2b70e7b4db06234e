// INFO, TIME, ROLE, WAIT.

#include "keyspace/arguments.h"
#include "protocol/redis/command/families.h"
#include "protocol/redis/command/info.h"
#include "protocol/redis/commands.h"

namespace octavo::redis {
namespace {

using keyspace::Args;
using keyspace::CommandContext;
using keyspace::CommandSpec;
using keyspace::Reply;

constexpr keyspace::CommandFlags kFlags = keyspace::kLoading | keyspace::kStale;
constexpr keyspace::CommandFlags kOpen = kFlags | keyspace::kNeedsNothing;

void info(CommandContext& context, Args args, Reply& reply) {
  Session& session = session_of(context);
  reply.verbatim("txt", info_text(session.service(), session.rights().read, args.subspan(1)));
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
  reply.integer(static_cast<std::int64_t>(session_of(context).service().engine.log_place()));
  reply.array_header(0);
}

// There are no replicas to wait for.
void wait(CommandContext&, Args args, Reply& reply) {
  if (!keyspace::integer_argument(args[1], reply)) return;
  const auto timeout_ms =
      keyspace::integer_argument(args[2], reply, "ERR timeout is not an integer or out of range");
  if (!timeout_ms) return;
  if (*timeout_ms < 0) return reply.error("ERR timeout is negative");
  reply.integer(0);
}

constexpr CommandSpec kCommands[] = {
    {"info", -1, kFlags | keyspace::kNeedsRead, 0, 0, 0, info, "server", "1.0.0",
     "Returns information and statistics about the server."},
    {"time", 1, kOpen | keyspace::kFast, 0, 0, 0, time, "server", "2.6.0",
     "Returns the server time."},
    {"role", 1, kOpen | keyspace::kFast | keyspace::kNoScript, 0, 0, 0, role, "server", "2.8.12",
     "Returns the replication role."},
    {"wait", 3, keyspace::kNoScript | keyspace::kNeedsNothing, 0, 0, 0, wait, "generic", "3.0.0",
     "Waits for replicas to have the writes."},
};

}  // namespace

std::span<const CommandSpec> server_family() { return kCommands; }

}  // namespace octavo::redis
