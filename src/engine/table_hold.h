#pragma once

// Whole tables that a client has locked for more than one statement (Engine::hold_tables).

#include <limits>
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
  explicit TableHold(txn::LockTable& locks) : locks_(locks), owner_(locks, TransactionId{}) {
    // Of a circle it is not the one that has to try again.
    owner_.set_weight(std::numeric_limits<std::size_t>::max());
  }

  // In the order of their numbers, so that clients that lock several do not stand in each other's
  // way; a table that is named twice is locked the stronger way. After an error it is of no use.
  Status lock(std::span<const TableLock> tables, exec::QueryContext& context);
  bool has(TableId table) const override { return find(table) != nullptr; }
  bool has_alone(TableId table) const override;
  void follow(TableId before, TableId now) override;
  void leave(TableId table) override;

 private:
  const TableLock* find(TableId table) const;

  txn::LockTable& locks_;
  txn::LockOwner owner_;
  std::vector<TableLock> held_;  // by number
};

}  // namespace octavo::engine
