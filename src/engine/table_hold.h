#pragma once

// Whole tables that a client has locked for more than one statement (Engine::hold_tables).

#include <span>
#include <vector>

#include "base/id.h"
#include "exec/context.h"
#include "txn/lock_table.h"

namespace octavo::engine {

// `frozen`: others may not change rows; `exclusive`: nor keep anybody from it.
struct TableLock {
  TableId table{};
  txn::LockMode mode = txn::LockMode::frozen;
};

// Belongs to one client; one thread at a time uses it. Destroying it lets go of everything.
class TableHold final : public exec::HeldTables {
 public:
  explicit TableHold(txn::LockTable& locks) : owner_(locks, TransactionId{}) {}

  // In the order of their numbers, so that clients that lock several do not stand in each other's
  // way; a table that is named twice is locked the stronger way. After an error it is of no use.
  Status lock(txn::LockTable& locks, std::span<const TableLock> tables,
              exec::QueryContext& context);
  bool has(TableId table) const override;

 private:
  txn::LockOwner owner_;
  std::vector<TableLock> held_;  // by number
};

}  // namespace octavo::engine
