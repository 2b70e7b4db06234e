#pragma once

// Rows that a query locks: FOR UPDATE, FOR SHARE, and plain reads under SERIALIZABLE. The binder
// says which they are, and whoever runs statements locks and reads them, when the statement is
// bound: what it goes on with is there by then.

#include <cstdint>
#include <span>
#include <vector>

#include "algebra/plan.h"
#include "base/id.h"
#include "base/result.h"
#include "dialect/sql/ast/query.h"
#include "value/value.h"

namespace octavo::sql {

// A stored table of a query block.
struct LockedTable {
  TableId table{};
  // Row of the block → primary key of the table's row in it; null: there is none.
  algebra::ExprPtr key;
  bool shared = false;
  Locking::Wait wait = Locking::Wait::wait;
};

class RowLocks {
 public:
  virtual ~RowLocks() = default;
  // Whether queries that say nothing of it lock what they read, shared.
  virtual bool of_plain_reads() const = 0;
  // The first `most` rows of the plan, as they are once they are locked; without those that others
  // hold where a table is to skip them.
  virtual Result<std::vector<value::Value>> read(const algebra::PlanPtr& plan,
                                                 std::span<const LockedTable> tables,
                                                 std::uint64_t most) = 0;
};

}  // namespace octavo::sql
