#pragma once

// The parameters of CONFIG GET and CONFIG SET: one table of Redis 7.0's names and defaults. Most
// are kept and shown only; those with an effect say so in docs/protocols/redis.md.

#include <atomic>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/durability.h"
#include "base/result.h"
#include "keyspace/keyspace.h"
#include "protocol/redis/state/notifier.h"

namespace octavo::redis {

struct Parameter;

// A class of `client-output-buffer-limit`; 0 bytes: no limit.
struct OutputLimit {
  std::size_t hard_bytes = 0;
  std::size_t soft_bytes = 0;
  std::int64_t soft_seconds = 0;
};

// How many clients there are file descriptors for; nullopt: any number.
std::optional<std::int64_t> descriptors_for_clients();

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

  // `appendfsync`: what a reply promises.
  Durability durability() const {
    return always_.load(std::memory_order_relaxed) ? Durability::disk : Durability::os;
  }
  // Calls that take longer go to the slow log; negative: none do.
  std::int64_t slow_call_us() const { return slow_call_us_.load(std::memory_order_relaxed); }
  std::size_t slow_log_calls() const { return slow_log_calls_.load(std::memory_order_relaxed); }
  std::int64_t latency_threshold_ms() const {  // 0: spikes are not kept
    return latency_threshold_ms_.load(std::memory_order_relaxed);
  }
  EventFlags event_flags() const { return event_flags_.load(std::memory_order_relaxed); }
  // Encoding limits that are not the keyspace's yet, as names and values. Takes its mutex.
  std::vector<std::pair<std::string, std::string>> encoding_changes(
      keyspace::Keyspace& keyspace) const;
  // 0: the share.
  std::int64_t max_memory() const { return max_memory_.load(std::memory_order_relaxed); }
  keyspace::EvictionPolicy eviction_policy() const {
    return eviction_policy_.load(std::memory_order_relaxed);
  }
  std::int64_t max_bulk_bytes() const { return max_bulk_bytes_.load(std::memory_order_relaxed); }

  // Of clients that are sent replies, and of those that are sent what others publish.
  OutputLimit output_limit(bool of_subscribers) const;
  std::int64_t idle_seconds() const { return idle_seconds_.load(std::memory_order_relaxed); }
  std::size_t query_buffer_bytes() const {
    return query_buffer_bytes_.load(std::memory_order_relaxed);
  }
  std::size_t max_clients() const { return max_clients_.load(std::memory_order_relaxed); }
  int keep_alive_seconds() const { return keep_alive_seconds_.load(std::memory_order_relaxed); }

 private:
  void keep(const Parameter& parameter, const std::string& value);
  void take_effect(std::string_view name, std::string_view value);

  const std::int64_t memory_share_;
  mutable std::mutex mutex_;
  std::map<std::string, std::string, std::less<>> values_;
  std::atomic<bool> always_{false};
  std::atomic<std::int64_t> max_memory_{0};
  std::atomic<keyspace::EvictionPolicy> eviction_policy_{keyspace::EvictionPolicy::none};
  std::atomic<std::int64_t> max_bulk_bytes_;
  std::atomic<std::int64_t> slow_call_us_{-1};
  std::atomic<std::size_t> slow_log_calls_{0};
  std::atomic<std::int64_t> latency_threshold_ms_{0};
  std::atomic<EventFlags> event_flags_{0};
  OutputLimit output_limits_[2];  // of subscribers: the second
  std::atomic<std::int64_t> idle_seconds_{0};
  std::atomic<std::size_t> query_buffer_bytes_{0};
  std::atomic<std::size_t> max_clients_{0};
  std::atomic<int> keep_alive_seconds_{0};
};

}  // namespace octavo::redis
