#pragma once

// For tests of feeds on threads of their own.

#include <chrono>
#include <cstdint>
#include <cstdlib>

#include "base/condition.h"
#include "base/mutex.h"

namespace octavo::stream::testing_support {

// How many times as long as usual: OCTAVO_FEED_ROUNDS.
inline std::uint64_t rounds() {
  const char* text = std::getenv("OCTAVO_FEED_ROUNDS");
  return text == nullptr ? 1 : std::strtoull(text, nullptr, 10);
}

// What a reader that has nothing to read sleeps on; outlives it in the wake that it gave away.
class Bell {
 public:
  void ring() {
    const MutexLock lock(mutex_);
    rung_ = true;
    changed_.notify_one();
  }
  // False when nobody rings for a long time.
  bool wait() {
    const MutexLock lock(mutex_);
    const auto until = std::chrono::steady_clock::now() + std::chrono::minutes(1);
    while (!rung_ && changed_.wait_until(mutex_, until)) {
    }
    return std::exchange(rung_, false);
  }

 private:
  Mutex mutex_;
  Condition changed_;
  bool rung_ OCTAVO_GUARDED_BY(mutex_) = false;
};

}  // namespace octavo::stream::testing_support
