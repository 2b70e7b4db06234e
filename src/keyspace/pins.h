#pragma once

// Containers that are being read outside the keyspace's mutex. While one is pinned it is neither
// changed nor freed: whoever wants to change it waits, whoever gives it up leaves it to the
// garbage.
//
// Pins are set with the keyspace's mutex held, so its holder sees all of them; they are removed
// without it, so its holder may wait for that.

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <span>
#include <vector>

namespace octavo::keyspace {

class Pins {
 public:
  // False: there are none. With the keyspace's mutex held.
  bool any() const { return count_.load(std::memory_order_acquire) != 0; }
  bool holds(const void* container) const;
  void wait_until_free(const void* container);

  // With the keyspace's mutex held. The same container may be pinned several times.
  void pin(const void* container);
  // Without.
  void unpin(std::span<const void* const> containers);

 private:
  bool found(const void* container) const {
    return std::find(pinned_.begin(), pinned_.end(), container) != pinned_.end();
  }

  std::atomic<std::size_t> count_{0};
  mutable std::mutex mutex_;
  std::condition_variable freed_;
  std::vector<const void*> pinned_;  // few: as many as reads run at the same time have sources
};

}  // namespace octavo::keyspace
