#include "protocol/redis/config/parameters.h"

#include <algorithm>
#include <array>
#include <limits>

#include "keyspace/arguments.h"

namespace octavo::redis {
namespace {

using Kind = ParameterKind;

constexpr std::int64_t kMaxInt64 = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kMaxInt32 = std::numeric_limits<std::int32_t>::max();
constexpr ParameterRange kNatural{0, kMaxInt64};
constexpr ParameterRange kPositive{1, kMaxInt64};
constexpr ParameterRange kInt{0, kMaxInt32};
constexpr ParameterRange kPositiveInt{1, kMaxInt32};
constexpr ParameterRange kAnyInt{std::numeric_limits<std::int32_t>::min(), kMaxInt32};
constexpr ParameterRange kPort{0, 65535};

// Names, defaults and limits as Redis 7.0.15 shows them, except where our own differ (appendonly:
// always).
constexpr auto kParameters = std::to_array<Parameter>({
    {"acl-pubsub-default",
     "resetchannels",
     Kind::choice,
     false,
     "",
     {},
     "allchannels, resetchannels"},
    {"aclfile", "", Kind::text, true},
    {"acllog-max-len", "128", Kind::number, false, "", kNatural},
    {"active-defrag-cycle-max", "25", Kind::number, false, "", {1, 99}},
    {"active-defrag-cycle-min", "1", Kind::number, false, "", {1, 99}},
    {"active-defrag-ignore-bytes", "104857600", Kind::size, false, "", kPositive},
    {"active-defrag-max-scan-fields", "1000", Kind::number, false, "", kPositive},
    {"active-defrag-threshold-lower", "10", Kind::number, false, "", {0, 1000}},
    {"active-defrag-threshold-upper", "100", Kind::number, false, "", {0, 1000}},
    {"active-expire-effort", "1", Kind::number, false, "", {1, 10}},
    {"activedefrag", "no", Kind::never, false},
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
    Parameter{"appendfsync", "everysec", Kind::choice, false, "", {}, "everysec, always, no"}
        .with_effect(set_sync),
    {"appendonly", "yes", Kind::flag, false},
    {"auto-aof-rewrite-min-size", "67108864", Kind::size, false},
    {"auto-aof-rewrite-percentage", "100", Kind::number, false, "", kInt},
    {"bgsave_cpulist", "", Kind::text, true},
    Parameter{"bind", "* -::*", Kind::text, false}.with_standing(
        "Failed to bind to specified addresses."),
    {"bind-source-addr", "", Kind::text, false},
    {"bio_cpulist", "", Kind::text, true},
    Parameter{"busy-reply-threshold", "5000", Kind::number, false, "", kNatural}.with_effect(
        set_number<&Effects::busy_script_ms>),
    Parameter{"client-output-buffer-limit",
              "normal 0 0 0 slave 268435456 67108864 60 pubsub 33554432 8388608 60",
              Kind::buffer_limits, false}
        .with_effect(set_output_limits),
    Parameter{
        "client-query-buffer-limit", "1073741824", Kind::size, false, "", {1048576, kMaxInt64}}
        .with_effect(set_size<&Effects::query_buffer_bytes>),
    {"cluster-allow-pubsubshard-when-down", "yes", Kind::flag, false},
    {"cluster-allow-reads-when-down", "no", Kind::flag, false},
    {"cluster-allow-replica-migration", "yes", Kind::flag, false},
    {"cluster-announce-bus-port", "0", Kind::number, false, "", kPort},
    {"cluster-announce-hostname", "", Kind::text, false},
    {"cluster-announce-ip", "", Kind::text, false},
    {"cluster-announce-port", "0", Kind::number, false, "", kPort},
    {"cluster-announce-tls-port", "0", Kind::number, false, "", kPort},
    {"cluster-config-file", "nodes.conf", Kind::text, true},
    {"cluster-enabled", "no", Kind::flag, true},
    {"cluster-link-sendbuf-limit", "0", Kind::size, false},
    {"cluster-migration-barrier", "1", Kind::number, false, "", kInt},
    {"cluster-node-timeout", "15000", Kind::number, false, "", kNatural},
    {"cluster-port", "0", Kind::number, true},
    {"cluster-preferred-endpoint-type",
     "ip",
     Kind::choice,
     false,
     "",
     {},
     "ip, hostname, unknown-endpoint"},
    {"cluster-replica-no-failover", "no", Kind::flag, false},
    {"cluster-replica-validity-factor", "10", Kind::number, false, "", kInt},
    {"cluster-require-full-coverage", "yes", Kind::flag, false},
    {"cluster-slave-no-failover", "no", Kind::flag, false},
    {"cluster-slave-validity-factor", "10", Kind::number, false, "", kInt},
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
    {"hash-max-listpack-entries", "512", Kind::number, false, "hash-max-ziplist-entries", kNatural},
    {"hash-max-listpack-value", "64", Kind::size, false, "hash-max-ziplist-value"},
    {"hash-max-ziplist-entries", "512", Kind::number, false, "hash-max-listpack-entries", kNatural},
    {"hash-max-ziplist-value", "64", Kind::size, false, "hash-max-listpack-value"},
    {"hll-sparse-max-bytes", "3000", Kind::size, false},
    {"hz", "10", Kind::number, false, "", kInt},
    {"ignore-warnings", "", Kind::text, false},
    {"io-threads", "1", Kind::number, true},
    {"io-threads-do-reads", "no", Kind::flag, true},
    {"jemalloc-bg-thread", "yes", Kind::flag, false},
    Parameter{"latency-monitor-threshold", "0", Kind::number, false, "", kNatural}.with_effect(
        set_number<&Effects::latency_threshold_ms>),
    Parameter{"key-load-delay", "0", Kind::number, false, "", kAnyInt}.hidden(),
    {"latency-tracking", "yes", Kind::flag, false},
    {"latency-tracking-info-percentiles", "50 99 99.9", Kind::text, false},
    {"lazyfree-lazy-eviction", "no", Kind::flag, false},
    {"lazyfree-lazy-expire", "no", Kind::flag, false},
    {"lazyfree-lazy-server-del", "no", Kind::flag, false},
    {"lazyfree-lazy-user-del", "no", Kind::flag, false},
    {"lazyfree-lazy-user-flush", "no", Kind::flag, false},
    {"lfu-decay-time", "1", Kind::number, false, "", kInt},
    {"lfu-log-factor", "10", Kind::number, false, "", kInt},
    {"list-compress-depth", "0", Kind::number, false, "", kInt},
    {"list-max-listpack-size",
     "-2",
     Kind::number,
     false,
     "list-max-ziplist-size",
     {-2147483648, 2147483647}},
    {"list-max-ziplist-size",
     "-2",
     Kind::number,
     false,
     "list-max-listpack-size",
     {-2147483648, 2147483647}},
    {"logfile", "", Kind::text, true},
    Parameter{"loading-process-events-interval-bytes",
              "2097152",
              Kind::number,
              false,
              "",
              {1024, kMaxInt32}}
        .hidden(),
    {"loglevel", "notice", Kind::choice, false, "", {}, "debug, verbose, notice, warning"},
    Parameter{"lua-time-limit", "5000", Kind::number, false, "", kNatural}.with_effect(
        set_number<&Effects::busy_script_ms>),
    Parameter{"masterauth", "", Kind::text, false}.as_secret(),
    Parameter{"masteruser", "", Kind::text, false}.as_secret(),
    Parameter{"maxclients", "10000", Kind::number, false, "", {1, 4294967295}}
        .with_limit(check_clients)
        .with_effect(set_number<&Effects::max_clients>),
    Parameter{"maxmemory", "0", Kind::size, false}
        .with_limit(check_memory)
        .with_effect(set_size<&Effects::max_memory>),
    {"maxmemory-clients", "0", Kind::share, false},
    {"maxmemory-eviction-tenacity", "10", Kind::number, false, "", {0, 100}},
    Parameter{
        "maxmemory-policy",
        "noeviction",
        Kind::choice,
        false,
        "",
        {},
        "volatile-lru, volatile-lfu, volatile-random, volatile-ttl, allkeys-lru, allkeys-lfu, "
        "allkeys-random, noeviction"}
        .with_effect(set_eviction_policy),
    {"maxmemory-samples", "5", Kind::number, false, "", kPositiveInt},
    {"min-replicas-max-lag", "10", Kind::number, false, "min-slaves-max-lag", kInt},
    Parameter{"min-replicas-to-write", "0", Kind::number, false, "min-slaves-to-write", kInt}
        .with_effect(set_number<&Effects::min_replicas>),
    {"min-slaves-max-lag", "10", Kind::number, false, "min-replicas-max-lag", kInt},
    Parameter{"min-slaves-to-write", "0", Kind::number, false, "min-replicas-to-write", kInt}
        .with_effect(set_number<&Effects::min_replicas>),
    {"no-appendfsync-on-rewrite", "no", Kind::flag, false},
    Parameter{"notify-keyspace-events", "", Kind::events, false}.with_effect(set_events),
    {"oom-score-adj", "no", Kind::choice, false, "", {}, "no, yes, relative, absolute"},
    {"oom-score-adj-values", "0 200 800", Kind::text, false},
    {"pidfile", "", Kind::text, true},
    Parameter{"port", "6379", Kind::number, false, "", kPort}.with_standing(
        "Unable to listen on this port. Check server logs."),
    {"proc-title-template", "{title} {listen-addr} {server-mode}", Kind::text, false},
    {"propagation-error-behavior",
     "ignore",
     Kind::choice,
     false,
     "",
     {},
     "ignore, panic, panic-on-replicas"},
    {"protected-mode", "yes", Kind::flag, false},
    Parameter{"proto-max-bulk-len", "536870912", Kind::size, false, "", {1048576, kMaxInt64}}
        .with_effect(set_size<&Effects::max_bulk_bytes>),
    {"rdb-del-sync-files", "no", Kind::flag, false},
    Parameter{"rdb-key-save-delay", "0", Kind::number, false, "", kAnyInt}.hidden(),
    {"rdb-save-incremental-fsync", "yes", Kind::flag, false},
    {"rdbchecksum", "yes", Kind::flag, true},
    {"rdbcompression", "yes", Kind::flag, false},
    {"repl-backlog-size", "1048576", Kind::size, false, "", kPositive},
    {"repl-backlog-ttl", "3600", Kind::number, false, "", kNatural},
    {"repl-disable-tcp-nodelay", "no", Kind::flag, false},
    {"repl-diskless-load",
     "disabled",
     Kind::choice,
     false,
     "",
     {},
     "disabled, on-empty-db, swapdb"},
    {"repl-diskless-sync", "yes", Kind::flag, false},
    {"repl-diskless-sync-delay", "5", Kind::number, false, "", kInt},
    {"repl-diskless-sync-max-replicas", "0", Kind::number, false, "", kInt},
    {"repl-ping-replica-period", "10", Kind::number, false, "", kPositiveInt},
    {"repl-ping-slave-period", "10", Kind::number, false, "", kPositiveInt},
    {"repl-timeout", "60", Kind::number, false, "", kPositiveInt},
    {"replica-announce-ip", "", Kind::text, false},
    {"replica-announce-port", "0", Kind::number, false, "", kPort},
    {"replica-announced", "yes", Kind::flag, false},
    {"replica-ignore-disk-write-errors", "no", Kind::flag, false},
    {"replica-ignore-maxmemory", "yes", Kind::flag, false},
    {"replica-lazy-flush", "no", Kind::flag, false},
    {"replica-priority", "100", Kind::number, false, "", kInt},
    {"replica-read-only", "yes", Kind::flag, false},
    {"replica-serve-stale-data", "yes", Kind::flag, false},
    {"replicaof", "", Kind::text, false},
    Parameter{"requirepass", "", Kind::text, false}.for_administrator().as_secret(),
    {"sanitize-dump-payload", "no", Kind::choice, false, "", {}, "no, yes, clients"},
    {"save", "", Kind::save_points, false},
    {"server_cpulist", "", Kind::text, true},
    {"set-max-intset-entries", "512", Kind::number, false, "", kNatural},
    {"set-proc-title", "yes", Kind::flag, true},
    {"shutdown-on-sigint",
     "default",
     Kind::words,
     false,
     "",
     {},
     "default, save, nosave, now, force"},
    {"shutdown-on-sigterm",
     "default",
     Kind::words,
     false,
     "",
     {},
     "default, save, nosave, now, force"},
    {"shutdown-timeout", "10", Kind::number, false, "", kInt},
    {"slave-announce-ip", "", Kind::text, false},
    {"slave-announce-port", "0", Kind::number, false, "", kPort},
    {"slave-ignore-maxmemory", "yes", Kind::flag, false},
    {"slave-lazy-flush", "no", Kind::flag, false},
    {"slave-priority", "100", Kind::number, false, "", kInt},
    {"slave-read-only", "yes", Kind::flag, false},
    {"slave-serve-stale-data", "yes", Kind::flag, false},
    {"slaveof", "", Kind::text, false},
    Parameter{"slowlog-log-slower-than", "10000", Kind::number, false, "", {-1, kMaxInt64}}
        .with_effect(set_number<&Effects::slow_call_us>),
    Parameter{"slowlog-max-len", "128", Kind::number, false, "", kNatural}.with_effect(
        set_number<&Effects::slow_log_calls>),
    {"socket-mark-id", "0", Kind::number, true},
    {"stop-writes-on-bgsave-error", "yes", Kind::flag, false},
    {"stream-node-max-bytes", "4096", Kind::size, false},
    {"stream-node-max-entries", "100", Kind::number, false, "", kNatural},
    {"supervised", "no", Kind::flag, true},
    {"syslog-enabled", "no", Kind::flag, true},
    {"syslog-facility", "local0", Kind::text, true},
    {"syslog-ident", "redis", Kind::text, true},
    {"tcp-backlog", "511", Kind::number, true},
    Parameter{"tcp-keepalive", "300", Kind::number, false, "", kInt}.with_effect(
        set_number<&Effects::keep_alive_seconds>),
    Parameter{"timeout", "0", Kind::number, false, "", kInt}.with_effect(
        set_number<&Effects::idle_seconds>),
    {"tls-auth-clients", "yes", Kind::choice, false, "", {}, "no, yes, optional"},
    {"tls-ca-cert-dir", "", Kind::text, false},
    {"tls-ca-cert-file", "", Kind::text, false},
    {"tls-cert-file", "", Kind::text, false},
    {"tls-ciphers", "", Kind::text, false},
    {"tls-ciphersuites", "", Kind::text, false},
    {"tls-client-cert-file", "", Kind::text, false},
    {"tls-client-key-file", "", Kind::text, false},
    Parameter{"tls-client-key-file-pass", "", Kind::text, false}.as_secret(),
    {"tls-cluster", "no", Kind::flag, false},
    {"tls-dh-params-file", "", Kind::text, false},
    {"tls-key-file", "", Kind::text, false},
    Parameter{"tls-key-file-pass", "", Kind::text, false}.as_secret(),
    {"tls-port", "0", Kind::number, true, "", kPort},
    {"tls-prefer-server-ciphers", "no", Kind::flag, false},
    {"tls-protocols", "", Kind::text, false},
    {"tls-replication", "no", Kind::flag, false},
    {"tls-session-cache-size", "20480", Kind::number, false, "", kInt},
    {"tls-session-cache-timeout", "300", Kind::number, false, "", kInt},
    {"tls-session-caching", "yes", Kind::flag, false},
    Parameter{"tracking-table-max-keys", "1000000", Kind::number, false, "", kNatural}.with_effect(
        set_number<&Effects::tracked_keys>),
    {"unixsocket", "", Kind::text, true},
    {"unixsocketperm", "0", Kind::number, true},
    Parameter{"use-exit-on-panic", "no", Kind::flag, false}.hidden(),
    Parameter{"watchdog-period", "0", Kind::number, false, "", kInt}.hidden(),
    {"zset-max-listpack-entries", "128", Kind::number, false, "zset-max-ziplist-entries", kNatural},
    {"zset-max-listpack-value", "64", Kind::size, false, "zset-max-ziplist-value"},
    {"zset-max-ziplist-entries", "128", Kind::number, false, "zset-max-listpack-entries", kNatural},
    {"zset-max-ziplist-value", "64", Kind::size, false, "zset-max-listpack-value"},
});

}  // namespace

std::span<const Parameter> parameters() { return kParameters; }

const Parameter* find_parameter(std::string_view name) {
  const auto* found = std::ranges::find_if(kParameters, [name](const Parameter& parameter) {
    return keyspace::is_word(name, parameter.name);
  });
  return found == kParameters.end() ? nullptr : found;
}

}  // namespace octavo::redis
