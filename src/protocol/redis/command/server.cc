// INFO, TIME.

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
  const InfoReader reader{session.rights().read, session.node(), session.node_host()};
  reply.verbatim("txt", info_text(session.service(), reader, args.subspan(1)));
}

void time(CommandContext&, Args, Reply& reply) {
  const std::int64_t us = system_clock().wall_ns() / 1000;
  reply.array_header(2);
  reply.bulk(std::to_string(us / 1'000'000));
  reply.bulk(std::to_string(us % 1'000'000));
}

constexpr CommandSpec kCommands[] = {
    {"info", -1, kFlags | keyspace::kNeedsRead, 0, 0, 0, info, "server", "1.0.0",
     "Returns information and statistics about the server."},
    {"time", 1, kOpen | keyspace::kFast, 0, 0, 0, time, "server", "2.6.0",
     "Returns the server time."},
};

}  // namespace

std::span<const CommandSpec> server_family() { return kCommands; }

}  // namespace octavo::redis
