#pragma once

// A condition variable whose notifier never waits. Notifying one of the C library (glibc 2.36) may
// wait until threads that were woken before have run, which on a busy machine is tenths of a
// second: not for an I/O thread, nor for the holder of the sequencer role.
//
// As std::condition_variable: what is waited for changes with the mutex held, waits may end without
// a reason, and all who wait use the same mutex.

#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>

namespace octavo {

class Condition {
 public:
  Condition() = default;
  Condition(const Condition&) = delete;
  Condition& operator=(const Condition&) = delete;

  // With or without the mutex.
  void notify_one() noexcept { notify(1); }
  void notify_all() noexcept;

  void wait(std::unique_lock<std::mutex>& lock) { sleep(lock, std::nullopt); }
  template <class Predicate>
  void wait(std::unique_lock<std::mutex>& lock, Predicate&& done) {
    while (!done()) wait(lock);
  }
  void wait_for(std::unique_lock<std::mutex>& lock, std::chrono::nanoseconds time) {
    sleep(lock, std::chrono::steady_clock::now() + time);
  }
  // False: the time is over and there is nothing.
  template <class Predicate>
  bool wait_until(std::unique_lock<std::mutex>& lock, std::chrono::steady_clock::time_point until,
                  Predicate&& done) {
    while (!done()) {
      if (std::chrono::steady_clock::now() >= until) return false;
      sleep(lock, until);
    }
    return true;
  }

 private:
  void notify(int threads) noexcept;
  void sleep(std::unique_lock<std::mutex>& lock,
             std::optional<std::chrono::steady_clock::time_point> until);

  std::atomic<std::uint32_t> notified_{0};  // how often; a thread sleeps while it stays
  std::atomic<std::uint32_t> sleepers_{0};  // or about to be
};

}  // namespace octavo
