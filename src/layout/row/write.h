#pragma once

// Writes to tables of row layout. One transaction per call, or several when it grows past
// kSoftTransactionBytes or kSoftTransactionChanges, as everybody waits for each to be applied; a
// row is always whole. Or into a transaction that somebody else commits.

#include <functional>

#include "exec/write.h"
#include "index/index_set.h"
#include "layout/row/locking.h"
#include "layout/row/row_rules.h"
#include "layout/row/transaction.h"
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
  bool ruled = false;  // the table has rules (row_rules.h)
  // Where the rows go instead of the log; null: they are committed.
  RowTransaction* transaction = nullptr;
  // Waits until an index is built, or is gone, as long as the statement waits for locks.
  std::function<Status(TableId table, IndexId index)> wait_for_index = {};
};

// An index without which rows cannot be written.
Status wait_for_index(const WriteTarget& target, const catalog::TableDefinition& table,
                      const catalog::IndexDefinition& index);

// Waits for locks and for the verdict: not for an I/O thread. `indeterminate` when some rows were
// written, or may be. `definition_changed` of the context, without a transaction: the table has
// come to need one, and `rows` ends where `write_referring_rows` goes on. Into a transaction: an
// error leaves nothing of the call.
Result<exec::RowWritesDone> write_rows(const WriteTarget& target, const exec::RowWrites& writes,
                                       exec::QueryContext& query);

// The same for a table with foreign keys, or that others refer to: rows of several tables may be
// written, in one record; without `whole` a record for each few hundred of the rows. `so_far`: what
// was written of the call before it came to be such a table. What is not committed is charged to
// `memory`, up to `limit`.
Result<exec::RowWritesDone> write_referring_rows(WriteTarget target, const exec::RowWrites& writes,
                                                 exec::RowWritesDone so_far, MemoryPool& memory,
                                                 std::size_t limit, exec::QueryContext& query);

}  // namespace octavo::layout
