#include "protocol/redis/info.h"

#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "protocol/redis/commands.h"

namespace octavo::redis {
namespace {

constexpr std::int64_t kSecondNs = 1'000'000'000;

std::int64_t resident_bytes() {
  long pages = 0;
  long resident = 0;
  if (std::FILE* file = std::fopen("/proc/self/statm", "r")) {
    if (std::fscanf(file, "%ld %ld", &pages, &resident) != 2) resident = 0;
    std::fclose(file);
  }
  return static_cast<std::int64_t>(resident) * sysconf(_SC_PAGESIZE);
}

std::string human(std::int64_t bytes) {
  const auto b = static_cast<double>(bytes);
  if (bytes < 1024) return fmt::format("{}B", bytes);
  if (bytes < 1024 * 1024) return fmt::format("{:.2f}K", b / 1024);
  if (bytes < 1024LL * 1024 * 1024) return fmt::format("{:.2f}M", b / (1024 * 1024));
  return fmt::format("{:.2f}G", b / (1024.0 * 1024 * 1024));
}

std::string server(DoorState& door) {
  const std::int64_t up_s = (system_clock().wall_ns() - door.started_wall_ns) / kSecondNs;
  return fmt::format(
      "redis_version:{}\r\nredis_git_sha1:00000000\r\nredis_git_dirty:0\r\nredis_build_id:0\r\n"
      "redis_mode:standalone\r\nos:Linux\r\narch_bits:{}\r\nmultiplexing_api:epoll\r\n"
      "process_id:{}\r\nrun_id:{}\r\ntcp_port:{}\r\nuptime_in_seconds:{}\r\nuptime_in_days:{}\r\n"
      "hz:10\r\noctavo_version:0.1.0\r\n",
      kRedisVersion, sizeof(void*) * 8, getpid(), door.run_id, door.port, up_s, up_s / 86400);
}

std::string clients(DoorState& door) {
  return fmt::format(
      "connected_clients:{}\r\ncluster_connections:0\r\nmaxclients:10000\r\n"
      "blocked_clients:{}\r\ntracking_clients:0\r\n",
      door.connections.count("redis"), door.blocked.count());
}

std::string memory(DoorState& door) {
  const auto& keyspace = door.engine.keyspace().keyspace();
  const auto used = keyspace.used_bytes();
  const auto peak = keyspace.peak_bytes();
  const auto resident = resident_bytes();
  const auto limit = door.settings.max_memory();
  return fmt::format(
      "used_memory:{}\r\nused_memory_human:{}\r\nused_memory_rss:{}\r\nused_memory_rss_human:{}\r\n"
      "used_memory_peak:{}\r\nused_memory_peak_human:{}\r\nmaxmemory:{}\r\nmaxmemory_human:{}"
      "\r\nmaxmemory_policy:{}\r\n"
      "mem_allocator:libc\r\n",
      used, human(used), resident, human(resident), peak, human(peak), limit, human(limit),
      door.settings.get("maxmemory-policy"));
}

std::string persistence(DoorState& door) {
  const auto saves = door.engine.keyspace_saves();
  const std::uint64_t changes = door.engine.keyspace().keyspace().stats().changes;
  return fmt::format(
      "loading:0\r\nasync_loading:0\r\nrdb_changes_since_last_save:{}\r\n"
      "rdb_bgsave_in_progress:{}\r\nrdb_last_save_time:{}\r\nrdb_last_bgsave_status:{}\r\n"
      "aof_enabled:1\r\n"
      "aof_rewrite_in_progress:0\r\naof_rewrite_scheduled:0\r\naof_last_bgrewrite_status:ok\r\n"
      "aof_last_write_status:ok\r\n",
      changes - std::min(changes, saves.changes_by_then), saves.running ? 1 : 0,
      saves.last_wall_ns / kSecondNs, saves.last_failed ? "err" : "ok");
}

std::string stats(DoorState& door) {
  const auto& counted = door.engine.keyspace().keyspace().stats();
  return fmt::format(
      "total_connections_received:{}\r\ntotal_commands_processed:{}\r\nexpired_keys:{}\r\n"
      "evicted_keys:{}\r\nkeyspace_hits:{}\r\nkeyspace_misses:{}\r\npubsub_channels:{}\r\n"
      "pubsub_patterns:{}\r\n",
      door.connections_received.load(), door.commands.load(), counted.expired_keys,
      counted.evicted_keys, counted.hits, counted.misses,
      door.pubsub.channels(ChannelKind::channel, "").size(), door.pubsub.pattern_count());
}

std::string replication(DoorState& door) {
  return fmt::format(
      "role:master\r\nconnected_slaves:0\r\nmaster_failover_state:no-failover\r\n"
      "master_replid:{}\r\nmaster_repl_offset:{}\r\n",
      door.run_id, door.engine.tail().offset);
}

std::string cpu(DoorState&) {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return fmt::format("used_cpu_sys:{}.{:06}\r\nused_cpu_user:{}.{:06}\r\n", usage.ru_stime.tv_sec,
                     usage.ru_stime.tv_usec, usage.ru_utime.tv_sec, usage.ru_utime.tv_usec);
}

std::string modules(DoorState&) { return {}; }
std::string cluster(DoorState&) { return "cluster_enabled:0\r\n"; }

std::string keyspace_section(DoorState& door) {
  const auto& keyspace = door.engine.keyspace().keyspace();
  std::string out;
  for (unsigned n = 0; n < keyspace.database_count(); ++n) {
    const auto& database = keyspace.database(n);
    if (database.size() == 0) continue;
    out += fmt::format("db{}:keys={},expires={},avg_ttl=0\r\n", n, database.size(),
                       database.expiries().size());
  }
  return out;
}

struct Section {
  std::string_view name;
  std::string_view title;
  std::string (*text)(DoorState&);
};
constexpr Section kSections[] = {
    {"server", "Server", server},
    {"clients", "Clients", clients},
    {"memory", "Memory", memory},
    {"persistence", "Persistence", persistence},
    {"stats", "Stats", stats},
    {"replication", "Replication", replication},
    {"cpu", "CPU", cpu},
    {"modules", "Modules", modules},
    {"cluster", "Cluster", cluster},
    {"keyspace", "Keyspace", keyspace_section},
};

bool wanted(const Section& section, keyspace::Args asked) {
  if (asked.empty()) return true;
  for (const std::string_view name : asked) {
    if (same_word(section.name, name) || same_word("all", name) || same_word("default", name) ||
        same_word("everything", name)) {
      return true;
    }
  }
  return false;
}

}  // namespace

std::string info_text(DoorState& door, keyspace::Args sections) {
  std::string out;
  for (const Section& section : kSections) {
    if (!wanted(section, sections)) continue;
    if (!out.empty()) out += "\r\n";
    out += fmt::format("# {}\r\n{}", section.title, section.text(door));
  }
  return out;
}

}  // namespace octavo::redis
