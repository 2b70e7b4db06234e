#pragma once

// The set's time, which clients are told with every reply ($clusterTime, operationTime) and give
// back: each commit has a greater one than what was told before it. Seconds are those of the wall
// clock, or later where clients have seen later ones; the increment counts within a second.
//
// Nothing of it is stored: which places of the log the times are is remembered for those that were
// told lately.

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>

#include "base/clock.h"
#include "base/lsn.h"
#include "base/mutex.h"
#include "protocol/mongodb/command/concern.h"

namespace octavo::mongodb {

// Thread-safe.
class LogClock {
 public:
  // `tail`: where the log goes on; every commit so far is before it. Called under a lock.
  LogClock(std::function<Lsn()> tail, Clock& clock) : tail_(std::move(tail)), clock_(clock) {}

  // The time of the newest commit.
  LogTime now();
  // A client has seen `time`: from now on it is not later than `now`. False: it is too far ahead of
  // the wall clock to be anybody's (a year), and is not taken.
  bool follow(LogTime time);

  // A place of the log with every commit behind it that is as late as `time`, or later: where to
  // begin to read for these. Nothing: it was too long ago, or before this run of the server.
  std::optional<Lsn> place_before(LogTime time);
  // The time of a commit, as far as it is remembered; of older ones the earliest that is.
  LogTime time_of(Lsn commit);

 private:
  // From the time on that `time` was told, until the next one, the log went on at `tail`.
  struct Told {
    std::uint64_t time = 0;
    Lsn tail;
  };
  static constexpr std::size_t kMostTold = 65'536;

  std::uint64_t tick() OCTAVO_REQUIRES(mutex_);

  const std::function<Lsn()> tail_;
  Clock& clock_;
  Mutex mutex_;
  std::uint64_t time_ OCTAVO_GUARDED_BY(mutex_) = 0;  // seconds, then the increment
  std::deque<Told> told_ OCTAVO_GUARDED_BY(mutex_);   // ascending in both
};

}  // namespace octavo::mongodb
