#pragma once

// Group commit: one sync for all who wait for one, and one now and then for what nobody waits for.
// `turn` is one round; a thread calls it in a loop, or a test by hand.

#include <atomic>
#include <functional>
#include <limits>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "log/commit_log.h"
#include "log/segment_store.h"

namespace octavo::log {

class GroupSync {
 public:
  GroupSync(SegmentStore& store, Clock& clock) : store_(store), clock_(clock) {}

  // Everything before `offset` is on disk.
  void start_at(std::uint64_t offset);
  std::uint64_t durable() const { return durable_.load(); }
  std::uint64_t syncs() const { return syncs_.load(); }

  // Calls back when the record at `offset` is on disk; from inside if it is already.
  void wait(std::uint64_t offset, DurableCallback done);
  bool has_waiters() const;

  // Syncs everything before `tail`, then answers. After an error nothing may be appended any more:
  // see to that, then `fail_all`. One at a time.
  Status turn(std::uint64_t tail);
  // Whether a turn may be expected to take a fraction of a millisecond, as those before did.
  bool is_quick() const;
  // Stores the durable mark of the live segment, unless it was stored just now.
  void store_mark(bool even_if_recent);

  // Answers all who wait, and all who will.
  void fail_all(const Error& error);
  bool failed() const;

 private:
  Status sync_range(std::uint64_t from, std::uint64_t to);
  void note_time(std::int64_t ns);
  void retire(Segment& segment);
  std::vector<DurableCallback> take_ready();

  struct Waiter {
    std::uint64_t offset;
    DurableCallback done;
  };

  SegmentStore& store_;
  Clock& clock_;
  std::atomic<std::uint64_t> durable_{0};
  std::atomic<std::uint64_t> syncs_{0};
  std::atomic<std::int64_t> usual_ns_{std::numeric_limits<std::int64_t>::max()};  // of a turn
  // These belong to whoever calls `turn` and `store_mark`.
  std::uint64_t marked_ = 0;
  std::uint64_t released_ = 0;
  std::int64_t marked_at_ns_ = 0;

  mutable Mutex mutex_;  // guards what follows
  std::vector<Waiter> waiters_ OCTAVO_GUARDED_BY(mutex_);
  std::optional<Error> failure_ OCTAVO_GUARDED_BY(mutex_);
};

}  // namespace octavo::log
