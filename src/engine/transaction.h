#pragma once

// Transactions over many statements. `Engine::begin` makes one; a statement runs in it when its
// context names it (`exec::QueryContext::transaction`). docs/notes/0018, (d), says what each level
// of isolation promises.
//
//   auto transaction = engine.begin({});
//   context.transaction = transaction.get();
//   engine.write(writes, context); engine.query(plan, context); …
//   TRY(const Lsn lsn, transaction->commit(context));   // then `when_durable`
//
// Plain reads look at the transaction's view, through what it has written itself. Writes look at
// the newest state, under locks that are kept to the end. READ COMMITTED: each statement has a view
// of its own. REPEATABLE READ: one view, of when the first plain read began. SERIALIZABLE: each
// statement has a view of its own, and a commit is a `conflict` when something that was read has
// changed since, rows and ranges: so all happened at the moment of the commit. Where nothing was
// written it is enough that all reads were so at one moment. Its user may lock the rows of plain
// reads shared (`Engine::lock_rows`), as MySQL does, so that others wait instead.

#include <cstdint>
#include <string_view>

#include "base/durability.h"
#include "base/lsn.h"
#include "base/result.h"
#include "base/retry_token.h"
#include "exec/context.h"
#include "exec/transaction.h"
#include "txn/lock_table.h"

namespace octavo::engine {

using LockMode = txn::LockMode;

enum class Isolation : std::uint8_t { read_committed, repeatable_read, serializable };

struct TransactionOptions {
  Isolation isolation = Isolation::repeatable_read;
  bool view_now = false;  // the view is taken at once and not by the first plain read
};

// Belongs to one client; one thread at a time uses it. Destroying it rolls back. Queries that run
// in it end before it does, and it before the engine is closed.
class Transaction : public exec::Transaction {
 public:
  virtual const TransactionOptions& options() const = 0;
  // Committed or rolled back: by its user, or because it was the victim of a deadlock. Statements
  // are refused then.
  virtual bool ended() const = 0;
  // Whether rows were written, be it to what they were before: a commit may have something to do.
  // (What was taken back by `rollback_to` does not count.)
  virtual bool has_written() const = 0;
  // What an acknowledgement of its commit promises by the tables that it wrote to. Before it ends.
  virtual Durability durability() const = 0;

  // Whether `commit` may say anything but that all is well: something is written, or what was read
  // has to be held against what others did.
  virtual bool has_to_commit() const = 0;

  // Something is read again and again, until it is of rows that are locked: of what was read since
  // the last call only the last counts for the commit. Until `end_reading`.
  virtual void begin_reading() = 0;
  virtual void end_reading() = 0;

  // Before each statement of the client's that consists of several calls of the engine: those that
  // follow share a view, where it is not the transaction's. Without it each call is a statement.
  virtual void begin_statement() = 0;
  // Takes back what was written since `begin_statement`; its locks stay. A call that fails leaves
  // nothing of itself in any case.
  virtual void undo_statement() = 0;

  // The same name again replaces it. `resource_exhausted`: the transaction has no more memory.
  virtual Status savepoint(std::string_view name) = 0;
  virtual Status rollback_to(std::string_view name) = 0;  // `not_found`; it stays, later ones go
  virtual Status release(std::string_view name) = 0;      // `not_found`; and later ones

  // Waits for the verdict, so on a worker; `would_block` where the context may not wait and it
  // would have to: it goes on. Else ended either way. `conflict`: nothing was written;
  // `indeterminate`: it may have been. The position is that of its record, to be waited for by
  // `Engine::when_durable`; where nothing was written there is nothing to wait for.
  virtual Result<Lsn> commit(exec::QueryContext& context) = 0;
  virtual void rollback() = 0;

  // What its record keeps, so that the commit is known when it comes again (`Engine::retried`).
  virtual void set_retry(RetryToken token) = 0;
};

// The one that a statement runs in; null: none.
inline Transaction* transaction_of(const exec::QueryContext& context) {
  return static_cast<Transaction*>(context.transaction);  // the engine makes all that there are
}

}  // namespace octavo::engine
