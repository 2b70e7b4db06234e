#include "layout/row/transaction.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <tuple>

#include "catalog/change.h"
#include "index/table_reader.h"
#include "index/unique.h"
#include "layout/row/locking.h"
#include "txn/row_format.h"
#include "value/key.h"

namespace octavo::layout {
namespace {

using Found = kv::OverlayView::Found;

// About what a lock takes in the table of locks.
constexpr std::size_t kLockBytes = 192;
// A row that is written, beside the bytes of it: as it was, and as a change of the record.
constexpr std::size_t kBeforeBytes = 256;
constexpr std::size_t kTakenBytes = 224;
constexpr std::size_t kKeyBytes = 80;
// Another try after a change of definitions that does not concern the rows.
constexpr int kMaxAttempts = 10;
// What a table is to those who write its rows.
Bytes as_written(const catalog::TableDefinition& table) {
  catalog::Change change = catalog::PutTable{table};
  auto& put = std::get<catalog::PutTable>(change).table;
  put.name.clear();
  put.options = {};
  for (auto& index : put.indexes) index.ready = true;
  return catalog::encode_changes(std::span(&change, 1));
}

std::unexpected<Error> changed_definition(const catalog::TableDefinition& table,
                                          exec::QueryContext& query) {
  query.definition_changed = true;
  return fail(Code::conflict,
              fmt::format("The definition of table `{}` has changed since the transaction wrote to "
                          "it; try the transaction again.",
                          table.name));
}

std::unexpected<Error> read_too_early() {
  return fail(Code::conflict,
              "What the transaction has read was changed by another; try the transaction again.");
}

std::optional<BytesView> view_of(const std::optional<Bytes>& bytes) {
  return bytes ? std::optional<BytesView>(*bytes) : std::nullopt;
}

// A commit of more rows is long for a thread that others wait for.
constexpr std::size_t kFewRows = 64;

}  // namespace

Result<txn::Verdict> commit_record(txn::Sequencer& sequencer, const txn::Transaction& record,
                                   const txn::PreparedRows& rows, const exec::QueryContext& query) {
  if (query.may_wait) return sequencer.commit(record, nullptr, &rows);
  auto verdict = sequencer.try_commit(record, &rows);
  if (!verdict) return fail(Code::would_block, "Others commit.");
  return *std::move(verdict);
}

// A row that the transaction leaves other than it was.
struct RowTransaction::Change {
  TableId table{};
  BytesView key;
  const Before* was = nullptr;
  std::optional<BytesView> after;
};

Status RowTransaction::charge_locks() {
  const std::size_t held = owner_.held();
  if (held <= paid_locks_) return {};
  TRY_STATUS(charge((held - paid_locks_) * kLockBytes));
  paid_locks_ = held;
  return {};
}

Result<std::vector<bool>> RowTransaction::lock(TableId table, std::span<const value::Value> keys,
                                               txn::LockMode mode, exec::QueryContext& query) {
  const bool to_write = mode == txn::LockMode::exclusive;
  TRY_STATUS(take_table_lock(locks_, owner_, table,
                             to_write ? txn::LockMode::shared : txn::LockMode::looking, query));
  std::vector<std::pair<txn::KeyHash, std::size_t>> wanted;
  wanted.reserve(keys.size());
  for (std::size_t i = 0; i < keys.size(); ++i) {
    wanted.emplace_back(txn::row_hash(table, value::encoded_key(keys[i])), i);
  }
  std::ranges::sort(wanted);
  std::vector<bool> locked(keys.size(), true);
  const bool skips = query.lock_wait.how == exec::LockWait::How::skip;
  for (const auto& [key, place] : wanted) {
    if (skips) {
      locked[place] = locks_.try_lock(owner_, key, mode);
    } else {
      TRY_STATUS(take_lock(locks_, owner_, key, mode, query));
    }
  }
  TRY_STATUS(charge_locks());
  return locked;
}

kv::View RowTransaction::view(const kv::Store& store, kv::SnapshotPointer snapshot) const {
  return {store, std::move(snapshot), changes_->empty() ? nullptr : changes_->view()};
}

void RowTransaction::watch_reads(txn::Sequencer& sequencer) {
  watch_ = std::make_shared<txn::ReadWatch>(sequencer.watches());
}

kv::View RowTransaction::watched_view(const kv::Store& store, kv::SnapshotPointer snapshot,
                                      Lsn at) const {
  return {store, std::move(snapshot), changes_->empty() ? nullptr : changes_->view(),
          watch_->notes_at(at)};
}

bool RowTransaction::has_written(TableId table) const {
  return !changes_->empty() && changes_->view()->changes(kv::Family::rows, txn::table_begin(table),
                                                         txn::table_end(table));
}

Durability RowTransaction::durability() const {
  Durability out = Durability::memory;
  for (const auto& [id, table] : tables_) {
    if (has_written(id)) out = std::max(out, table->durability);
  }
  return out;
}

Status RowTransaction::check_table(const catalog::TableDefinition& table,
                                   exec::QueryContext& query) const {
  const auto known = tables_.find(table.id);
  if (known == tables_.end() || known->second.get() == &table) return {};
  if (as_written(*known->second) == as_written(table)) return {};
  return changed_definition(table, query);
}

Status RowTransaction::use_table(const exec::TableDefinitionPtr& table, exec::QueryContext& query) {
  TRY_STATUS(check_table(*table, query));
  tables_[table->id] = table;
  return {};
}

Status RowTransaction::write(TableId table, const index::IndexSet* indexes, const Row& row,
                             exec::QueryContext& query) {
  const std::size_t stored = row.stored ? row.stored->size() : 0;
  const std::size_t after = row.after ? row.after->size() : 0;
  const Bytes key = txn::row_key(table, row.key);
  // A copy of both is made for the record: of what it becomes, the largest so far.
  auto known = before_.find(key);
  const std::size_t paid = known == before_.end() ? 0 : known->second.paid_after;
  TRY_STATUS(charge((known == before_.end() ? kBeforeBytes + 2 * (key.size() + stored) : 0) +
                    (after > paid ? after - paid : 0)));
  if (known == before_.end()) {
    const auto document = row.stored ? std::optional<Bytes>(*row.stored) : std::nullopt;
    known = before_.emplace(key, Before{document, row.read_at}).first;
    owner_.set_weight(before_.size());
  }
  known->second.paid_after = std::max(paid, after);
  known->second.whole = row.whole;
  if (indexes != nullptr) TRY_STATUS(put_entries(table, *indexes, row, query));
  if (row.after) {
    Bytes value;
    value.reserve(txn::kRowHeaderSize + after);
    txn::put_row_header(value, Lsn::zero());  // where it will be is not known
    value.append(*row.after);
    TRY_STATUS(changes_->put(kv::Family::rows, key, value));
  } else {
    TRY_STATUS(changes_->erase(kv::Family::rows, key));
  }
  return {};
}

// A row of ours has all its entries here, as those that the store has for it are not looked at.
Status RowTransaction::put_entries(TableId table, const index::IndexSet& indexes, const Row& row,
                                   exec::QueryContext& query) {
  const auto own = changes_->view();
  const bool is_ours =
      own->find(kv::Family::rows, txn::row_key(table, row.key)).found == Found::value;
  std::int64_t steps = 0;
  for (const auto& index : indexes.indexes) {
    std::vector<Bytes> before;
    std::vector<Bytes> after;
    if (is_ours && row.stored) before = index::index_entries(*index, *row.stored, row.key, steps);
    if (row.after) after = index::index_entries(*index, *row.after, row.key, steps);
    for (const Bytes& entry : before) {
      if (std::ranges::binary_search(after, entry)) continue;
      TRY_STATUS(changes_->erase(kv::Family::index, entry));
    }
    for (const Bytes& entry : after) {
      if (std::ranges::binary_search(before, entry)) continue;
      TRY_STATUS(changes_->put(kv::Family::index, entry, {}));
    }
  }
  return steps < kNotableSteps ? Status() : query.evaluation.check_now();
}

Status RowTransaction::take_key(const UniqueKey& taken, TableId table, BytesView key) {
  Bytes entry = txn::index_begin(taken.index).append(taken.entry).append(key);
  if (!taken_.contains(entry)) {
    TRY_STATUS(charge(kTakenBytes + 2 * (taken.entry.size() + key.size())));
  }
  taken_.insert_or_assign(std::move(entry), TakenKey{taken, table, Bytes(key)});
  return {};
}

Status RowTransaction::reads_key(txn::KeyHash key, Lsn read_at) {
  if (keys_read_.contains(key)) return {};
  TRY_STATUS(charge(kKeyBytes));
  keys_read_.emplace(key, read_at);
  return {};
}

Status RowTransaction::writes_key(txn::KeyHash key) {
  if (keys_written_.contains(key)) return {};
  TRY_STATUS(charge(kKeyBytes));
  keys_written_.insert(key);
  return {};
}

std::vector<RowTransaction::Change> RowTransaction::all_changes(const kv::OverlayView& own) const {
  std::vector<Change> out;
  out.reserve(before_.size());
  for (const auto& [row_key, was] : before_) {
    const auto now = own.find(kv::Family::rows, row_key);
    Change change{txn::table_of(row_key), txn::primary_key_of(row_key), &was, {}};
    if (now.found == Found::nothing) continue;  // taken back
    if (now.found == Found::value) change.after = now.value.substr(txn::kRowHeaderSize);
    if (change.after == view_of(was.document)) continue;
    out.push_back(change);
  }
  // What was read at one place is together: the place is said once.
  std::ranges::sort(out, {}, [](const Change& change) {
    return std::tuple(change.was->read_at, change.table, change.key);
  });
  return out;
}

Status RowTransaction::look_at_tables(const Target& target, const std::vector<Change>& changes,
                                      exec::QueryContext& query) {
  entries_.start();
  std::set<TableId> written;
  for (const Change& change : changes) written.insert(change.table);
  std::set<TableId> concerned = definitions_read_;
  concerned.insert(written.begin(), written.end());
  for (const TableId id : concerned) {
    auto now = target.definition(id);
    if (now == nullptr) {
      query.definition_changed = true;
      return fail(
          Code::conflict,
          fmt::format("Table `{}`, which the transaction {}, does not exist any more.",
                      tables_.at(id)->name, written.contains(id) ? "wrote to" : "depends on"));
    }
    TRY_STATUS(use_table(now, query));
    builder_.read_key(txn::schema_hash(id));
    if (written.contains(id)) entries_.add_table(std::move(now));
  }
  return {};
}

// The record: definitions are read at its snapshot, each row and key where it says.
Status RowTransaction::build(const Target& target, const std::vector<Change>& changes,
                             const kv::OverlayView& own, exec::QueryContext& query) {
  builder_.clear();
  builder_.set_snapshot(target.sequencer.read_point());
  if (retry_) builder_.set_retry(*retry_);
  TRY_STATUS(look_at_tables(target, changes, query));
  for (const Change& change : changes) {
    TRY_STATUS(query.check());
    builder_.read_at(change.was->read_at);
    const auto before = view_of(change.was->document);
    if (change.after) {
      builder_.put(change.table, change.key, before, *change.after, change.was->whole);
    } else {
      builder_.erase(change.table, change.key, *before);
    }
    const auto& table = tables_.at(change.table);
    if (table->indexes.empty()) continue;
    index::add_entry_changes(*target.indexes.of(table),
                             {change.table, change.key, before, change.after}, entries_.batch());
    if (entries_.batch().bytes() <= paid_entries_) continue;
    // It grows by as much again, so that it seldom does.
    TRY_STATUS(charge(2 * entries_.batch().bytes() - paid_entries_));
    paid_entries_ = 2 * entries_.batch().bytes();
  }
  for (const auto& [entry, taken] : taken_) {
    if (own.find(kv::Family::index, entry).found != Found::value) continue;  // given back
    builder_.read_at(taken.key.read_at);
    builder_.write_key(index::unique_hash(taken.key.index, taken.key.entry));
  }
  for (const auto& [hash, read_at] : keys_read_) {
    builder_.read_at(read_at);
    builder_.read_key(hash);
  }
  // What was committed up to now is looked at here and not while others wait.
  if (watch_ != nullptr) {
    if (!watch_->still_so()) return read_too_early();
    builder_.watch_reads(*watch_);
  }
  if (keys_written_.empty()) return {};
  builder_.read_at(target.sequencer.read_point());
  for (const txn::KeyHash hash : keys_written_) builder_.write_key(hash);
  return {};
}

// Keys in unique indexes have no version that would tell that nobody took them since.
Status RowTransaction::look_at_keys_again(const Target& target, kv::ReadTier tier) {
  const Lsn now = target.sequencer.read_point();
  const kv::View newest = view(target.engine, nullptr);
  for (auto& [entry, taken] : taken_) {
    TRY(const auto holder,
        index::holder_of(newest, taken.table, taken.key.index, taken.key.entry, taken.row, tier));
    if (!holder) taken.key.read_at = now;
  }
  return {};
}

Result<std::optional<Lsn>> RowTransaction::commit(const Target& target, exec::QueryContext& query) {
  if (!query.may_wait && (watch_ != nullptr || before_.size() > kFewRows)) {
    return fail(Code::would_block, "A long commit is not this thread's work.");
  }
  const auto own = changes_->view();
  const std::vector<Change> changes = all_changes(*own);
  if (changes.empty() && !reads_tables_) {
    if (watch_ != nullptr && !watch_->was_so_at_once()) return read_too_early();
    return std::nullopt;
  }
  for (int attempt = 0;; ++attempt) {
    TRY_STATUS(build(target, changes, *own, query));
    const auto record = builder_.finish();
    if (!record) {
      return fail(Code::resource_exhausted,
                  fmt::format("The transaction is too large: {}.", record.error().what));
    }
    TRY(const txn::Verdict verdict, commit_record(target.sequencer, **record, entries_, query));
    if (verdict.status) return verdict.lsn;
    if (verdict.status.error().code != Code::conflict || attempt == kMaxAttempts) {
      return fail(verdict.status.error());
    }
    const bool is_overtaken = reads_tables_ || (watch_ != nullptr && !watch_->still_so());
    if (is_overtaken) return read_too_early();
    // Rows are as they were read, or it is in vain: they are locked.
    TRY_STATUS(
        look_at_keys_again(target, query.may_wait ? kv::ReadTier::any : kv::ReadTier::cache_only));
  }
}

void RowTransaction::clear() {
  locks_.release_all(owner_);
  owner_.set_weight(0);
  paid_locks_ = 0;
  paid_entries_ = 0;
  if (is_charged_ || !changes_->empty()) changes_ = std::make_shared<kv::Overlay>(memory_);
  is_charged_ = false;
  before_.clear();
  taken_.clear();
  definitions_read_.clear();
  keys_read_.clear();
  keys_written_.clear();
  watch_.reset();
  reads_tables_ = false;
  retry_.reset();
  tables_.clear();
  builder_.clear();
  entries_.start();
}

}  // namespace octavo::layout
