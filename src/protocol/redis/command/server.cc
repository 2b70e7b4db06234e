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
  const InfoReader reader{session.rights().read, session.node(), session.node_host()};
  reply.verbatim("txt", info_text(session.service(), reader, args.subspan(1)));
}

void time(CommandContext&, Args, Reply& reply) {
  const std::int64_t us = system_clock().wall_ns() / 1000;
  reply.array_header(2);
  reply.bulk(std::to_string(us / 1'000'000));
  reply.bulk(std::to_string(us % 1'000'000));
}

// Nodes of a cluster call themselves what CLUSTER NODES does.
void role(CommandContext& context, Args, Reply& reply) {
  const Session& session = session_of(context);
  const ServiceState& service = session_of(context).service();
  const Cluster* const cluster = service.cluster.get();
  const auto place = static_cast<std::int64_t>(service.engine.log_place());
  if (cluster != nullptr && is_replica(session.node())) {
    reply.array_header(5);
    reply.bulk("slave");
    reply.bulk(session.node_host());
    reply.integer(cluster->port(master_of_node(session.node())));
    reply.bulk("connected");
    return reply.integer(place);
  }
  reply.array_header(3);
  reply.bulk("master");
  reply.integer(place);
  const bool followed = cluster != nullptr && cluster->has_replicas();
  reply.array_header(followed ? 1 : 0);
  if (!followed) return;
  reply.array_header(3);
  reply.bulk(session.node_host());
  reply.bulk(std::to_string(cluster->port(session.node() + kMasters)));
  reply.bulk(std::to_string(place));
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
