#pragma once

// For tests of feeds on threads of their own.

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <cstdlib>
#include <mutex>

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
    const std::scoped_lock lock(mutex_);
    rung_ = true;
    changed_.notify_one();
  }
  // False when nobody rings for a long time.
  bool wait() {
    std::unique_lock lock(mutex_);
    const bool heard = changed_.wait_for(lock, std::chrono::minutes(1), [this] { return rung_; });
    rung_ = false;
    return heard;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool rung_ = false;
};

}  // namespace octavo::stream::testing_support
