#include "protocol/redis/command/replication_info.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/clock.h"

namespace octavo::redis {
namespace {

std::int64_t seconds_since(std::int64_t monotonic_ns) {
  return (system_clock().monotonic_ns() - monotonic_ns) / 1'000'000'000;
}

std::string_view state_of(const Replica& replica) {
  switch (replica.phase.load()) {
    case ReplicaPhase::waiting: return "wait_bgsave";
    case ReplicaPhase::snapshot: return "send_bulk";
    case ReplicaPhase::online: return "online";
  }
  return {};
}

// Of one that follows another server.
std::string master_lines(const LinkState& link) {
  const Origin origin = link.origin();
  const LinkPhase phase = link.phase;
  const bool up = phase == LinkPhase::connected;
  const bool syncs = phase == LinkPhase::sync;
  std::string out = "role:slave\r\n";
  const auto add = [&](std::string_view name, const auto& value) {
    out += fmt::format("{}:{}\r\n", name, value);
  };
  add("master_host", origin.host);
  add("master_port", origin.port);
  add("master_link_status", up ? "up" : "down");
  add("master_last_io_seconds_ago", up ? seconds_since(link.last_input_ns) : -1);
  add("master_sync_in_progress", syncs ? 1 : 0);
  add("slave_read_repl_offset", link.offset.load());
  add("slave_repl_offset", link.offset.load());
  if (syncs) {
    const std::uint64_t total = link.sync_total;
    const std::uint64_t read = link.sync_read;
    add("master_sync_total_bytes", total);
    add("master_sync_read_bytes", read);
    add("master_sync_left_bytes", total - std::min(read, total));
    add("master_sync_perc", fmt::format("{:.2f}", total == 0 ? 0.0
                                                             : 100 * static_cast<double>(read) /
                                                                   static_cast<double>(total)));
    add("master_sync_last_io_seconds_ago", seconds_since(link.last_input_ns));
    if (link.loading) add("octavo_loaded_keys", link.loaded_keys.load());
  }
  if (!up) {
    add("master_link_down_since_seconds", seconds_since(link.down_since_ns));
    add("octavo_master_link_error", link.error());
  }
  add("slave_priority", 100);
  add("slave_read_only", 1);
  add("replica_announced", 1);
  return out;
}

std::string cluster_lines(const Cluster& cluster, const InfoReader& reader, std::uint64_t place) {
  if (!is_replica(reader.node)) {
    return fmt::format(
        "role:master\r\nconnected_slaves:1\r\nslave0:ip={},port={},state=online,offset={},lag="
        "0\r\n",
        reader.host, cluster.port(reader.node + kMasters), place);
  }
  return fmt::format(
      "role:slave\r\nmaster_host:{}\r\nmaster_port:{}\r\nmaster_link_status:up\r\n"
      "master_last_io_seconds_ago:0\r\nmaster_sync_in_progress:0\r\nslave_read_repl_offset:{}\r\n"
      "slave_repl_offset:{}\r\nslave_priority:100\r\nslave_read_only:1\r\nreplica_announced:1\r\n"
      "connected_slaves:0\r\n",
      reader.host, cluster.port(master_of_node(reader.node)), place, place);
}

std::string slave_lines(const ServiceState& service) {
  const auto replicas = service.source.replicas();
  std::string out = fmt::format("connected_slaves:{}\r\n", replicas.size());
  for (std::size_t i = 0; i < replicas.size(); ++i) {
    const Replica& one = *replicas[i];
    const bool online = one.phase.load() == ReplicaPhase::online;
    out += fmt::format("slave{}:ip={},port={},state={},offset={},lag={}\r\n", i, one.host, one.port,
                       state_of(one), one.acknowledged.load(),
                       online ? seconds_since(one.acknowledged_ns) : 0);
  }
  return out;
}

}  // namespace

std::string replication_text(ServiceState& service, const InfoReader& reader) {
  const auto [begin, end] = service.source.extent();
  const bool is_cluster = service.cluster != nullptr && service.cluster->has_replicas();
  const std::uint64_t place = is_cluster ? service.engine.log_place() : end;
  const bool follows = service.link.is_on();
  std::string out;
  if (is_cluster) {
    out = cluster_lines(*service.cluster, reader, place);
  } else {
    out = follows ? master_lines(service.link.state()) : std::string("role:master\r\n");
    out += slave_lines(service);
  }
  const ReplicationSource::Names names = service.source.names();
  const bool renamed = !names.earlier.empty();
  out += fmt::format("master_failover_state:no-failover\r\nmaster_replid:{}\r\n", names.id);
  out += fmt::format("master_replid2:{}\r\n", renamed ? names.earlier : std::string(40, '0'));
  out += fmt::format("master_repl_offset:{}\r\n", place);
  out += fmt::format("second_repl_offset:{}\r\n",
                     renamed ? std::to_string(names.earlier_end + 1) : "-1");
  const bool active = service.source.active();
  out += fmt::format(
      "repl_backlog_active:{}\r\nrepl_backlog_size:{}\r\nrepl_backlog_first_byte_offset:{}\r\n"
      "repl_backlog_histlen:{}\r\n",
      active ? 1 : 0, service.settings.get("repl-backlog-size"), active ? begin + 1 : 0,
      active ? end - begin : 0);
  return out;
}

}  // namespace octavo::redis
