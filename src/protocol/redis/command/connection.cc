// PING, ECHO.

#include "protocol/redis/command/families.h"
#include "protocol/redis/commands.h"

namespace octavo::redis {
namespace {

using keyspace::Args;
using keyspace::CommandContext;
using keyspace::CommandSpec;
using keyspace::Reply;

constexpr keyspace::CommandFlags kFlags =
    keyspace::kFast | keyspace::kLoading | keyspace::kStale | keyspace::kNeedsNothing;

void ping(CommandContext& context, Args args, Reply& reply) {
  if (args.size() > 2) {
    return reply.error("ERR wrong number of arguments for 'ping' command");
  }
  const Session& session = session_of(context);
  if (session.subscription_count() > 0 && session.protocol() == 2) {
    reply.array_header(2);
    reply.bulk("pong");
    return reply.bulk(args.size() == 2 ? args[1] : std::string_view());
  }
  args.size() == 2 ? reply.bulk(args[1]) : reply.simple("PONG");
}

void echo(CommandContext&, Args args, Reply& reply) { reply.bulk(args[1]); }

constexpr CommandSpec kCommands[] = {
    {"ping", -1, keyspace::kFast | keyspace::kNeedsNothing | keyspace::kWhileSubscribed, 0, 0, 0,
     ping, "connection", "1.0.0", "Answers PONG."},
    {"echo", 2, kFlags | keyspace::kAnyThread, 0, 0, 0, echo, "connection", "1.0.0",
     "Returns the given string."},
};

}  // namespace

std::span<const CommandSpec> connection_family() { return kCommands; }

}  // namespace octavo::redis
