#pragma once

// The parameters of CONFIG GET and CONFIG SET: one table of Redis 7.0's names and defaults. Most
// are kept and shown only; those with an effect say so in docs/protocols/redis.md.

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/durability.h"
#include "base/mutex.h"
#include "base/result.h"
#include "keyspace/keyspace.h"
#include "protocol/redis/config/effects.h"
#include "protocol/redis/state/notifier.h"

namespace octavo::redis {

struct Parameter;

class Settings {
 public:
  // The encoding limits are those of the keyspace, which remembers them. `memory_share` is what
  // `maxmemory` may be set to, in bytes; 0: anything.
  explicit Settings(const keyspace::EncodingLimits& limits = {}, std::int64_t memory_share = 0);

  // Name and value of each parameter that matches a glob pattern, by name.
  std::vector<std::pair<std::string, std::string>> matching(std::string_view pattern) const;
  std::string get(std::string_view name) const;

  // All or none. The error is what CONFIG SET replies.
  Status set(const std::vector<std::pair<std::string_view, std::string_view>>& changes);

  // Of one that cannot be set later. Before anybody else uses this.
  void start_with(std::string_view name, const std::string& value);

  // `appendfsync`: what a reply promises.
  Durability durability() const {
    return effects_.syncs_always.load(std::memory_order_relaxed) ? Durability::disk
                                                                 : Durability::os;
  }
  // Calls that take longer go to the slow log; negative: none do.
  std::int64_t slow_call_us() const {
    return effects_.slow_call_us.load(std::memory_order_relaxed);
  }
  // A script that runs for longer ends with its client.
  std::int64_t busy_script_ms() const {
    return effects_.busy_script_ms.load(std::memory_order_relaxed);
  }
  // Replicas without which writes are refused.
  std::size_t min_replicas() const { return effects_.min_replicas.load(std::memory_order_relaxed); }
  // Of client-side caching, at most; 0: no limit.
  std::size_t tracked_keys() const { return effects_.tracked_keys.load(std::memory_order_relaxed); }
  std::size_t slow_log_calls() const {
    return effects_.slow_log_calls.load(std::memory_order_relaxed);
  }
  std::int64_t latency_threshold_ms() const {  // 0: spikes are not kept
    return effects_.latency_threshold_ms.load(std::memory_order_relaxed);
  }
  EventFlags event_flags() const { return effects_.event_flags.load(std::memory_order_relaxed); }
  // Encoding limits that are not the keyspace's yet, as names and values. Takes its mutex.
  std::vector<std::pair<std::string, std::string>> encoding_changes(
      keyspace::Keyspace& keyspace) const;
  // 0: the share.
  std::int64_t max_memory() const { return effects_.max_memory.load(std::memory_order_relaxed); }
  keyspace::EvictionPolicy eviction_policy() const {
    return effects_.eviction_policy.load(std::memory_order_relaxed);
  }
  std::int64_t max_bulk_bytes() const {
    return effects_.max_bulk_bytes.load(std::memory_order_relaxed);
  }

  // Of clients that are sent replies, and of those that are sent what others publish.
  OutputLimit output_limit(bool of_subscribers) const;
  OutputLimit replica_output_limit() const;
  std::int64_t idle_seconds() const {
    return effects_.idle_seconds.load(std::memory_order_relaxed);
  }
  std::size_t query_buffer_bytes() const {
    return effects_.query_buffer_bytes.load(std::memory_order_relaxed);
  }
  std::size_t max_clients() const { return effects_.max_clients.load(std::memory_order_relaxed); }
  int keep_alive_seconds() const {
    return effects_.keep_alive_seconds.load(std::memory_order_relaxed);
  }

 private:
  void keep(const Parameter& parameter, const std::string& value) OCTAVO_REQUIRES(mutex_);

  const ProcessShare share_;
  mutable Mutex mutex_;
  std::map<std::string, std::string, std::less<>> values_ OCTAVO_GUARDED_BY(mutex_);
  Effects effects_;
};

}  // namespace octavo::redis
