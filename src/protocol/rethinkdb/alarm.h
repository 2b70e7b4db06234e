#pragma once

// Wakes a query that waits for its feeds: the session between two batches, or the worker thread
// inside of an evaluation. Rung by feeds, which may outlive the query, and by whoever stops it.
// Sticky: rung while nobody waits, the next wait is over at once.

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <utility>

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
      changed_.wait_for(lock, std::chrono::nanoseconds(timeout_ns), rung);
    }
    rung_ = false;
  }

 private:
  io::Event event_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool rung_ = false;
};

}  // namespace octavo::rethinkdb
