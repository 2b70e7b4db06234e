#pragma once

// Containers that are being read outside the keyspace's mutex. While one is pinned it is neither
// changed nor freed: whoever wants to change it waits, whoever gives it up leaves it to the
// garbage.
//
// Pins are set with the keyspace's mutex held, so its holder sees all of them; they are removed
// without it, so its holder may wait for that. Better is to wait before one holds it, so that
// nobody else has to: see write_turn.h.
//
// A container that is reserved may be changed, but who can wait outside of the mutex should: a
// write has been made of it and is on its way (prepared_write.h).

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/condition.h"
#include "base/mutex.h"

namespace octavo::keyspace {

class Pins {
 public:
  // False: nothing is pinned or reserved. With the keyspace's mutex held.
  bool any() const { return count_.load(std::memory_order_acquire) != 0; }
  // Whether somebody waits in `wait_until_free`: who holds a pin and wants the mutex as well must
  // give up one of the two.
  bool anybody_waits() const { return waiting_.load(std::memory_order_acquire) != 0; }
  bool holds(const void* container) const;
  void wait_until_free(const void* container);

  using Containers = std::span<const void* const>;

  // With the keyspace's mutex held. The same container may be pinned several times.
  void pin(const void* container);
  // Without.
  void unpin(Containers containers);

  // Likewise.
  void reserve(Containers containers);
  void release(Containers containers);
  // The whole keyspace, by one at a time: false when somebody has it.
  bool reserve_all();
  void release_all();
  // Who has it, a number that is never used again; 0: nobody.
  std::uint64_t holder_of_all() const { return holder_.load(std::memory_order_acquire); }

  // A container that is wanted should not be pinned again before it was changed.
  void want(Containers containers);
  void stop_wanting(Containers containers);
  bool any_wanted(Containers containers) const;
  // Pinned or reserved.
  bool any_taken(Containers containers) const;

 private:
  using List = std::vector<const void*>;

  static bool has(const List& list, const void* container) {
    return std::find(list.begin(), list.end(), container) != list.end();
  }
  static void remove(List& list, Containers containers) {
    for (const void* container : containers) {
      list.erase(std::find(list.begin(), list.end(), container));
    }
  }

  void count() OCTAVO_REQUIRES(mutex_) {
    count_.store(pinned_.size() + reserved_.size() + (holder_of_all() != 0 ? 1 : 0),
                 std::memory_order_release);
  }

  std::atomic<std::size_t> count_{0};
  mutable std::atomic<std::uint32_t> waiting_{0};
  std::atomic<std::uint64_t> holder_{0};
  std::uint64_t last_holder_ OCTAVO_GUARDED_BY(mutex_) = 0;
  mutable Mutex mutex_;
  Condition freed_;
  // Few: as many as reads run at the same time have sources.
  List pinned_ OCTAVO_GUARDED_BY(mutex_);
  List reserved_ OCTAVO_GUARDED_BY(mutex_);
  List wanted_ OCTAVO_GUARDED_BY(mutex_);
};

}  // namespace octavo::keyspace
