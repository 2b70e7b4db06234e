#pragma once

// CLIENT PAUSE: commands of all connections wait until a moment, or until CLIENT UNPAUSE.

#include <atomic>
#include <cstdint>
#include <vector>

#include "base/cancel.h"
#include "base/clock.h"
#include "base/mutex.h"
#include "io/task.h"
#include "protocol/common/alarm.h"

namespace octavo::redis {

class Pause {
 public:
  enum class Mode : std::uint8_t { none, write, all };

  // A pause that is in force is made longer and stricter, never shorter.
  void begin(Mode mode, std::int64_t until_monotonic_ns);
  void end();

  // Cheap while there is none: every command asks.
  Mode mode() const {
    const Mode mode = mode_.load(std::memory_order_acquire);
    return mode == Mode::none || system_clock().monotonic_ns() >= until_ns_ ? Mode::none : mode;
  }
  // When the last pause ends, or ended.
  std::int64_t until_monotonic_ns() const { return until_ns_; }
  std::size_t waiting() const;
  // Until the pause is over or `token` is cancelled, whichever is first.
  io::Task<void> wait(CancelToken token);

 private:
  std::atomic<Mode> mode_{Mode::none};
  std::atomic<std::int64_t> until_ns_{0};
  mutable Mutex mutex_;
  std::vector<protocol::Alarm*> waiters_ OCTAVO_GUARDED_BY(mutex_);
};

}  // namespace octavo::redis
