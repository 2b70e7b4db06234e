#pragma once

// Spikes of latency, by the kind of thing that took long; kept while `latency-monitor-threshold`
// asks for them. Thread-safe.

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/mutex.h"

namespace octavo::redis {

constexpr std::size_t kMaxLatencySpikes = 160;  // of one event, one for each second that had any

struct LatencySpike {
  std::int64_t wall_s = 0;
  std::int64_t latency_ms = 0;
};

struct LatencyEvent {
  std::string name;
  std::deque<LatencySpike> spikes;  // oldest first
  std::int64_t worst_ms = 0;        // since the event was reset
};

class Latency {
 public:
  void add(std::string_view event, LatencySpike spike);
  std::vector<LatencyEvent> events() const;
  // Nothing named: all. How many there were.
  std::size_t reset(const std::vector<std::string_view>& names);

 private:
  mutable Mutex mutex_;
  std::map<std::string, LatencyEvent, std::less<>> events_ OCTAVO_GUARDED_BY(mutex_);
};

}  // namespace octavo::redis
