// SYNC, PSYNC, REPLCONF, WAIT, ROLE: servers that follow this one. REPLICAOF: following another.
// MIGRATE.

#include <algorithm>

#include "base/text.h"
#include "keyspace/arguments.h"
#include "protocol/redis/command/families.h"
#include "protocol/redis/command/migrate.h"
#include "protocol/redis/commands.h"
#include "protocol/redis/replica_feed.h"

namespace octavo::redis {
namespace {

using keyspace::Args;
using keyspace::CommandContext;
using keyspace::CommandFlags;
using keyspace::CommandSpec;
using keyspace::Reply;

constexpr CommandFlags kQuick = keyspace::kLoading | keyspace::kStale;
constexpr CommandFlags kOperator = kQuick | keyspace::kAdmin | keyspace::kNoScript;
// Whoever follows reads all that there is, and changes nothing.
constexpr CommandFlags kFollows =
    keyspace::kAdmin | keyspace::kNeedsRead | keyspace::kNoScript | keyspace::kNoMulti;
constexpr std::int64_t kLongestWaitMs = 100LL * 365 * 24 * 3600 * 1000;

// --- those that follow ---

void begin(Session& session, std::string_view id, std::uint64_t offset, bool announces) {
  // A second one on the same connection is none.
  if (session.feed() != nullptr) return;
  const LinkState& link = session.service().link.state();
  if (session.service().link.is_on() && link.phase != LinkPhase::connected) {
    return session.reply().error(kNoMasterLink);
  }
  session.begin_feed(id, offset, announces);
}

void sync(Session& session, Args) { begin(session, {}, 0, false); }

// PSYNC id offset: of the first byte that it lacks, from 1.
void partial_sync(Session& session, Args args) {
  const auto offset = keyspace::parse_int64(args[2]);
  if (!offset) return session.reply().error(keyspace::kNotInteger);
  const bool goes_on = args[1] != "?" && *offset > 0;
  begin(session, goes_on ? args[1] : std::string_view(),
        goes_on ? static_cast<std::uint64_t>(*offset - 1) : 0, true);
}

struct Trait {
  std::string_view name;
  bool (*set)(ReplicaTraits& traits, std::string_view value);
};
constexpr Trait kTraits[] = {
    {"listening-port",
     [](ReplicaTraits& traits, std::string_view value) {
       const auto port = parse_number<std::uint16_t>(value);
       traits.port = port.value_or(0);
       return port.has_value();
     }},
    {"ip-address",
     [](ReplicaTraits& traits, std::string_view value) {
       constexpr std::size_t kMaxHostBytes = 255;
       traits.host = value.substr(0, kMaxHostBytes);
       return value.size() <= kMaxHostBytes &&
              std::ranges::all_of(value, [](char c) { return c > ' ' && c < 0x7f && c != ','; });
     }},
    {"capa",
     [](ReplicaTraits& traits, std::string_view value) {
       traits.takes_any_length = traits.takes_any_length || keyspace::is_word(value, "eof");
       return true;
     }},
    {"rdb-only",
     [](ReplicaTraits& traits, std::string_view value) {
       traits.only_snapshot = value == "1";
       return true;
     }},
    {"rdb-filter-only", [](ReplicaTraits&, std::string_view value) { return value.empty(); }},
    {"version", [](ReplicaTraits&, std::string_view) { return true; }},
    {"getack", [](ReplicaTraits&, std::string_view) { return true; }},
};

void replica_conf(Session& session, Args args) {
  if (args.size() % 2 == 0) return session.reply().syntax_error();
  for (std::size_t i = 1; i + 1 < args.size(); i += 2) {
    if (keyspace::is_word(args[i], "ack")) {
      const auto offset = parse_number<std::uint64_t>(args[i + 1]);
      if (session.feed() != nullptr && offset) {
        session.service().source.acknowledge(session.feed()->replica(), *offset);
      }
      return;  // without a reply
    }
    const auto trait = std::ranges::find_if(
        kTraits, [&](const Trait& one) { return keyspace::is_word(args[i], one.name); });
    if (trait == std::end(kTraits)) {
      return session.reply().error("ERR Unrecognized REPLCONF option: " +
                                   std::string(args[i].substr(0, 64)));
    }
    if (!trait->set(session.replica_traits(), args[i + 1])) {
      return session.reply().error(keyspace::kNotInteger);
    }
  }
  session.reply().ok();
}

// --- waiting for them ---

struct WaitArguments {
  std::int64_t replicas = 0;
  std::int64_t timeout_ms = 0;
};
std::optional<WaitArguments> wait_arguments(const ServiceState& service, Args args, Reply& reply) {
  if (service.link.is_on()) {
    reply.error(
        "ERR WAIT cannot be used with replica instances. Please also note that writes to replicas "
        "are just local and are not propagated.");
    return std::nullopt;
  }
  const auto replicas = keyspace::integer_argument(args[1], reply);
  if (!replicas) return std::nullopt;
  const auto timeout_ms =
      keyspace::integer_argument(args[2], reply, "ERR timeout is not an integer or out of range");
  if (!timeout_ms) return std::nullopt;
  if (*timeout_ms < 0) {
    reply.error("ERR timeout is negative");
    return std::nullopt;
  }
  return WaitArguments{*replicas, *timeout_ms};
}

std::int64_t replicas_at(const ReplicationSource& source, std::uint64_t offset) {
  return static_cast<std::int64_t>(source.count_at(offset));
}

// In a transaction nothing is waited for.
void count_replicas(CommandContext& context, Args args, Reply& reply) {
  ServiceState& service = session_of(context).service();
  if (!wait_arguments(service, args, reply)) return;
  reply.integer(replicas_at(service.source, service.source.extent().end));
}

io::Task<void> wait_for_replicas(Session& session, std::vector<std::string> own_args) {
  const std::vector<std::string_view> args(own_args.begin(), own_args.end());
  auto reply = session.reply();
  const auto wanted = wait_arguments(session.service(), args, reply);
  if (!wanted) co_return;
  ReplicationSource& source = session.service().source;
  const std::uint64_t offset = source.extent().end;
  std::int64_t count = replicas_at(source, offset);
  if (count < wanted->replicas) {
    source.ask();
    protocol::Connection::PeerWatch peer(session.connection());
    const CancelToken over = peer.over();
    session.connection().settle();
    protocol::Alarm acknowledged;
    source.add_waiter(acknowledged);
    const std::int64_t until_ns =
        system_clock().monotonic_ns() + std::min(wanted->timeout_ms, kLongestWaitMs) * 1'000'000;
    for (bool more = true; more;) {
      count = replicas_at(source, offset);
      const std::int64_t left_ns = until_ns - system_clock().monotonic_ns();
      more =
          count < wanted->replicas && !over.cancelled() && (wanted->timeout_ms == 0 || left_ns > 0);
      const Nanoseconds limit(wanted->timeout_ms == 0 ? 0 : left_ns);
      if (more) (void)co_await acknowledged.wait(limit, over);
    }
    source.remove_waiter(acknowledged);
  }
  session.reply().integer(count);
}

// --- what this server is ---

std::string_view link_state(LinkPhase phase) {
  switch (phase) {
    case LinkPhase::none:
    case LinkPhase::connect: return "connect";
    case LinkPhase::connecting: return "connecting";
    case LinkPhase::handshake: return "handshake";
    case LinkPhase::sync: return "sync";
    case LinkPhase::connected: return "connected";
  }
  return {};
}

void node_role(const Session& session, const Cluster& cluster, std::int64_t place, Reply& reply) {
  if (is_replica(session.node())) {
    reply.array_header(5);
    reply.bulk("slave");
    reply.bulk(session.node_host());
    reply.integer(cluster.port(master_of_node(session.node())));
    reply.bulk("connected");
    return reply.integer(place);
  }
  reply.array_header(3);
  reply.bulk("master");
  reply.integer(place);
  reply.array_header(1);
  reply.array_header(3);
  reply.bulk(session.node_host());
  reply.bulk(std::to_string(cluster.port(session.node() + kMasters)));
  reply.bulk(std::to_string(place));
}

// Nodes of a cluster call themselves what CLUSTER NODES does.
void role(CommandContext& context, Args, Reply& reply) {
  const Session& session = session_of(context);
  const ServiceState& service = session_of(context).service();
  if (service.cluster != nullptr && service.cluster->has_replicas()) {
    return node_role(session, *service.cluster,
                     static_cast<std::int64_t>(service.engine.log_place()), reply);
  }
  if (service.link.is_on()) {
    const LinkState& link = service.link.state();
    const Origin origin = link.origin();
    const bool up = link.phase == LinkPhase::connected;
    reply.array_header(5);
    reply.bulk("slave");
    reply.bulk(origin.host);
    reply.integer(origin.port);
    reply.bulk(link_state(link.phase));
    return reply.integer(up ? static_cast<std::int64_t>(link.offset) : -1);
  }
  std::vector<ReplicaPtr> online = service.source.replicas();
  std::erase_if(online,
                [](const ReplicaPtr& one) { return one->phase.load() != ReplicaPhase::online; });
  reply.array_header(3);
  reply.bulk("master");
  reply.integer(static_cast<std::int64_t>(service.source.extent().end));
  reply.array_header(online.size());
  for (const ReplicaPtr& one : online) {
    reply.array_header(3);
    reply.bulk(one->host);
    reply.bulk(std::to_string(one->port));
    reply.bulk(std::to_string(one->acknowledged.load()));
  }
}

// --- following another server ---

io::Task<void> replica_of(Session& session, std::vector<std::string> args) {
  ServiceState& service = session.service();
  if (service.cluster != nullptr) {
    session.reply().error("ERR REPLICAOF not allowed in cluster mode.");
    co_return;
  }
  const bool none = keyspace::is_word(args[1], "no") && keyspace::is_word(args[2], "one");
  const auto port = none ? std::optional<std::uint16_t>(0) : parse_number<std::uint16_t>(args[2]);
  if (!port) {
    session.reply().error("ERR Invalid master port");
    co_return;
  }
  constexpr std::size_t kMaxHostBytes = 255;
  const bool good = std::ranges::all_of(args[1], [](char c) { return c > ' ' && c < 0x7f; });
  if (!good || args[1].empty() || args[1].size() > kMaxHostBytes) {
    session.reply().error("ERR Invalid master host");
    co_return;
  }
  bool fresh = true;
  auto work = [&]() -> Status {
    if (none) return service.link.promote();
    TRY(fresh, service.link.follow(args[1], *port));
    return {};
  };
  const Status done = co_await session.long_calls().run(protocol::Weight::urgent, work);
  if (!done) {
    session.reply().error(write_refused(done.error()));
  } else if (fresh) {
    session.reply().ok();
  } else {
    session.reply().simple("OK Already connected to specified master");
  }
}

constexpr CommandSpec kCommands[] = {
    {"role", 1, kQuick | keyspace::kNeedsNothing | keyspace::kFast | keyspace::kNoScript, 0, 0, 0,
     role, "server", "2.8.12", "Returns the replication role."},
};

constexpr DialogueCommand following(CommandSpec spec, void (*run)(Session&, Args)) {
  spec.database_rule = keyspace::DatabaseRule::all;
  return {spec, run};
}

constexpr DialogueCommand kDialogue[] = {
    following({"sync", 1, kFollows, 0, 0, 0, nullptr, "server", "1.0.0",
               "Sends all keys, then all changes."},
              sync),
    following({"psync", -3, kFollows, 0, 0, 0, nullptr, "server", "2.8.0",
               "Sends changes from a place on, or all keys before them."},
              partial_sync),
    following({"replconf", -1, kFollows | kQuick | kWhileBusy, 0, 0, 0, nullptr, "server", "3.0.0",
               "Tells of a replica, or how far it is."},
              replica_conf),
    {{"replicaof", 3, kOperator, 0, 0, 0, nullptr, "server", "5.0.0",
      "Follows another server, or none."},
     nullptr,
     replica_of,
     [](Args) { return true; },
     true},
    {{"slaveof", 3, kOperator, 0, 0, 0, nullptr, "server", "1.0.0", "The older name of REPLICAOF."},
     nullptr,
     replica_of,
     [](Args) { return true; },
     true},
    {{"migrate", -6,
      keyspace::kNeedsRead | keyspace::kNeedsWrite | keyspace::kPausesAsWrite |
          keyspace::kMovableKeys | keyspace::kNoScript | keyspace::kNoMulti,
      0, 0, 0, nullptr, "generic", "2.6.0", "Moves keys to another server."},
     nullptr,
     migrate},
    {{"wait", 3, keyspace::kNoScript | keyspace::kNeedsNothing, 0, 0, 0, count_replicas, "generic",
      "3.0.0", "Waits for replicas to have the writes."},
     nullptr,
     wait_for_replicas},
};

}  // namespace

std::span<const CommandSpec> replication_family() { return kCommands; }
std::span<const DialogueCommand> replication_dialogue() { return kDialogue; }

}  // namespace octavo::redis
