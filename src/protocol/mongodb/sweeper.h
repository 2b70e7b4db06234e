#pragma once

// Ends what clients have left behind: cursors that nobody reads, sessions that nobody names,
// transactions that take too long.

#include <functional>
#include <thread>

#include "base/clock.h"
#include "base/condition.h"
#include "base/mutex.h"

namespace octavo::mongodb {

class Sweeper {
 public:
  // Calls `sweep` every so often, on a thread of its own, until it is stopped.
  Sweeper(Nanoseconds period, std::function<void()> sweep);
  ~Sweeper() { stop(); }
  Sweeper(const Sweeper&) = delete;
  Sweeper& operator=(const Sweeper&) = delete;

  void stop();

 private:
  void loop();

  const Nanoseconds period_;
  const std::function<void()> sweep_;
  Mutex mutex_;
  Condition changed_;
  bool stopping_ OCTAVO_GUARDED_BY(mutex_) = false;
  std::thread thread_;  // the last member: it uses the others
};

}  // namespace octavo::mongodb
