#pragma once

#include "exec/context.h"
#include "txn/lock_table.h"

namespace octavo::layout {

// Held shared by who writes rows of a table that declares columns, and by transactions that have
// written rows of any; exclusively by who moves them all.
inline txn::KeyHash table_lock(TableId table) { return txn::named_hash("table", raw(table)); }

// Takes a lock for a statement, which waits for it as its context says. An error is told by
// `QueryContext::lock_refusal` as well, where it is about the lock.
Status take_lock(txn::LockTable& locks, txn::LockOwner& owner, txn::KeyHash key, txn::LockMode mode,
                 exec::QueryContext& query);

}  // namespace octavo::layout
