#pragma once

// What writes ask for that say nothing themselves, and reads: getDefaultRWConcern,
// setDefaultRWConcern. All levels that can be the default of reads mean the same here.

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>

#include "base/mutex.h"
#include "protocol/mongodb/command/concern.h"

namespace octavo::mongodb {

// Thread-safe. They hold until the server stops.
class DefaultConcerns {
 public:
  struct Told {
    std::optional<WriteConcern> write = {};  // nothing: {w: "majority"}
    std::string read = {};                   // the level; empty: "local"
    // When they were set last. Nothing: they never were.
    std::optional<LogTime> changed_at = {};
    std::int64_t changed_wall_ns = 0;
  };

  Told told() const {
    const MutexLock lock(mutex_);
    return told_;
  }
  void set(Told told) {
    const MutexLock lock(mutex_);
    told_ = std::move(told);
    has_write_.store(told_.write.has_value(), std::memory_order_release);
  }
  // Of a write. Nothing: nobody has set one.
  std::optional<WriteConcern> write() const {
    if (!has_write_.load(std::memory_order_acquire)) return std::nullopt;
    return told().write;
  }

 private:
  mutable Mutex mutex_;
  Told told_ OCTAVO_GUARDED_BY(mutex_);
  std::atomic<bool> has_write_ = false;
};

}  // namespace octavo::mongodb
