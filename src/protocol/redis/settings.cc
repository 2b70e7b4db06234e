#include "protocol/redis/settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>

#include "base/limits.h"
#include "keyspace/glob.h"

namespace octavo::redis {
namespace {

enum class Kind : std::uint8_t { text, number, size, flag, choice };

struct Parameter {
  std::string_view name;
  std::string_view fallback;
  Kind kind;
  bool fixed;  // CONFIG SET refuses it
};

// Names and defaults as Redis 7.0.15 shows them, except where our own differ (appendonly: always).
constexpr auto kParameters = std::to_array<Parameter>({
    {"acl-pubsub-default", "resetchannels", Kind::text, false},
    {"aclfile", "", Kind::text, true},
    {"acllog-max-len", "128", Kind::number, false},
    {"active-defrag-cycle-max", "25", Kind::number, false},
    {"active-defrag-cycle-min", "1", Kind::number, false},
    {"active-defrag-ignore-bytes", "104857600", Kind::number, false},
    {"active-defrag-max-scan-fields", "1000", Kind::number, false},
    {"active-defrag-threshold-lower", "10", Kind::number, false},
    {"active-defrag-threshold-upper", "100", Kind::number, false},
    {"active-expire-effort", "1", Kind::number, false},
    {"activedefrag", "no", Kind::flag, false},
    {"activerehashing", "yes", Kind::flag, false},
    {"always-show-logo", "no", Kind::flag, true},
    {"aof-disable-auto-gc", "no", Kind::flag, false},
    {"aof-load-truncated", "yes", Kind::flag, false},
    {"aof-rewrite-incremental-fsync", "yes", Kind::flag, false},
    {"aof-timestamp-enabled", "no", Kind::flag, false},
    {"aof-use-rdb-preamble", "yes", Kind::flag, false},
    {"aof_rewrite_cpulist", "", Kind::text, true},
    {"appenddirname", "appendonlydir", Kind::text, true},
    {"appendfilename", "appendonly.aof", Kind::text, true},
    {"appendfsync", "everysec", Kind::choice, false},
    {"appendonly", "yes", Kind::flag, false},
    {"auto-aof-rewrite-min-size", "67108864", Kind::size, false},
    {"auto-aof-rewrite-percentage", "100", Kind::number, false},
    {"bgsave_cpulist", "", Kind::text, true},
    {"bind", "* -::*", Kind::text, true},
    {"bind-source-addr", "", Kind::text, false},
    {"bio_cpulist", "", Kind::text, true},
    {"busy-reply-threshold", "5000", Kind::number, false},
    {"client-output-buffer-limit",
     "normal 0 0 0 slave 268435456 67108864 60 pubsub 33554432 8388608 60", Kind::text, false},
    {"client-query-buffer-limit", "1073741824", Kind::size, false},
    {"cluster-allow-pubsubshard-when-down", "yes", Kind::flag, false},
    {"cluster-allow-reads-when-down", "no", Kind::flag, false},
    {"cluster-allow-replica-migration", "yes", Kind::flag, false},
    {"cluster-announce-bus-port", "0", Kind::number, false},
    {"cluster-announce-hostname", "", Kind::text, false},
    {"cluster-announce-ip", "", Kind::text, false},
    {"cluster-announce-port", "0", Kind::number, false},
    {"cluster-announce-tls-port", "0", Kind::number, false},
    {"cluster-config-file", "nodes.conf", Kind::text, true},
    {"cluster-enabled", "no", Kind::flag, true},
    {"cluster-link-sendbuf-limit", "0", Kind::number, false},
    {"cluster-migration-barrier", "1", Kind::number, false},
    {"cluster-node-timeout", "15000", Kind::number, false},
    {"cluster-port", "0", Kind::number, true},
    {"cluster-preferred-endpoint-type", "ip", Kind::text, false},
    {"cluster-replica-no-failover", "no", Kind::flag, false},
    {"cluster-replica-validity-factor", "10", Kind::number, false},
    {"cluster-require-full-coverage", "yes", Kind::flag, false},
    {"cluster-slave-no-failover", "no", Kind::flag, false},
    {"cluster-slave-validity-factor", "10", Kind::number, false},
    {"crash-log-enabled", "yes", Kind::flag, false},
    {"crash-memcheck-enabled", "yes", Kind::flag, false},
    {"daemonize", "no", Kind::flag, true},
    {"databases", "16", Kind::number, true},
    {"dbfilename", "dump.rdb", Kind::text, false},
    {"dir", ".", Kind::text, true},
    {"disable-thp", "yes", Kind::flag, true},
    {"dynamic-hz", "yes", Kind::flag, false},
    {"enable-debug-command", "yes", Kind::flag, true},
    {"enable-module-command", "no", Kind::flag, true},
    {"enable-protected-configs", "no", Kind::flag, true},
    {"hash-max-listpack-entries", "512", Kind::number, false},
    {"hash-max-listpack-value", "64", Kind::number, false},
    {"hash-max-ziplist-entries", "512", Kind::number, false},
    {"hash-max-ziplist-value", "64", Kind::number, false},
    {"hll-sparse-max-bytes", "3000", Kind::number, false},
    {"hz", "10", Kind::number, false},
    {"ignore-warnings", "", Kind::text, false},
    {"io-threads", "1", Kind::number, true},
    {"io-threads-do-reads", "no", Kind::flag, true},
    {"jemalloc-bg-thread", "yes", Kind::flag, false},
    {"latency-monitor-threshold", "0", Kind::number, false},
    {"latency-tracking", "yes", Kind::flag, false},
    {"latency-tracking-info-percentiles", "50 99 99.9", Kind::text, false},
    {"lazyfree-lazy-eviction", "no", Kind::flag, false},
    {"lazyfree-lazy-expire", "no", Kind::flag, false},
    {"lazyfree-lazy-server-del", "no", Kind::flag, false},
    {"lazyfree-lazy-user-del", "no", Kind::flag, false},
    {"lazyfree-lazy-user-flush", "no", Kind::flag, false},
    {"lfu-decay-time", "1", Kind::number, false},
    {"lfu-log-factor", "10", Kind::number, false},
    {"list-compress-depth", "0", Kind::number, false},
    {"list-max-listpack-size", "-2", Kind::number, false},
    {"list-max-ziplist-size", "-2", Kind::number, false},
    {"logfile", "", Kind::text, true},
    {"loglevel", "notice", Kind::text, false},
    {"lua-time-limit", "5000", Kind::number, false},
    {"masterauth", "", Kind::text, false},
    {"masteruser", "", Kind::text, false},
    {"maxclients", "10000", Kind::number, false},
    {"maxmemory", "0", Kind::size, false},
    {"maxmemory-clients", "0", Kind::number, false},
    {"maxmemory-eviction-tenacity", "10", Kind::number, false},
    {"maxmemory-policy", "noeviction", Kind::choice, false},
    {"maxmemory-samples", "5", Kind::number, false},
    {"min-replicas-max-lag", "10", Kind::number, false},
    {"min-replicas-to-write", "0", Kind::number, false},
    {"min-slaves-max-lag", "10", Kind::number, false},
    {"min-slaves-to-write", "0", Kind::number, false},
    {"no-appendfsync-on-rewrite", "no", Kind::flag, false},
    {"notify-keyspace-events", "", Kind::text, false},
    {"oom-score-adj", "no", Kind::flag, false},
    {"oom-score-adj-values", "0 200 800", Kind::text, false},
    {"pidfile", "", Kind::text, true},
    {"port", "6379", Kind::number, true},
    {"proc-title-template", "{title} {listen-addr} {server-mode}", Kind::text, false},
    {"propagation-error-behavior", "ignore", Kind::text, false},
    {"protected-mode", "yes", Kind::flag, false},
    {"proto-max-bulk-len", "536870912", Kind::size, false},
    {"rdb-del-sync-files", "no", Kind::flag, false},
    {"rdb-save-incremental-fsync", "yes", Kind::flag, false},
    {"rdbchecksum", "yes", Kind::flag, true},
    {"rdbcompression", "yes", Kind::flag, false},
    {"repl-backlog-size", "1048576", Kind::size, false},
    {"repl-backlog-ttl", "3600", Kind::number, false},
    {"repl-disable-tcp-nodelay", "no", Kind::flag, false},
    {"repl-diskless-load", "disabled", Kind::text, false},
    {"repl-diskless-sync", "yes", Kind::flag, false},
    {"repl-diskless-sync-delay", "5", Kind::number, false},
    {"repl-diskless-sync-max-replicas", "0", Kind::number, false},
    {"repl-ping-replica-period", "10", Kind::number, false},
    {"repl-ping-slave-period", "10", Kind::number, false},
    {"repl-timeout", "60", Kind::number, false},
    {"replica-announce-ip", "", Kind::text, false},
    {"replica-announce-port", "0", Kind::number, false},
    {"replica-announced", "yes", Kind::flag, false},
    {"replica-ignore-disk-write-errors", "no", Kind::flag, false},
    {"replica-ignore-maxmemory", "yes", Kind::flag, false},
    {"replica-lazy-flush", "no", Kind::flag, false},
    {"replica-priority", "100", Kind::number, false},
    {"replica-read-only", "yes", Kind::flag, false},
    {"replica-serve-stale-data", "yes", Kind::flag, false},
    {"replicaof", "", Kind::text, false},
    {"requirepass", "", Kind::text, false},
    {"sanitize-dump-payload", "no", Kind::flag, false},
    {"save", "", Kind::text, false},
    {"server_cpulist", "", Kind::text, true},
    {"set-max-intset-entries", "512", Kind::number, false},
    {"set-proc-title", "yes", Kind::flag, true},
    {"shutdown-on-sigint", "default", Kind::text, false},
    {"shutdown-on-sigterm", "default", Kind::text, false},
    {"shutdown-timeout", "10", Kind::number, false},
    {"slave-announce-ip", "", Kind::text, false},
    {"slave-announce-port", "0", Kind::number, false},
    {"slave-ignore-maxmemory", "yes", Kind::flag, false},
    {"slave-lazy-flush", "no", Kind::flag, false},
    {"slave-priority", "100", Kind::number, false},
    {"slave-read-only", "yes", Kind::flag, false},
    {"slave-serve-stale-data", "yes", Kind::flag, false},
    {"slaveof", "", Kind::text, false},
    {"slowlog-log-slower-than", "10000", Kind::number, false},
    {"slowlog-max-len", "128", Kind::number, false},
    {"socket-mark-id", "0", Kind::number, true},
    {"stop-writes-on-bgsave-error", "yes", Kind::flag, false},
    {"stream-node-max-bytes", "4096", Kind::number, false},
    {"stream-node-max-entries", "100", Kind::number, false},
    {"supervised", "no", Kind::flag, true},
    {"syslog-enabled", "no", Kind::flag, true},
    {"syslog-facility", "local0", Kind::text, true},
    {"syslog-ident", "redis", Kind::text, true},
    {"tcp-backlog", "511", Kind::number, true},
    {"tcp-keepalive", "300", Kind::number, false},
    {"timeout", "0", Kind::number, false},
    {"tls-auth-clients", "yes", Kind::flag, false},
    {"tls-ca-cert-dir", "", Kind::text, false},
    {"tls-ca-cert-file", "", Kind::text, false},
    {"tls-cert-file", "", Kind::text, false},
    {"tls-ciphers", "", Kind::text, false},
    {"tls-ciphersuites", "", Kind::text, false},
    {"tls-client-cert-file", "", Kind::text, false},
    {"tls-client-key-file", "", Kind::text, false},
    {"tls-client-key-file-pass", "", Kind::text, false},
    {"tls-cluster", "no", Kind::flag, false},
    {"tls-dh-params-file", "", Kind::text, false},
    {"tls-key-file", "", Kind::text, false},
    {"tls-key-file-pass", "", Kind::text, false},
    {"tls-port", "0", Kind::number, true},
    {"tls-prefer-server-ciphers", "no", Kind::flag, false},
    {"tls-protocols", "", Kind::text, false},
    {"tls-replication", "no", Kind::flag, false},
    {"tls-session-cache-size", "20480", Kind::number, false},
    {"tls-session-cache-timeout", "300", Kind::number, false},
    {"tls-session-caching", "yes", Kind::flag, false},
    {"tracking-table-max-keys", "1000000", Kind::number, false},
    {"unixsocket", "", Kind::text, true},
    {"unixsocketperm", "0", Kind::number, true},
    {"zset-max-listpack-entries", "128", Kind::number, false},
    {"zset-max-listpack-value", "64", Kind::number, false},
    {"zset-max-ziplist-entries", "128", Kind::number, false},
    {"zset-max-ziplist-value", "64", Kind::number, false},
});

constexpr std::string_view kFsyncChoices = "always, everysec, no";
constexpr std::string_view kPolicyChoices =
    "volatile-lru, volatile-lfu, volatile-random, volatile-ttl, allkeys-lru, allkeys-lfu, "
    "allkeys-random, noeviction";

bool same_name(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](char x, char y) {
    return std::tolower(static_cast<unsigned char>(x)) ==
           std::tolower(static_cast<unsigned char>(y));
  });
}

const Parameter* find(std::string_view name) {
  const auto it = std::ranges::find_if(kParameters,
                                       [&](const Parameter& p) { return same_name(p.name, name); });
  return it == kParameters.end() ? nullptr : &*it;
}

bool is_choice(std::string_view choices, std::string_view value) {
  while (!choices.empty()) {
    const std::size_t comma = std::min(choices.find(", "), choices.size());
    if (choices.substr(0, comma) == value) return true;
    choices.remove_prefix(std::min(comma + 2, choices.size()));
  }
  return false;
}

bool is_number(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
  return fault == std::errc() && end == text.data() + text.size();
}

// Why a value is refused; empty when it is fine.
std::string objection(const Parameter& parameter, std::string_view value) {
  switch (parameter.kind) {
    case Kind::text: return {};
    case Kind::number: return is_number(value) ? "" : "argument couldn't be parsed into an integer";
    case Kind::size: return parse_memory_size(value) ? "" : "argument must be a memory value";
    case Kind::flag: return value == "yes" || value == "no" ? "" : "argument must be 'yes' or 'no'";
    case Kind::choice: {
      const auto choices = parameter.name == "appendfsync" ? kFsyncChoices : kPolicyChoices;
      if (is_choice(choices, value)) return {};
      return fmt::format("argument(s) must be one of the following: {}", choices);
    }
  }
  return {};
}

}  // namespace

std::optional<std::int64_t> parse_memory_size(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (fault != std::errc() || number < 0) return std::nullopt;
  const std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
  struct Unit {
    std::string_view name;
    std::int64_t bytes;
  };
  constexpr Unit kUnits[] = {{"", 1},           {"b", 1},
                             {"k", 1000},       {"kb", 1024},
                             {"m", 1000'000},   {"mb", 1024 * 1024},
                             {"g", 1000000000}, {"gb", 1024 * 1024 * 1024}};
  for (const Unit& u : kUnits) {
    if (same_name(u.name, unit)) return number * u.bytes;
  }
  return std::nullopt;
}

Settings::Settings() {
  for (const Parameter& parameter : kParameters) {
    values_.emplace(parameter.name, parameter.fallback);
    take_effect(parameter.name, parameter.fallback);
  }
}

std::vector<std::pair<std::string, std::string>> Settings::matching(
    std::string_view pattern) const {
  const std::scoped_lock lock(mutex_);
  std::vector<std::pair<std::string, std::string>> out;
  for (const auto& [name, value] : values_) {
    if (keyspace::glob_matches(pattern, name, true)) out.emplace_back(name, value);
  }
  return out;
}

std::string Settings::get(std::string_view name) const {
  const std::scoped_lock lock(mutex_);
  const auto it = values_.find(name);
  return it == values_.end() ? std::string() : it->second;
}

Status Settings::set(const std::vector<std::pair<std::string_view, std::string_view>>& changes) {
  for (const auto& [name, value] : changes) {
    const Parameter* parameter = find(name);
    if (parameter == nullptr) {
      return fail(
          Code::invalid_argument,
          fmt::format("ERR Unknown option or number of arguments for CONFIG SET - '{}'", name));
    }
    const std::string why =
        parameter->fixed ? "can't set immutable config" : objection(*parameter, value);
    if (!why.empty()) {
      return fail(
          Code::invalid_argument,
          fmt::format("ERR CONFIG SET failed (possibly related to argument '{}') - {}", name, why));
    }
  }
  const std::scoped_lock lock(mutex_);
  for (const auto& [name, value] : changes) {
    const Parameter* parameter = find(name);
    std::string kept(value);
    if (parameter->kind == Kind::size) kept = std::to_string(*parse_memory_size(value));
    take_effect(parameter->name, kept);
    values_[std::string(parameter->name)] = std::move(kept);
  }
  return {};
}

void Settings::take_effect(std::string_view name, std::string_view value) {
  if (name == "appendfsync") always_ = value == "always";
  if (name == "maxmemory") max_memory_ = parse_memory_size(value).value_or(0);
  if (name == "proto-max-bulk-len") {
    max_bulk_bytes_ = parse_memory_size(value).value_or(512 * static_cast<std::int64_t>(kMiB));
  }
}

}  // namespace octavo::redis
