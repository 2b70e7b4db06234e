#include "base/forward_clock.h"

#include <algorithm>

namespace octavo {
namespace {

// Threads read the clock underneath at slightly different moments, and storing each reading would
// make them fight for a cache line.
constexpr std::int64_t kGrainNs = 1'000'000;
// Of ten, so much of the time that passes is left out while the clock underneath lags.
constexpr std::int64_t kSlowdown = 10;

}  // namespace

void ForwardClock::raise(std::int64_t wall_ns) {
  std::int64_t latest_ns = latest_ns_.load(std::memory_order_relaxed);
  while (latest_ns < wall_ns && !latest_ns_.compare_exchange_weak(latest_ns, wall_ns)) {
  }
}

std::int64_t ForwardClock::wall_ns() {
  const std::int64_t wall_ns = base_.wall_ns();
  const std::int64_t latest_ns = latest_ns_.load(std::memory_order_relaxed);
  if (wall_ns >= latest_ns + kGrainNs) {
    raise(wall_ns);
    return wall_ns;
  }
  if (wall_ns > latest_ns - kGrainNs) return std::max(wall_ns, latest_ns);
  return catch_up(wall_ns);
}

std::int64_t ForwardClock::catch_up(std::int64_t wall_ns) {
  const MutexLock lock(mutex_);
  const std::int64_t now_ns = base_.monotonic_ns();
  const std::int64_t latest_ns = latest_ns_.load(std::memory_order_relaxed);
  const std::int64_t passed_ns = now_ns - lag_monotonic_ns_;
  std::int64_t slowed_ns = lag_wall_ns_ + passed_ns - passed_ns / kSlowdown;
  if (!lags_ || slowed_ns < latest_ns) {  // it begins, or `raise` began it anew
    lags_ = true;
    lag_wall_ns_ = latest_ns;
    lag_monotonic_ns_ = now_ns;
    slowed_ns = latest_ns;
  }
  if (wall_ns >= slowed_ns) lags_ = false;
  const std::int64_t reading_ns = std::max({wall_ns, slowed_ns, latest_ns});
  raise(reading_ns);
  return reading_ns;
}

}  // namespace octavo
