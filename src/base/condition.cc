#include "base/condition.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <climits>
#include <optional>

#include "base/sanitizer.h"

namespace octavo {
namespace {

// Of a word that other threads change: futex(2).
static_assert(sizeof(std::atomic<std::uint32_t>) == sizeof(std::uint32_t));

// The thread sanitizer runs a signal's handler when the thread calls something that it knows, which
// a thread that sleeps here does not: with it nobody sleeps for longer.
constexpr std::chrono::milliseconds kLongestSleep{50};

}  // namespace

// Whoever sleeps has counted itself first, and looks at `notified_` again in the kernel; so one of
// the two sees what the other did.
void Condition::notify(int threads) noexcept {
  notified_.fetch_add(1);
  if (sleepers_.load() == 0) return;
  ::syscall(SYS_futex, &notified_, FUTEX_WAKE_PRIVATE, threads, nullptr, nullptr, 0);
}

void Condition::notify_all() noexcept { notify(INT_MAX); }

void Condition::sleep(Mutex& mutex, std::optional<std::chrono::steady_clock::time_point> until) {
  const std::uint32_t seen = notified_.load();
  sleepers_.fetch_add(1);
  mutex.unlock();
  if constexpr (kThreadSanitizer) {
    const auto longest = std::chrono::steady_clock::now() + kLongestSleep;
    until = until ? std::min(*until, longest) : longest;
  }
  timespec time;
  if (until) {
    // An absolute time of the monotonic clock, which is what steady_clock is here.
    const std::int64_t ns = std::chrono::nanoseconds(until->time_since_epoch()).count();
    time = {.tv_sec = ns / 1'000'000'000, .tv_nsec = ns % 1'000'000'000};
  }
  // Whatever ends it (a wake-up, the time, a signal, a notification just before), the caller looks.
  ::syscall(SYS_futex, &notified_, FUTEX_WAIT_BITSET_PRIVATE, seen, until ? &time : nullptr,
            nullptr, FUTEX_BITSET_MATCH_ANY);
  sleepers_.fetch_sub(1);
  mutex.lock();
}

}  // namespace octavo
