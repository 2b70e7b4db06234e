#pragma once

// What one query may use: who asks, its memory, its deadline, whether it may wait. One thread at a
// time uses a context.

#include <string>

#include "base/limits.h"
#include "base/result.h"
#include "catalog/model.h"
#include "function/family.h"

namespace octavo::exec {

constexpr std::size_t kDefaultQueryMemory = 256 * kMiB;

struct QueryContext {
  QueryContext() { evaluation.memory_limit = kDefaultQueryMemory; }

  std::string user{catalog::kAdminName};
  function::EvalContext evaluation;  // memory, deadline, cancellation
  bool may_wait = true;  // false: what would touch a disk or wait for a lock says would_block

  // Between steps of long work.
  Status check() { return evaluation.check(); }
};

// Memory of an operator; returned when it goes out of scope.
class MemoryCharge {
 public:
  explicit MemoryCharge(QueryContext& query) : query_(query) {}
  MemoryCharge(const MemoryCharge&) = delete;
  MemoryCharge& operator=(const MemoryCharge&) = delete;
  ~MemoryCharge() { query_.evaluation.release(charged_); }

  Status add(std::size_t bytes) {
    TRY_STATUS(query_.evaluation.charge(bytes));
    charged_ += bytes;
    return {};
  }

 private:
  QueryContext& query_;
  std::size_t charged_ = 0;
};

}  // namespace octavo::exec
