// CLUSTER and what else clients of clusters ask: the nodes are ports of this process
// (state/cluster.h), or there are none.

#include <fmt/format.h>

#include <algorithm>

#include "base/random.h"
#include "keyspace/arguments.h"
#include "keyspace/context.h"
#include "keyspace/scan.h"
#include "keyspace/subcommand.h"
#include "protocol/redis/command/families.h"
#include "protocol/redis/commands.h"

namespace octavo::redis {
namespace {

using keyspace::Args;
using keyspace::CommandContext;
using keyspace::CommandSpec;
using keyspace::Reply;

constexpr keyspace::CommandFlags kFlags = keyspace::kLoading | keyspace::kStale;
constexpr std::string_view kDisabled = "ERR This instance has cluster support disabled";
constexpr std::string_view kFixed =
    "ERR The slots of this cluster do not move: all of its nodes are one process";
constexpr std::uint16_t kBusOffset = 10000;  // what other servers add; nobody listens there

const Cluster& cluster_of(CommandContext& context) {
  return *session_of(context).service().cluster;
}

// The nodes are where the client has reached this one.
std::string host_of(CommandContext& context) { return session_of(context).node_host(); }

std::uint64_t bus_port(std::uint16_t port) { return std::uint64_t{port} + kBusOffset; }

void info(CommandContext& context, Args, Reply& reply) {
  const Cluster& cluster = cluster_of(context);
  reply.verbatim("txt", fmt::format("cluster_state:ok\r\n"
                                    "cluster_slots_assigned:{0}\r\n"
                                    "cluster_slots_ok:{0}\r\n"
                                    "cluster_slots_pfail:0\r\n"
                                    "cluster_slots_fail:0\r\n"
                                    "cluster_known_nodes:{1}\r\n"
                                    "cluster_size:{2}\r\n"
                                    "cluster_current_epoch:{2}\r\n"
                                    "cluster_my_epoch:1\r\n"
                                    "cluster_stats_messages_sent:0\r\n"
                                    "cluster_stats_messages_received:0\r\n"
                                    "total_cluster_links_buffer_limit_exceeded:0\r\n"
                                    "octavo_processes:1\r\n",
                                    kSlots, cluster.nodes(), cluster.masters()));
}

void my_id(CommandContext& context, Args, Reply& reply) {
  reply.bulk(cluster_of(context).node_id(session_of(context).node()));
}

std::string node_line(CommandContext& context, unsigned node) {
  const Cluster& cluster = cluster_of(context);
  const bool own = node == session_of(context).node();
  const unsigned master = master_of_node(node);
  std::string line = fmt::format("{} {}:{}@{} {}{} {} 0 0 {} connected", cluster.node_id(node),
                                 host_of(context), cluster.port(node), bus_port(cluster.port(node)),
                                 own ? "myself," : "", is_replica(node) ? "slave" : "master",
                                 is_replica(node) ? cluster.node_id(master) : "-", master + 1);
  if (!is_replica(node)) {
    const SlotRange slots = cluster.slots_of_master(node);
    line += fmt::format(" {}-{}", slots.first, slots.last);
  }
  return line;
}

void nodes(CommandContext& context, Args, Reply& reply) {
  std::string out;
  for (unsigned node = 0; node < cluster_of(context).nodes(); ++node)
    out += node_line(context, node) + "\n";
  reply.verbatim("txt", out);
}

void replicas(CommandContext& context, Args args, Reply& reply) {
  const Cluster& cluster = cluster_of(context);
  for (unsigned node = 0; node < cluster.nodes(); ++node) {
    if (cluster.node_id(node) != args[2]) continue;
    if (is_replica(node)) return reply.error("ERR The specified node is not a master");
    reply.array_header(cluster.has_replicas() ? 1 : 0);
    if (!cluster.has_replicas()) return;
    return reply.bulk(node_line(context, node + kMasters));
  }
  reply.error(fmt::format("ERR Unknown node {}", args[2]));
}

// A master and its replica.
std::vector<unsigned> nodes_of_shard(const Cluster& cluster, unsigned master) {
  if (!cluster.has_replicas()) return {master};
  return {master, master + kMasters};
}

void slots(CommandContext& context, Args, Reply& reply) {
  const Cluster& cluster = cluster_of(context);
  const std::string host = host_of(context);
  reply.array_header(cluster.masters());
  for (unsigned master = 0; master < cluster.masters(); ++master) {
    const SlotRange range = cluster.slots_of_master(master);
    const auto nodes = nodes_of_shard(cluster, master);
    reply.array_header(2 + nodes.size());
    reply.integer(range.first);
    reply.integer(range.last);
    for (const unsigned node : nodes) {
      reply.array_header(4);
      reply.bulk(host);
      reply.integer(cluster.port(node));
      reply.bulk(cluster.node_id(node));
      reply.array_header(0);  // other names
    }
  }
}

void shards(CommandContext& context, Args, Reply& reply) {
  const Cluster& cluster = cluster_of(context);
  const std::string host = host_of(context);
  const auto offset = static_cast<std::int64_t>(session_of(context).service().engine.log_place());
  reply.array_header(cluster.masters());
  for (unsigned master = 0; master < cluster.masters(); ++master) {
    const SlotRange range = cluster.slots_of_master(master);
    reply.map_header(2);
    reply.bulk("slots");
    reply.array_header(2);
    reply.integer(range.first);
    reply.integer(range.last);
    reply.bulk("nodes");
    const auto nodes = nodes_of_shard(cluster, master);
    reply.array_header(nodes.size());
    for (const unsigned node : nodes) {
      reply.map_header(7);
      reply.bulk("id");
      reply.bulk(cluster.node_id(node));
      reply.bulk("port");
      reply.integer(cluster.port(node));
      reply.bulk("ip");
      reply.bulk(host);
      reply.bulk("endpoint");
      reply.bulk(host);
      reply.bulk("role");
      reply.bulk(is_replica(node) ? "replica" : "master");
      reply.bulk("replication-offset");
      reply.integer(offset);
      reply.bulk("health");
      reply.bulk("online");
    }
  }
}

void key_slot(CommandContext&, Args args, Reply& reply) { reply.integer(slot_of(args[2])); }

std::optional<unsigned> slot_argument(std::string_view text, Reply& reply) {
  const auto slot = keyspace::integer_argument(text, reply, "ERR Invalid slot");
  if (!slot) return std::nullopt;
  if (*slot >= 0 && *slot < kSlots) return static_cast<unsigned>(*slot);
  reply.error("ERR Invalid slot");
  return std::nullopt;
}

void count_keys_in_slot(CommandContext& context, Args args, Reply& reply) {
  const auto slot = slot_argument(args[2], reply);
  if (!slot) return;
  reply.integer(static_cast<std::int64_t>(cluster_of(context).keys().of(*slot).size()));
}

void get_keys_in_slot(CommandContext& context, Args args, Reply& reply) {
  const auto slot = slot_argument(args[2], reply);
  if (!slot) return;
  const auto wanted = keyspace::integer_argument(args[3], reply);
  if (!wanted) return;
  if (*wanted < 0) return reply.error("ERR Invalid number of keys");
  const auto& keys = cluster_of(context).keys().of(*slot);
  std::size_t left = std::min(keys.size(), static_cast<std::size_t>(*wanted));
  reply.array_header(left);
  for (auto key = keys.begin(); left > 0; ++key, --left) reply.bulk(*key);
}

void nothing(CommandContext&, Args, Reply& reply) { reply.array_header(0); }
void zero(CommandContext&, Args, Reply& reply) { reply.integer(0); }
void done(CommandContext&, Args, Reply& reply) { reply.ok(); }
void fixed(CommandContext&, Args, Reply& reply) { reply.error(kFixed); }

constexpr keyspace::Subcommand kSubcommands[] = {
    {"addslots", -3, fixed, "<slot> [<slot> ...]", "Refused: slots do not move."},
    {"addslotsrange", -4, fixed, "<start slot> <end slot> [...]", "Refused: slots do not move."},
    {"bumpepoch", 2, fixed, "", "Refused: there is nobody to agree with."},
    {"count-failure-reports", 3, zero, "<node-id>", "Always 0: nodes do not fail alone."},
    {"countkeysinslot", 3, count_keys_in_slot, "<slot>", "How many keys a slot has.",
     keyspace::kNeedsRead},
    {"delslots", -3, fixed, "<slot> [<slot> ...]", "Refused: slots do not move."},
    {"delslotsrange", -4, fixed, "<start slot> <end slot> [...]", "Refused: slots do not move."},
    {"failover", -2, fixed, "[FORCE|TAKEOVER]", "Refused: nodes do not fail alone."},
    {"flushslots", 2, fixed, "", "Refused: slots do not move."},
    {"forget", 3, fixed, "<node-id>", "Refused: nodes do not change."},
    {"getkeysinslot", 4, get_keys_in_slot, "<slot> <count>", "Keys of a slot.",
     keyspace::kNeedsRead},
    {"info", 2, info, "", "The state of the cluster, in Redis's terms."},
    {"keyslot", 3, key_slot, "<key>", "The slot of a key."},
    {"links", 2, nothing, "", "Connections between nodes: there are none."},
    {"meet", -4, fixed, "<ip> <port> [<bus-port>]", "Refused: nodes do not change."},
    {"myid", 2, my_id, "", "The id of the node of this port."},
    {"nodes", 2, nodes, "", "All nodes, a line for each."},
    {"replicas", 3, replicas, "<node-id>", "The replicas of a master."},
    {"replicate", 3, fixed, "<node-id>", "Refused: nodes do not change."},
    {"reset", -2, fixed, "[HARD|SOFT]", "Refused: nodes do not change.",
     keyspace::kNoScript | keyspace::kNeedsNothing},
    {"saveconfig", 2, done, "", "Does nothing: it is always the same."},
    {"set-config-epoch", 3, fixed, "<epoch>", "Refused: there is nobody to agree with."},
    {"setslot", -4, fixed,
     "<slot> (IMPORTING <node-id> | MIGRATING <node-id> | NODE <node-id> | STABLE)",
     "Refused: slots do not move."},
    {"shards", 2, shards, "", "Slots and nodes of each shard."},
    {"slaves", 3, replicas, "<node-id>", "The older name of REPLICAS."},
    {"slots", 2, slots, "", "Which nodes have which slots."},
};

void cluster(CommandContext& context, Args args, Reply& reply) {
  const bool help = args.size() == 2 && keyspace::is_word(args[1], "help");
  if (session_of(context).service().cluster == nullptr && !help) return reply.error(kDisabled);
  keyspace::run_subcommand(kSubcommands, context, args, reply);
}

template <bool kReads>
void read_replicas(CommandContext& context, Args, Reply& reply) {
  if (session_of(context).service().cluster == nullptr) return reply.error(kDisabled);
  session_of(context).set_reads_replicas(kReads);
  reply.ok();
}

// Slots never move, so that there is nothing to ask for.
void asking(CommandContext& context, Args, Reply& reply) {
  if (session_of(context).service().cluster == nullptr) return reply.error(kDisabled);
  reply.ok();
}

constexpr CommandSpec kCommands[] = {
    keyspace::holding<kSubcommands>({"cluster", -2, kFlags | keyspace::kNeedsNothing, 0, 0, 0,
                                     cluster, "cluster", "3.0.0",
                                     "Shows the nodes that this server plays."}),
    {"asking", 1, kFlags | keyspace::kFast | keyspace::kNeedsNothing, 0, 0, 0, asking, "cluster",
     "3.0.0", "Does nothing: slots do not move."},
    {"readonly", 1, kFlags | keyspace::kFast | keyspace::kAlone | keyspace::kNeedsNothing, 0, 0, 0,
     read_replicas<true>, "cluster", "3.0.0", "Lets this connection read of replicas."},
    {"readwrite", 1, kFlags | keyspace::kFast | keyspace::kAlone | keyspace::kNeedsNothing, 0, 0, 0,
     read_replicas<false>, "cluster", "3.0.0", "Takes back READONLY."},
};

// --- What a node has ---
// Clients ask each master of a cluster for its part, and put the parts together.

SlotRange own_slots(CommandContext& context) {
  return cluster_of(context).slots_of_master(master_of_node(session_of(context).node()));
}

void node_size(CommandContext& context, Args, Reply& reply) {
  reply.integer(static_cast<std::int64_t>(cluster_of(context).keys().count(own_slots(context))));
}

void node_keys(CommandContext& context, Args args, Reply& reply) {
  const SlotRange range = own_slots(context);
  const std::size_t mark = reply.mark();
  std::size_t count = 0;
  for (unsigned slot = range.first; slot <= range.last; ++slot) {
    for (const std::string& key : cluster_of(context).keys().of(slot)) {
      if (!keyspace::glob_matches(args[1], key) || context.peek_entry(key) == nullptr) continue;
      reply.bulk(key);
      ++count;
    }
  }
  reply.insert_array_header(mark, count);
}

void node_random_key(CommandContext& context, Args, Reply& reply) {
  const SlotRange range = own_slots(context);
  const SlotKeys& keys = cluster_of(context).keys();
  const unsigned slots = range.last - range.first + 1;
  const auto begin = static_cast<unsigned>(context.random()() % slots);
  for (unsigned i = 0; i < slots; ++i) {
    for (const std::string& key : keys.of(range.first + (begin + i) % slots)) {
      if (context.peek_entry(key) != nullptr) return reply.bulk(key);
    }
  }
  reply.null();
}

// The cursor is the slot that comes next: a key stays in its slot.
void node_scan(CommandContext& context, Args args, Reply& reply) {
  const auto cursor = keyspace::scan_cursor(args[1], reply);
  if (!cursor) return;
  const auto options = keyspace::scan_options(args.subspan(2), *cursor, true, reply);
  if (!options) return;
  const SlotRange range = own_slots(context);
  const SlotKeys& keys = cluster_of(context).keys();
  keyspace::ScanReply found;
  std::uint64_t visited = 0;
  std::uint64_t slot = std::max<std::uint64_t>(*cursor, range.first);
  for (; slot <= range.last && visited < options->count; ++slot) {
    for (const std::string& key : keys.of(static_cast<unsigned>(slot))) {
      ++visited;
      const auto* entry = context.peek_entry(key);
      if (entry == nullptr || !options->matches(key)) continue;
      const auto kind = keyspace::kind_name(entry->value.kind());
      if (options->type && !keyspace::is_word(*options->type, kind)) continue;
      found.bulk(key);
    }
  }
  found.send(slot > range.last ? 0 : slot, reply);
}

constexpr keyspace::CommandFlags kReads = keyspace::kReadonly;
constexpr CommandSpec kNodeForms[] = {
    {"dbsize", 1, kReads | keyspace::kFast, 0, 0, 0, node_size, "server", "1.0.0",
     "How many keys the node has."},
    {"keys", 2, kReads, 0, 0, 0, node_keys, "generic", "1.0.0", "The keys of the node that match."},
    {"randomkey", 1, kReads, 0, 0, 0, node_random_key, "generic", "1.0.0", "A key of the node."},
    {"scan", -2, kReads, 0, 0, 0, node_scan, "generic", "2.8.0", "Iterates the keys of the node."},
};

}  // namespace

std::span<const CommandSpec> cluster_family() { return kCommands; }

// NOLINTBEGIN(bugprone-return-const-ref-from-parameter): the rows of a table live for ever
const CommandSpec& node_form(const CommandSpec& spec) {
  if (spec.has(keyspace::kWrite)) return spec;
  const auto found = std::ranges::find(kNodeForms, spec.name, &CommandSpec::name);
  return found == std::end(kNodeForms) ? spec : *found;
}
// NOLINTEND(bugprone-return-const-ref-from-parameter)

}  // namespace octavo::redis
