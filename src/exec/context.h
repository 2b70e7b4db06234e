#pragma once

// What one query may use: who asks, its memory, its deadline, whether it may wait. One thread at a
// time uses a context.

#include <cstdint>
#include <set>
#include <string>
#include <string_view>

#include "base/limits.h"
#include "base/result.h"
#include "catalog/model.h"
#include "function/family.h"

namespace octavo::exec {

struct QueryContext {
  // Without a user the engine lets it do nothing.
  explicit QueryContext(std::string_view asking = {}) : user(asking) {}

  std::string user;
  // What the engine has let it begin to read, and the version of the rights that allowed all of
  // it (engine/access.h).
  std::set<TableId> reads;
  std::uint64_t rights_version = 0;
  function::EvalContext evaluation;  // memory, deadline, cancellation
  bool may_wait = true;  // false: what would touch a disk or wait for a lock says would_block

  // Between steps of long work.
  Status check() { return evaluation.check(); }
};

// What an operator holds beside values, which are charged where they are made.
class [[nodiscard]] MemoryCharge : public value::Charge {
 public:
  explicit MemoryCharge(QueryContext& query) : Charge(query.evaluation.account) {}
};

}  // namespace octavo::exec
