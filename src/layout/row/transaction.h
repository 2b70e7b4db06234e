#pragma once

// The rows of a transaction over many statements: what it has written, the locks that it holds for
// that, and how it commits. Statements write by `write_rows` and read through `view`. Nothing is in
// the store before it commits.
//
// What is kept is charged to a pool; a statement that does not get it fails with
// `resource_exhausted`.

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <vector>

#include "exec/write.h"
#include "index/index_set.h"
#include "index/maintainer.h"
#include "kv/view.h"
#include "layout/row/unique_keys.h"
#include "txn/lock_table.h"
#include "txn/read_watch.h"
#include "txn/sequencer.h"

namespace octavo::layout {

// After so much work on the entries of one row the clock is read.
inline constexpr std::int64_t kNotableSteps = 1000;

// The verdict; `would_block` where the context may not wait and it would have to: nothing is
// submitted then.
Result<txn::Verdict> commit_record(txn::Sequencer& sequencer, const txn::Transaction& record,
                                   const txn::PreparedRows& rows, const exec::QueryContext& query);

class RowTransaction {
 public:
  // It takes at most `limit_bytes` of `memory`.
  RowTransaction(txn::LockTable& locks, MemoryPool& memory, std::size_t limit_bytes)
      : memory_("The memory of the transaction", limit_bytes, &memory),
        locks_(locks),
        owner_(locks, TransactionId{}),
        changes_(std::make_shared<kv::Overlay>(memory_)) {}

  txn::LockOwner& owner() { return owner_; }
  // So many bytes for what belongs to it.
  Status charge(std::size_t bytes) {
    is_charged_ = true;
    return changes_->charge(bytes);
  }
  void give_back(std::size_t bytes) { changes_->give_back(bytes); }
  // Pays for the locks that it has come to hold.
  Status charge_locks();

  // Locks rows, there or not, as the context's statement waits for locks. Which of them it has now:
  // all, unless the statement skips those that others hold.
  Result<std::vector<bool>> lock(TableId table, std::span<const value::Value> keys,
                                 txn::LockMode mode, exec::QueryContext& query);

  // The store as it is (at the snapshot, or the newest), through what was written so far.
  kv::View view(const kv::Store& store, kv::SnapshotPointer snapshot) const;
  // The same for what must be still so when the transaction commits. At the snapshot, which is of
  // `at`; after `watch_reads`.
  kv::View watched_view(const kv::Store& store, kv::SnapshotPointer snapshot, Lsn at) const;
  // Before anything is read: a commit wants what `watched_view` has shown to be still so.
  void watch_reads(txn::Sequencer& sequencer);
  // All of a table was read at `at` or later: on a shared log, where nothing is watched. The record
  // tells, and there is one even if nothing was written.
  Status reads_table(TableId table, Lsn at) {
    reads_tables_ = true;
    return reads_key(txn::table_rows_hash(table), at);
  }
  // Null: nothing is watched.
  txn::ReadWatch* watch() { return watch_.get(); }
  // Whether something is written that was not taken back.
  bool has_written() const {
    return !changes_->empty() && changes_->view()->changes(kv::Family::rows, {}, {});
  }
  // Nothing was ever written, also of what was taken back: every mark is the same.
  bool is_untouched() const { return changes_->empty(); }
  bool has_written(TableId table) const;
  // What the tables that it has written to ask of a commit: the strictest of it.
  Durability durability() const;

  // Before rows of a table are written or, where it has some of its own, read. `conflict`, and
  // `definition_changed` of the context: since its first row was written the table has become one
  // that would not take it as it is.
  Status use_table(const exec::TableDefinitionPtr& table, exec::QueryContext& query);
  Status check_table(const catalog::TableDefinition& table, exec::QueryContext& query) const;

  // A row that is locked exclusively for good, as it becomes. `stored`: what a reader of `view` had
  // of it at `read_at` or later, once it was locked. On an error some of it may be written: go back
  // to a mark.
  struct Row {
    BytesView key;
    std::optional<BytesView> stored;
    Lsn read_at;
    std::optional<BytesView> after;
    bool whole = false;  // exec::RowEdit
  };
  Status write(TableId table, const index::IndexSet* indexes, const Row& row,
               exec::QueryContext& query);
  // A key in a unique index that a row takes, locked exclusively for good.
  Status take_key(const UniqueKey& taken, TableId table, BytesView key);
  // What is written depends on what the table is declared as.
  void reads_definition(TableId table) { definitions_read_.insert(table); }
  // What is written depends on what was found, at `read_at` or later, under a key; or is found by
  // others under it.
  Status reads_key(txn::KeyHash key, Lsn read_at);
  Status writes_key(txn::KeyHash key);

  using Mark = kv::Overlay::Moment;
  Mark mark() { return changes_->mark(); }
  void release(Mark mark) { changes_->release(mark); }
  void undo_to(Mark mark) { changes_->undo_to(mark); }

  // What the record keeps, where there is one.
  void set_retry(RetryToken token) { retry_ = std::move(token); }
  // Waits for the verdict. Its position; nothing: there was nothing to commit. Locks stay.
  struct Target {
    txn::Sequencer& sequencer;
    const kv::Store& engine;
    index::IndexSets& indexes;
    // The newest definition of a table; null when it is gone.
    std::function<exec::TableDefinitionPtr(TableId table)> definition;
  };
  Result<std::optional<Lsn>> commit(const Target& target, exec::QueryContext& query);

  // Lets go of everything: it has ended.
  void clear();

 private:
  // As it was before the transaction.
  struct Before {
    std::optional<Bytes> document;
    Lsn read_at;
    std::size_t paid_after = 0;  // for what it becomes, in the record
    bool whole = false;          // the last that was written of it
  };
  struct TakenKey {
    UniqueKey key;
    TableId table{};
    Bytes row;
  };
  struct Change;

  Status put_entries(TableId table, const index::IndexSet& indexes, const Row& row,
                     exec::QueryContext& query);
  std::vector<Change> all_changes(const kv::OverlayView& own) const;
  Status build(const Target& target, const std::vector<Change>& changes, const kv::OverlayView& own,
               exec::QueryContext& query);
  Status look_at_tables(const Target& target, const std::vector<Change>& changes,
                        exec::QueryContext& query);
  Status look_at_keys_again(const Target& target, kv::ReadTier tier);

  MemoryPool memory_;
  txn::LockTable& locks_;
  txn::LockOwner owner_;
  std::size_t paid_locks_ = 0;
  std::shared_ptr<kv::Overlay> changes_;
  bool is_charged_ = false;                             // beside the changes
  std::map<TableId, exec::TableDefinitionPtr> tables_;  // as they were when first written
  std::map<Bytes, Before, std::less<>> before_;         // by key in the family `rows`
  // By the entry that each makes. One that rows passed on has several, of which one is there.
  std::map<Bytes, TakenKey> taken_;
  std::set<TableId> definitions_read_;
  std::map<txn::KeyHash, Lsn> keys_read_;  // where first
  std::set<txn::KeyHash> keys_written_;
  std::shared_ptr<txn::ReadWatch> watch_;
  bool reads_tables_ = false;
  std::optional<RetryToken> retry_;

  txn::TransactionBuilder builder_;
  index::EntryChanges entries_;
  std::size_t paid_entries_ = 0;
};

}  // namespace octavo::layout
