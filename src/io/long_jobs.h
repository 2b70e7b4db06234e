#pragma once

// Turns of jobs that run long. At most `slots` of them compute at a time, each for a slice, and the
// rest wait. The next turn goes to the owner (a client, say) that has used the least, so that an
// owner of many jobs gets no more than an owner of one.
//
// Thread-safe; a `Turn` belongs to the thread that runs its job.

#include <cstddef>
#include <cstdint>
#include <list>
#include <unordered_map>

#include "base/clock.h"
#include "base/condition.h"
#include "base/mutex.h"

namespace octavo::io {

class LongJobs {
 public:
  struct Options {
    std::size_t slots = 1;
    Nanoseconds slice = std::chrono::milliseconds(10);
    Clock* clock = &system_clock();
  };
  explicit LongJobs(Options options) : options_(options) {}
  LongJobs(const LongJobs&) = delete;
  LongJobs& operator=(const LongJobs&) = delete;

  class Turn {
   public:
    // Waits for a slot.
    Turn(LongJobs& jobs, std::uint64_t owner);
    ~Turn();
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

    // When the slice is over and others wait: lets one of them go on, and waits.
    void pace();
    // Gives the slot up while the job waits for something else; the next `pace` takes one again.
    void pause();

   private:
    friend class LongJobs;
    LongJobs& jobs_;
    const std::uint64_t owner_;
    std::int64_t began_ns_ = 0;  // of the slice
    bool holds_slot_ = false;
    Condition granted_;
  };

  // From now on nobody waits: the jobs are to end.
  void open();

  std::size_t waiting() const;

 private:
  struct Owner {
    std::size_t jobs = 0;
    std::int64_t used_ns = 0;
  };

  void acquire(Turn& turn) OCTAVO_REQUIRES(mutex_);
  void release(Turn& turn) OCTAVO_REQUIRES(mutex_);
  std::int64_t least_used() const OCTAVO_REQUIRES(mutex_);

  const Options options_;
  mutable Mutex mutex_;
  std::size_t free_slots_ OCTAVO_GUARDED_BY(mutex_) = options_.slots;
  std::list<Turn*> waiting_ OCTAVO_GUARDED_BY(mutex_);  // oldest first
  std::unordered_map<std::uint64_t, Owner> owners_ OCTAVO_GUARDED_BY(mutex_);
  bool open_ OCTAVO_GUARDED_BY(mutex_) = false;
};

}  // namespace octavo::io
