#include "protocol/redis/command/info.h"

#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <initializer_list>

#include "base/allocator.h"
#include "base/version.h"
#include "protocol/redis/command/replication_info.h"
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

// As `name:value` lines.
class Lines {
 public:
  template <class Value>
  Lines& add(std::string_view name, const Value& value) {
    text_ += fmt::format("{}:{}\r\n", name, value);
    return *this;
  }
  Lines& bytes(std::string_view name, std::int64_t count) {
    add(name, count);
    return add(std::string(name) + "_human", human(count));
  }
  Lines& ratio(std::string_view name, double value) {
    return add(name, fmt::format("{:.2f}", value));
  }
  // What this server never does.
  Lines& zeros(std::initializer_list<std::string_view> names) {
    for (const std::string_view name : names) add(name, 0);
    return *this;
  }
  std::string text() && { return std::move(text_); }

 private:
  std::string text_;
};

std::string executable() {
  char path[4096];
  const ssize_t size = readlink("/proc/self/exe", path, sizeof path);
  return size < 0 ? std::string() : std::string(path, static_cast<std::size_t>(size));
}

std::string server(ServiceState& service) {
  constexpr std::int64_t kClockBits = (1 << 24) - 1;
  const std::int64_t now_ns = system_clock().wall_ns();
  const std::int64_t up_s = (now_ns - service.started_wall_ns) / kSecondNs;
  Lines lines;
  lines.add("redis_version", kRedisVersion).add("redis_git_sha1", "00000000");
  lines.add("redis_git_dirty", 0).add("redis_build_id", 0);
  lines.add("redis_mode", service.cluster == nullptr ? "standalone" : "cluster");
  lines.add("os", "Linux").add("arch_bits", sizeof(void*) * 8);
  lines.add("monotonic_clock", "POSIX clock_gettime").add("multiplexing_api", "epoll");
  lines.add("process_id", getpid()).add("process_supervised", "no").add("run_id", service.run_id);
  lines.add("tcp_port", service.port).add("server_time_usec", now_ns / 1000);
  lines.add("uptime_in_seconds", up_s).add("uptime_in_days", up_s / 86400);
  lines.add("hz", 10).add("configured_hz", 10).add("lru_clock", now_ns / kSecondNs & kClockBits);
  lines.add("executable", executable()).add("config_file", "").add("octavo_version", version());
  return std::move(lines).text();
}

std::string clients(ServiceState& service) {
  Lines lines;
  lines.add("connected_clients", service.connections.count("redis")).add("cluster_connections", 0);
  lines.add("maxclients", service.settings.get("maxclients"));
  lines.add("blocked_clients", service.blocked.count() + service.pause.waiting())
      .add("tracking_clients", service.tracking.totals().clients);
  return std::move(lines).text();
}

std::string memory(ServiceState& service) {
  const auto& keyspace = service.engine.keyspace().keyspace();
  const auto used = keyspace.used_bytes();
  const auto peak = keyspace.peak_bytes();
  const auto resident = resident_bytes();
  const double share =
      peak == 0 ? 100 : 100 * static_cast<double>(used) / static_cast<double>(peak);
  Lines lines;
  lines.bytes("used_memory", used).bytes("used_memory_rss", resident);
  lines.bytes("used_memory_peak", peak).add("used_memory_peak_perc", fmt::format("{:.2f}%", share));
  // What is counted is data and nothing else.
  lines.add("used_memory_overhead", 0).add("used_memory_startup", 0);
  lines.add("used_memory_dataset", used).add("used_memory_dataset_perc", "100.00%");
  lines.bytes("total_system_memory", sysconf(_SC_PHYS_PAGES) * sysconf(_SC_PAGESIZE));
  lines.bytes("maxmemory", service.engine.keyspace().room().limit());
  lines.add("maxmemory_policy", service.settings.get("maxmemory-policy"));
  const double fragmentation =
      used == 0 ? 1 : static_cast<double>(resident) / static_cast<double>(used);
  lines.ratio("mem_fragmentation_ratio", fragmentation);
  lines.add("mem_fragmentation_bytes", resident - used);
  lines.zeros({"used_memory_lua", "used_memory_vm_eval", "used_memory_vm_functions"});
  lines.bytes("used_memory_scripts", static_cast<std::int64_t>(service.scripts.bytes()));
  lines.add("used_memory_scripts_eval", service.scripts.bytes());
  lines.add("number_of_cached_scripts", service.scripts.count());
  lines.add("number_of_functions", service.scripts.functions());
  lines.add("number_of_libraries", keyspace.libraries().size());
  lines.zeros({"mem_replication_backlog", "mem_clients_slaves", "mem_aof_buffer",
               "mem_not_counted_for_evict", "active_defrag_running"});
  lines.add("lazyfree_pending_objects", keyspace.garbage_count());
  lines.add("lazyfreed_objects", service.engine.keyspace().keyspace().stats().freed_later);
  lines.add("mem_allocator", allocator_name());
  return std::move(lines).text();
}

std::string persistence(ServiceState& service) {
  const auto saves = service.engine.keyspace_saves();
  const std::uint64_t changes = service.engine.keyspace().keyspace().stats().changes;
  Lines lines;
  lines.add("loading", service.link.state().loading ? 1 : 0);
  lines.zeros({"async_loading", "current_cow_peak", "current_cow_size"});
  lines.add("rdb_changes_since_last_save", changes - std::min(changes, saves.changes_by_then));
  lines.add("rdb_bgsave_in_progress", saves.running ? 1 : 0);
  lines.add("rdb_last_save_time", saves.last_wall_ns / kSecondNs);
  lines.add("rdb_last_bgsave_status", saves.last_failed ? "err" : "ok");
  lines.add("rdb_last_cow_size", 0).add("aof_enabled", 1);
  lines.zeros({"aof_rewrite_in_progress", "aof_rewrite_scheduled"});
  lines.add("aof_last_rewrite_time_sec", -1).add("aof_current_rewrite_time_sec", -1);
  lines.add("aof_last_bgrewrite_status", "ok").add("aof_last_write_status", "ok");
  lines.zeros({"aof_last_cow_size", "module_fork_in_progress", "module_fork_last_cow_size"});
  return std::move(lines).text();
}

Totals totals(ServiceState& service) {
  Totals out{.commands = service.commands,
             .input_bytes = service.closed_input_bytes,
             .output_bytes = service.closed_output_bytes};
  for (const auto& info : service.connections.list()) {
    if (info->protocol != "redis") continue;
    out.input_bytes += info->bytes_in.get();
    out.output_bytes += info->bytes_out.get();
  }
  return out;
}

std::string stats(ServiceState& service) {
  const auto& counted = service.engine.keyspace().keyspace().stats();
  const Totals sums = totals(service);
  const auto rates = service.rates.measure(sums, system_clock().monotonic_ns());
  std::uint64_t errors = 0;
  for (const auto& [code, count] : counted.errors) errors += count;
  Lines lines;
  lines.add("total_connections_received", service.connections_received.load());
  lines.add("total_commands_processed", sums.commands);
  lines.add("instantaneous_ops_per_sec", std::llround(rates.commands));
  lines.add("total_net_input_bytes", sums.input_bytes);
  lines.add("total_net_output_bytes", sums.output_bytes);
  lines.ratio("instantaneous_input_kbps", rates.input_bytes / 1024);
  lines.ratio("instantaneous_output_kbps", rates.output_bytes / 1024);
  lines.zeros({"total_net_repl_input_bytes", "total_net_repl_output_bytes"});
  lines.add("sync_full", service.source.counts.full.load());
  lines.add("sync_partial_ok", service.source.counts.partial.load());
  lines.add("sync_partial_err", service.source.counts.partial_refused.load());
  lines.add("expired_subkeys", counted.expired_fields);
  lines.add("expired_keys", counted.expired_keys).add("evicted_keys", counted.evicted_keys);
  lines.add("evicted_clients", 0).add("keyspace_hits", counted.hits);
  lines.add("keyspace_misses", counted.misses);
  lines.add("pubsub_channels", service.pubsub.channels(ChannelKind::channel, "").size());
  lines.add("pubsub_patterns", service.pubsub.pattern_count());
  lines.add("pubsubshard_channels", service.pubsub.channels(ChannelKind::shard, "").size());
  lines.zeros({"latest_fork_usec", "total_forks", "migrate_cached_sockets",
               "slave_expires_tracked_keys", "active_defrag_hits", "active_defrag_misses",
               "active_defrag_key_hits", "active_defrag_key_misses"});
  const Tracking::Totals tracked = service.tracking.totals();
  lines.add("tracking_total_keys", tracked.keys).add("tracking_total_items", tracked.items);
  lines.add("tracking_total_prefixes", tracked.prefixes);
  lines.add("total_error_replies", errors);
  return std::move(lines).text();
}

std::string seconds(const timeval& time) {
  return fmt::format("{}.{:06}", time.tv_sec, time.tv_usec);
}

std::string cpu(ServiceState&) {
  rusage usage{};
  rusage children{};
  getrusage(RUSAGE_SELF, &usage);
  getrusage(RUSAGE_CHILDREN, &children);
  Lines lines;
  lines.add("used_cpu_sys", seconds(usage.ru_stime)).add("used_cpu_user", seconds(usage.ru_utime));
  lines.add("used_cpu_sys_children", seconds(children.ru_stime));
  lines.add("used_cpu_user_children", seconds(children.ru_utime));
  return std::move(lines).text();
}

std::string command_statistics(ServiceState& service) {
  Lines lines;
  for (const CommandStats::Row* row : service.command_stats.by_name()) {
    const auto us = row->nanoseconds / 1000;
    const double each = row->calls == 0 ? 0
                                        : static_cast<double>(row->nanoseconds) / 1000 /
                                              static_cast<double>(row->calls);
    lines.add(fmt::format("cmdstat_{}", row->name),
              fmt::format("calls={},usec={},usec_per_call={:.2f},rejected_calls={},failed_calls={}",
                          row->calls, us, each, row->rejected, row->failed));
  }
  return std::move(lines).text();
}

std::string latency_statistics(ServiceState& service) {
  Lines lines;
  if (service.settings.get("latency-tracking") != "yes") return {};
  const std::string wanted = service.settings.get("latency-tracking-info-percentiles");
  for (const CommandStats::Row* row : service.command_stats.by_name()) {
    if (row->calls == 0) continue;
    std::string values;
    std::string_view rest = wanted;
    while (!rest.empty()) {
      const std::size_t end = std::min(rest.find(' '), rest.size());
      const std::string percent(rest.substr(0, end));
      rest.remove_prefix(std::min(end + 1, rest.size()));
      if (percent.empty()) continue;
      const double share = std::strtod(percent.c_str(), nullptr) / 100;
      values +=
          fmt::format("{}p{}={:.3f}", values.empty() ? "" : ",", percent, row->percentile(share));
    }
    lines.add(fmt::format("latency_percentiles_usec_{}", row->name), values);
  }
  return std::move(lines).text();
}

std::string error_statistics(ServiceState& service) {
  Lines lines;
  for (const auto& [code, count] : service.engine.keyspace().keyspace().stats().errors) {
    lines.add("errorstat_" + code, fmt::format("count={}", count));
  }
  return std::move(lines).text();
}

std::string modules(ServiceState&) { return {}; }
std::string cluster(ServiceState& service) {
  if (service.cluster == nullptr) return "cluster_enabled:0\r\n";
  return fmt::format("cluster_enabled:1\r\noctavo_cluster:{} nodes of one process\r\n",
                     service.cluster->nodes());
}

std::string keyspace_section(ServiceState& service, const InfoReader& reader) {
  const auto& keyspace = service.engine.keyspace().keyspace();
  std::string out;
  for (unsigned n = 0; n < keyspace.database_count(); ++n) {
    const auto& database = keyspace.database(n);
    if (database.size() == 0 || (reader.readable & keyspace::database_bit(n)) == 0) continue;
    const auto* ends = database.field_ends();
    out += fmt::format("db{}:keys={},expires={},avg_ttl=0,subexpiry={}\r\n", n, database.size(),
                       database.expiries().size(), ends == nullptr ? 0 : ends->size());
  }
  return out;
}

struct Section {
  std::string_view name;
  std::string_view title;
  std::string (*text)(ServiceState&);  // nullptr: the next
  bool by_default = true;
  std::string (*text_for)(ServiceState&, const InfoReader&) = nullptr;
};
constexpr Section kSections[] = {
    {"server", "Server", server},
    {"clients", "Clients", clients},
    {"memory", "Memory", memory},
    {"persistence", "Persistence", persistence},
    {"stats", "Stats", stats},
    {"replication", "Replication", nullptr, true, replication_text},
    {"cpu", "CPU", cpu},
    {"modules", "Modules", modules},
    {"commandstats", "Commandstats", command_statistics, false},
    {"errorstats", "Errorstats", error_statistics},
    {"latencystats", "Latencystats", latency_statistics, false},
    {"cluster", "Cluster", cluster},
    {"keyspace", "Keyspace", nullptr, true, keyspace_section},
};

bool wanted(const Section& section, keyspace::Args asked) {
  if (asked.empty()) return section.by_default;
  for (const std::string_view name : asked) {
    if (same_word(section.name, name) || same_word("all", name) || same_word("everything", name)) {
      return true;
    }
    if (same_word("default", name) && section.by_default) return true;
  }
  return false;
}

}  // namespace

std::string info_text(ServiceState& service, const InfoReader& reader, keyspace::Args sections) {
  std::string out;
  for (const Section& section : kSections) {
    if (!wanted(section, sections)) continue;
    if (!out.empty()) out += "\r\n";
    out += fmt::format("# {}\r\n", section.title);
    out += section.text != nullptr ? section.text(service) : section.text_for(service, reader);
  }
  return out;
}

}  // namespace octavo::redis
