#include "protocol/mongodb/command/log_clock.h"

#include <algorithm>
#include <iterator>

namespace octavo::mongodb {
namespace {

constexpr unsigned kSecondsShift = 32;
constexpr std::int64_t kNanosPerSecond = 1'000'000'000;
constexpr std::uint64_t kFarSeconds = 365ULL * 24 * 3600;

constexpr std::uint64_t pack(LogTime time) {
  return std::uint64_t{time.seconds} << kSecondsShift | time.increment;
}

constexpr LogTime unpack(std::uint64_t time) {
  return {.seconds = static_cast<std::uint32_t>(time >> kSecondsShift),
          .increment = static_cast<std::uint32_t>(time)};
}

std::uint64_t wall_seconds(Clock& clock) {
  return static_cast<std::uint64_t>(clock.wall_ns() / kNanosPerSecond);
}

}  // namespace

std::uint64_t LogClock::tick() {
  const Lsn tail = tail_();
  if (!told_.empty() && told_.back().tail == tail) return time_;
  time_ = std::max(time_ + 1, wall_seconds(clock_) << kSecondsShift | 1);
  told_.push_back({.time = time_, .tail = tail});
  if (told_.size() > kMostTold) told_.pop_front();
  return time_;
}

LogTime LogClock::now() {
  const MutexLock lock(mutex_);
  return unpack(tick());
}

bool LogClock::follow(LogTime time) {
  if (time.seconds > wall_seconds(clock_) + kFarSeconds) return false;
  const MutexLock lock(mutex_);
  time_ = std::max(tick(), pack(time));
  return true;
}

// Commits that are as late as `time` were made after the last time before it was told.
std::optional<Lsn> LogClock::place_before(LogTime time) {
  const MutexLock lock(mutex_);
  tick();
  const auto at = std::ranges::lower_bound(told_, pack(time), {}, &Told::time);
  if (at == told_.begin()) return std::nullopt;
  return std::prev(at)->tail;
}

LogTime LogClock::time_of(Lsn commit) {
  const MutexLock lock(mutex_);
  const std::uint64_t now = tick();
  const auto at = std::ranges::upper_bound(told_, commit, {}, &Told::tail);
  return unpack(at == told_.end() ? now : at->time);
}

}  // namespace octavo::mongodb
