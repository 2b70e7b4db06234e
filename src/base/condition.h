#pragma once

// A condition variable whose notifier never waits. Notifying one of the C library (glibc 2.36) may
// wait until threads that were woken before have run, which on a busy machine is tenths of a
// second: not for an I/O thread, nor for the holder of the sequencer role.
//
// What is waited for changes with the mutex held, waits may end without a reason, and all who wait
// use the same mutex. A wait is a loop, so that the compiler sees what it reads under the mutex:
//
//   MutexLock lock(mutex_);
//   while (queue_.empty()) available_.wait(mutex_);

#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>

#include "base/mutex.h"

namespace octavo {

class Condition {
 public:
  Condition() = default;
  Condition(const Condition&) = delete;
  Condition& operator=(const Condition&) = delete;

  // With or without the mutex.
  void notify_one() noexcept { notify(1); }
  void notify_all() noexcept;

  void wait(Mutex& mutex) OCTAVO_REQUIRES(mutex) { sleep(mutex, std::nullopt); }
  // False: the time is over.
  bool wait_until(Mutex& mutex, std::chrono::steady_clock::time_point until)
      OCTAVO_REQUIRES(mutex) {
    if (std::chrono::steady_clock::now() >= until) return false;
    sleep(mutex, until);
    return true;
  }
  void wait_for(Mutex& mutex, std::chrono::nanoseconds time) OCTAVO_REQUIRES(mutex) {
    sleep(mutex, std::chrono::steady_clock::now() + time);
  }

 private:
  void notify(int threads) noexcept;
  void sleep(Mutex& mutex, std::optional<std::chrono::steady_clock::time_point> until)
      OCTAVO_REQUIRES(mutex);

  std::atomic<std::uint32_t> notified_{0};  // how often; a thread sleeps while it stays
  std::atomic<std::uint32_t> sleepers_{0};  // or about to be
};

}  // namespace octavo
