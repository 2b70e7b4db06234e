#pragma once

// Wakes a query that waits for its feeds: the session between two batches, or the worker thread
// inside of an evaluation. Rung by feeds, which may outlive the query, and by whoever stops it.
// Sticky: rung while nobody waits, the next wait is over at once.

#include <chrono>
#include <mutex>
#include <utility>

#include "base/condition.h"
#include "io/event.h"

namespace octavo::rethinkdb {

class Alarm {
 public:
  void ring() {  // from any thread
    {
      const std::scoped_lock lock(mutex_);
      rung_ = true;
    }
    changed_.notify_one();
    event_.set();
  }

  [[nodiscard]] io::Event::WaitAwaiter wait() { return event_.wait(); }

  // Blocks the thread until it is rung, for at most `timeout_ns` (0: for ever).
  void block(std::int64_t timeout_ns) {
    std::unique_lock lock(mutex_);
    const auto rung = [this] { return rung_; };
    if (timeout_ns == 0) {
      changed_.wait(lock, rung);
    } else {
      const auto until = std::chrono::steady_clock::now() + std::chrono::nanoseconds(timeout_ns);
      changed_.wait_until(lock, until, rung);
    }
    rung_ = false;
  }

 private:
  io::Event event_;
  std::mutex mutex_;
  Condition changed_;
  bool rung_ = false;
};

}  // namespace octavo::rethinkdb
