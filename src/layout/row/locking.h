#pragma once

#include "exec/context.h"
#include "txn/lock_table.h"

namespace octavo::layout {

// Takes a lock for a statement, which waits for it as its context says. An error is told by
// `QueryContext::lock_refusal` as well, where it is about the lock.
Status take_lock(txn::LockTable& locks, txn::LockOwner& owner, txn::KeyHash key, txn::LockMode mode,
                 exec::QueryContext& query);

txn::KeyHash table_lock_key(TableId table);

// The lock of a table. Held shared by who writes rows of one that declares columns, and by
// transactions that write rows of any or lock them for that; looking by those that lock rows to
// read them, and by who looks at rows for a foreign key; exclusively by who changes its definition
// with regard to rows (`Engine::alter`) or keeps others from it, frozen by who keeps its rows as
// they are (`Engine::hold_tables`). Free where the context has the table. What the statement says
// of not waiting is about rows: this one is waited for.
Status take_table_lock(txn::LockTable& locks, txn::LockOwner& owner, TableId table,
                       txn::LockMode mode, exec::QueryContext& query);

}  // namespace octavo::layout
