#include "protocol/redis/state/latency.h"

#include <algorithm>

namespace octavo::redis {

void Latency::add(std::string_view name, LatencySpike spike) {
  const MutexLock lock(mutex_);
  auto found = events_.find(name);
  if (found == events_.end()) found = events_.emplace(name, LatencyEvent{}).first;
  LatencyEvent& event = found->second;
  event.name = name;
  event.worst_ms = std::max(event.worst_ms, spike.latency_ms);
  // The worst of each second.
  if (!event.spikes.empty() && event.spikes.back().wall_s == spike.wall_s) {
    auto& last = event.spikes.back().latency_ms;
    last = std::max(last, spike.latency_ms);
    return;
  }
  event.spikes.push_back(spike);
  if (event.spikes.size() > kMaxLatencySpikes) event.spikes.pop_front();
}

std::vector<LatencyEvent> Latency::events() const {
  const MutexLock lock(mutex_);
  std::vector<LatencyEvent> out;
  for (const auto& [name, event] : events_) out.push_back(event);
  return out;
}

std::size_t Latency::reset(const std::vector<std::string_view>& names) {
  const MutexLock lock(mutex_);
  std::size_t count = 0;
  if (names.empty()) {
    count = events_.size();
    events_.clear();
    return count;
  }
  for (const std::string_view name : names) {
    const auto found = events_.find(name);
    if (found == events_.end()) continue;
    events_.erase(found);
    ++count;
  }
  return count;
}

}  // namespace octavo::redis
