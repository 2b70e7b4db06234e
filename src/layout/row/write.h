#pragma once

// Writes to tables of row layout. One transaction per call, or several when it grows past
// kSoftTransactionBytes or kSoftTransactionChanges, as everybody waits for each to be applied; a
// row is always whole.

#include <functional>

#include "exec/write.h"
#include "index/index_set.h"
#include "layout/row/row_rules.h"
#include "txn/lock_table.h"
#include "txn/sequencer.h"

namespace octavo::layout {

struct WriteTarget {
  txn::Sequencer& sequencer;
  txn::LockTable& locks;
  const kv::Store& engine;
  index::IndexSets& indexes;
  RuleSets& rules;
  Numbers& numbers;
  // The newest definition of a table; null when it is gone.
  std::function<exec::TableDefinitionPtr(TableId table)> definition;
  // Whether the user still may: asked when locks were waited for, before rows are decided.
  std::function<Status()> allowed;
  bool declared = false;  // the table has columns
};

// Held shared by who writes rows of a table that declares columns, exclusively by who moves them
// all.
inline txn::KeyHash table_lock(TableId table) { return txn::named_hash("table", raw(table)); }

// Waits for locks and for the verdict: not for an I/O thread. `indeterminate` when some rows were
// written, or may be.
Result<exec::RowWritesDone> write_rows(const WriteTarget& target, const exec::RowWrites& writes,
                                       exec::QueryContext& query);

}  // namespace octavo::layout
