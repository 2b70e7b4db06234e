#pragma once

// A wall clock that never goes back, for times that are compared with stored ones: expiry of keys
// is decided by record time, which never goes back either, and what reads must agree with it.
//
// While the clock underneath lags behind (it was set back, or an earlier run had it set forward),
// this one goes on at nine tenths of the speed until both agree: what expires in two seconds
// expires in 2.2, and times meant as dates become right again. Exact to a millisecond.

#include <atomic>

#include "base/clock.h"
#include "base/mutex.h"

namespace octavo {

class ForwardClock final : public Clock {
 public:
  explicit ForwardClock(Clock& base) : base_(base) {}

  std::int64_t wall_ns() override;  // from any thread
  std::int64_t monotonic_ns() override { return base_.monotonic_ns(); }

  // From now on not before this.
  void raise(std::int64_t wall_ns);
  // How far it is ahead of the clock underneath.
  Nanoseconds lead() { return Nanoseconds(wall_ns() - base_.wall_ns()); }

 private:
  std::int64_t catch_up(std::int64_t wall_ns);

  Clock& base_;
  std::atomic<std::int64_t> latest_ns_{0};

  Mutex mutex_;
  bool lags_ OCTAVO_GUARDED_BY(mutex_) = false;  // since:
  std::int64_t lag_wall_ns_ OCTAVO_GUARDED_BY(mutex_) = 0;
  std::int64_t lag_monotonic_ns_ OCTAVO_GUARDED_BY(mutex_) = 0;
};

}  // namespace octavo
