#pragma once

// What parameters do beside being kept and shown: the values in effect, and what sets them. A row
// of parameters.cc names its function here.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "keyspace/eviction.h"
#include "protocol/redis/state/notifier.h"

namespace octavo::redis {

// A class of `client-output-buffer-limit`; 0 bytes: no limit.
struct OutputLimit {
  std::size_t hard_bytes = 0;
  std::size_t soft_bytes = 0;
  std::int64_t soft_seconds = 0;
};

// Read by any thread; written with the mutex of Settings held, which also guards the last member.
struct Effects {
  std::atomic<bool> syncs_always{false};
  std::atomic<std::int64_t> max_memory{0};
  std::atomic<keyspace::EvictionPolicy> eviction_policy{keyspace::EvictionPolicy::none};
  std::atomic<std::int64_t> max_bulk_bytes{0};
  std::atomic<std::int64_t> slow_call_us{-1};
  std::atomic<std::int64_t> busy_script_ms{0};
  std::atomic<std::size_t> min_replicas{0};
  std::atomic<std::size_t> slow_log_calls{0};
  std::atomic<std::size_t> tracked_keys{0};
  std::atomic<std::int64_t> latency_threshold_ms{0};
  std::atomic<EventFlags> event_flags{0};
  std::atomic<std::int64_t> idle_seconds{0};
  std::atomic<std::size_t> query_buffer_bytes{0};
  std::atomic<std::size_t> max_clients{0};
  std::atomic<int> keep_alive_seconds{0};
  OutputLimit output_limits[2];  // of subscribers: the second
  OutputLimit replica_output_limit;
};

// Each is given a value in its normal form, as parameter_value makes it.
using SetEffect = void (*)(Effects& effects, std::string_view value);

template <class T>
void set_from(std::atomic<T>& member, std::int64_t number) {
  member.store(static_cast<T>(number), std::memory_order_relaxed);
}
std::int64_t number_in(std::string_view value);
std::int64_t size_in(std::string_view value);

template <auto kMember>
void set_number(Effects& effects, std::string_view value) {
  set_from(effects.*kMember, number_in(value));
}
template <auto kMember>
void set_size(Effects& effects, std::string_view value) {
  set_from(effects.*kMember, size_in(value));
}
void set_sync(Effects& effects, std::string_view value);
void set_events(Effects& effects, std::string_view value);
void set_eviction_policy(Effects& effects, std::string_view value);
void set_output_limits(Effects& effects, std::string_view value);

// What the process has, beside the range of a parameter's row.
struct ProcessShare {
  std::int64_t memory_bytes = 0;  // for keys; 0: not limited
};
// Why a value is too much here; nothing when it is not.
using CheckLimit = std::optional<std::string> (*)(std::string_view value,
                                                  const ProcessShare& share);
std::optional<std::string> check_memory(std::string_view value, const ProcessShare& share);
std::optional<std::string> check_clients(std::string_view value, const ProcessShare& share);

// How many clients there are file descriptors for; nullopt: any number.
std::optional<std::int64_t> descriptors_for_clients();

}  // namespace octavo::redis
