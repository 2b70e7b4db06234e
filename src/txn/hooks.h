#pragma once

// What the sequencer calls, so that folders above `txn` take part in a commit. The engine
// wires them. All are called by the holder of the sequencer role, in log order, and must be
// deterministic functions of their arguments and the state before: no clock, no random, no locale.

#include <cstdint>
#include <optional>
#include <span>

#include "base/bytes.h"
#include "base/id.h"
#include "base/lsn.h"
#include "base/result.h"
#include "kv/write_batch.h"
#include "txn/transaction.h"

namespace octavo::txn {

struct RowChange {
  TableId table{};
  BytesView key;
  std::optional<BytesView> before;  // documents
  std::optional<BytesView> after;
};

// What the submitter of a transaction worked out ahead about the rows that it changes, so that the
// holder of the sequencer role need not. Made and understood by `index`; never in the log.
struct PreparedRows {
  virtual ~PreparedRows() = default;
};

// Synchronous indexes: adds the entries that follow from a row's change to the batch that writes
// the row. Cannot fail: a value that cannot be indexed has no entry.
class RowHook {
 public:
  virtual ~RowHook() = default;
  virtual void on_change(const RowChange& change, Lsn lsn, kv::WriteBatch& batch) = 0;
  // The same for all rows of a transaction at once. False, and nothing is added, when what was
  // prepared is for other definitions than those in force: `on_change` is called for each then.
  virtual bool use_prepared(const PreparedRows& prepared, kv::WriteBatch& batch) = 0;
};

// Catalog changes: adds them to the batch; they are published to readers in `on_applied`, after the
// batch was applied and before any later row change is seen by RowHook. A transaction with DDL gets
// a record of its own; row changes in the same transaction see the catalog as it was before.
class DdlHook {
 public:
  virtual ~DdlHook() = default;
  // An error says that this version cannot read the change, or not act on it: nothing of the record
  // is applied, and nothing after it. `on_discarded` follows.
  virtual Status on_ddl(BytesView ddl, Lsn lsn, std::int64_t time_ns, kv::WriteBatch& batch) = 0;
  virtual void on_applied(Lsn lsn) = 0;
  // The batch was not applied. For want of disk space: then all of it will come again.
  virtual void on_discarded() = 0;
};

// Pre-parsed commands of the connection that submitted; defined by `keyspace`, opaque here.
class LocalCommands;

struct KeyspaceTransaction {
  std::uint32_t first_op = 0;      // index of its first operation within the record
  OpsView ops;                     // of every kind; the hook executes the KeyspaceOps
  LocalCommands* local = nullptr;  // set for a submission of ours: execute and answer from this
};
struct KeyspaceRecord {
  Lsn lsn;
  Lsn next;
  std::int64_t time_ns = 0;
  std::span<const KeyspaceTransaction> transactions;
};

class KeyspaceHook {
 public:
  virtual ~KeyspaceHook() = default;
  // The last position that its state contains; asked once, before replay starts. Records up to it
  // are not shown.
  virtual Lsn applied() const = 0;
  // The committed transactions of one record that have keyspace operations, all at once. An error
  // says that this version cannot read an operation: nothing after the record is applied. Those of
  // ours (`local`) can always be read.
  virtual Status apply(const KeyspaceRecord& record) = 0;
};

struct CommittedTransaction {
  std::uint32_t position = 0;  // among the record's transactions, aborted ones included
  std::uint32_t first_op = 0;  // index of its first operation within the record, likewise
  TransactionId id{};
  Effects effects;
  OpsView ops;
};
struct CommittedRecord {
  Lsn lsn;
  Lsn next;
  std::int64_t time_ns = 0;
  std::span<const CommittedTransaction> transactions;
};

// Feeds. Called after the record was applied and before its submitters are answered, for records
// with at least one committed transaction; not during replay. Views die with the call. Quick:
// everybody waits.
class CommitListener {
 public:
  virtual ~CommitListener() = default;
  virtual void on_commit(const CommittedRecord& record) = 0;
};

struct Hooks {
  RowHook* rows = nullptr;
  DdlHook* ddl = nullptr;
  KeyspaceHook* keyspace = nullptr;
};

}  // namespace octavo::txn
