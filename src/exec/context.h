#pragma once

// What one query may use: the definitions and the data version it reads, its memory, its deadline,
// and whether it may wait. One thread at a time uses a context.

#include <cstdint>
#include <limits>
#include <memory>
#include <string>

#include "base/cancel.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/result.h"
#include "catalog/model.h"

namespace octavo::exec {

// Counts what a query holds against its limit. Not thread safe.
class MemoryBudget {
 public:
  explicit MemoryBudget(std::size_t limit) : limit_(limit) {}

  Status charge(std::size_t bytes) {
    if (bytes > limit_ - used_) {
      return fail(Code::resource_exhausted,
                  "The query needs more than its " + std::to_string(limit_ / kMiB) +
                      " MiB of memory; narrow it, use an index, or raise `memory`.");
    }
    used_ += bytes;
    return {};
  }
  void release(std::size_t bytes) { used_ -= bytes; }
  std::size_t used() const { return used_; }

 private:
  std::size_t limit_;
  std::size_t used_ = 0;
};

// Returns what was charged when it goes out of scope.
class MemoryCharge {
 public:
  explicit MemoryCharge(MemoryBudget& budget) : budget_(budget) {}
  MemoryCharge(const MemoryCharge&) = delete;
  MemoryCharge& operator=(const MemoryCharge&) = delete;
  ~MemoryCharge() { budget_.release(charged_); }

  Status add(std::size_t bytes) {
    TRY_STATUS(budget_.charge(bytes));
    charged_ += bytes;
    return {};
  }

 private:
  MemoryBudget& budget_;
  std::size_t charged_ = 0;
};

constexpr std::size_t kDefaultQueryMemory = 256 * kMiB;
constexpr std::int64_t kNoDeadline = std::numeric_limits<std::int64_t>::max();

struct QueryContext {
  explicit QueryContext(std::size_t memory_limit = kDefaultQueryMemory) : memory(memory_limit) {}

  std::string user{catalog::kAdminName};
  MemoryBudget memory;
  std::shared_ptr<const CancelFlag> cancel;     // may be null
  std::int64_t deadline_ns = kNoDeadline;       // on the monotonic clock
  Clock* clock = &system_clock();
  bool may_wait = true;  // false: anything that would touch a disk or a lock says would_block

  // Between steps of long work.
  Status check() const {
    if (cancel != nullptr && cancel->cancelled()) {
      return fail(Code::cancelled, "Query interrupted.");
    }
    if (deadline_ns != kNoDeadline && clock->monotonic_ns() > deadline_ns) {
      return fail(Code::timed_out, "The query took longer than its time limit.");
    }
    return {};
  }
};

}  // namespace octavo::exec
