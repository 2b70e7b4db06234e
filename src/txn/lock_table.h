#pragma once

// Locks on row keys, by transaction. They order conflicting transactions of this node before the
// log, so that a hot row is a queue and not a storm of retries; certification stays the
// judge. Exclusive and shared, held until the owner lets go; first come first served, of those that
// do not go with each other.
//
// Of a circle of waiting transactions one fails with `conflict` ("deadlock"): the one that has the
// least to lose, of equals the one whose request closed the circle.

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "base/cancel.h"
#include "base/id.h"
#include "base/result.h"
#include "txn/row_key.h"

namespace octavo::txn {

// `frozen` goes with itself, as `shared` does, and neither with the other: of a table whose rows
// nobody is to change, beside `shared` of those who change some. An owner asks for one of the two.
// `looking` goes with both: of those who only look at rows, and keep them as they are.
enum class LockMode : std::uint8_t { looking, shared, frozen, exclusive };

class LockTable;

// The locks of one transaction. Belongs to one thread at a time; lets go of everything at the end.
class LockOwner {
 public:
  LockOwner(LockTable& table, TransactionId id) : table_(table), id_(id) {}
  ~LockOwner();
  LockOwner(const LockOwner&) = delete;
  LockOwner& operator=(const LockOwner&) = delete;

  TransactionId id() const { return id_; }
  std::size_t held() const { return keys_.size(); }
  // What would be lost with it, in rows that it has changed.
  void set_weight(std::size_t rows) { weight_.store(rows, std::memory_order_relaxed); }
  std::size_t weight() const { return weight_.load(std::memory_order_relaxed); }

 private:
  friend class LockTable;
  LockTable& table_;
  TransactionId id_;
  std::vector<KeyHash> keys_;  // held or waited for; each once
  std::atomic<std::size_t> weight_ = 0;
};

using LockCallback = std::move_only_function<void(Status)>;

class LockTable {
 public:
  LockTable();
  ~LockTable();

  // False if it would have to wait. An owner that has the key already gets it again, and a shared
  // lock is raised to exclusive if nobody else shares it.
  bool try_lock(LockOwner& owner, KeyHash key, LockMode mode);

  // Inline if free, else when granted, from the thread that let go; or with the error. An owner
  // waits for one key at a time and is not used otherwise until called back.
  void lock(LockOwner& owner, KeyHash key, LockMode mode, LockCallback done);
  // Ends a wait with `error`. False if nothing was waited for (any more).
  bool cancel(LockOwner& owner, Error error);

  // Waits, for `timed_out` at `deadline_ns` (steady clock; nothing is for ever) or until cancelled.
  Status lock_wait(LockOwner& owner, KeyHash key, LockMode mode,
                   std::optional<std::int64_t> deadline_ns, const CancelToken& cancel = {});

  void release(LockOwner& owner, KeyHash key);
  void release_all(LockOwner& owner);

  std::size_t waiting() const;  // transactions that wait now

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace octavo::txn
