#pragma once

// Keeps the keyspace below its limit of memory: `maxmemory`, or its share of the server's memory
// when that is lower or no `maxmemory` is set. Whoever brings calls that may make the data larger
// asks here first, whatever protocol they came by: above the limit keys are given up as the policy
// chooses, through the log, and where the policy gives up none the calls are refused.

#include <atomic>
#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "keyspace/keyspace.h"

namespace octavo::keyspace {

// Keys to be given up, as a batch to be committed.
class Evictions {
 public:
  explicit Evictions(const std::vector<KeyRef>& victims);
  Evictions(const Evictions&) = delete;
  Evictions& operator=(const Evictions&) = delete;

  bool empty() const { return victims_.empty(); }
  LocalBatch& batch() { return batch_; }

 private:
  const std::vector<KeyRef> victims_;  // the batch refers to them
  std::string replies_;
  LocalBatch batch_;
};

class KeyspaceRoom {
 public:
  // How often victims are chosen for one call. A call that finds more to be given up than that goes
  // on: the data shrinks with every call, and no client waits for all of it.
  static constexpr int kMaxRounds = 64;

  KeyspaceRoom(Keyspace& keyspace, Clock& clock) : keyspace_(keyspace), clock_(clock) {}

  // The share of the server's memory, in bytes; 0: none. Before the room is used.
  void set_share(std::int64_t bytes);
  std::int64_t share() const { return share_; }
  // In bytes, 0 for none, and what to do above it. With the keyspace's mutex held.
  void set_limit(std::int64_t bytes, EvictionPolicy policy);
  // Of the two the one that counts; 0: none. From any thread.
  std::int64_t limit() const { return limit_.load(std::memory_order_relaxed); }

  // Whether calls that may make the data larger have to wait for `victims`. `bytes` are those of
  // their arguments, and of what waits before them. From any thread, without the keyspace's mutex.
  bool full(std::size_t bytes) const {
    const std::int64_t limit = limit_.load(std::memory_order_relaxed);
    return limit > 0 && keyspace_.used_bytes() + static_cast<std::int64_t>(bytes) > limit;
  }
  bool limited() const { return limit_.load(std::memory_order_relaxed) > 0; }

  // The next keys to give up, about as many as are in the way; none when there is room, or when the
  // policy gives up none: `full` tells. Frees what waits to be freed first, which may be enough.
  std::vector<KeyRef> victims(std::size_t bytes);

  // Gives up keys until there is room, at most so many rounds of them, or until `commit` says that
  // it could not. False when there is no room and the policy gives up no key. Waits: not for an
  // I/O thread.
  using Commit = std::function<bool(LocalBatch&)>;
  bool make(std::size_t bytes, int rounds, const Commit& commit);

 private:
  Keyspace& keyspace_;
  Clock& clock_;
  std::int64_t share_ = 0;
  std::atomic<std::int64_t> limit_{0};  // the keyspace's
};

}  // namespace octavo::keyspace
