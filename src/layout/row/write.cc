#include "layout/row/write.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>

#include "base/assert.h"
#include "base/limits.h"
#include "index/maintainer.h"
#include "index/table_reader.h"
#include "index/unique.h"
#include "layout/row/references.h"
#include "layout/row/source.h"
#include "layout/row/unique_keys.h"
#include "value/account.h"
#include "value/document.h"
#include "value/key.h"

namespace octavo::layout {
namespace {

using value::Value;

// Losing a race repeatedly needs a writer that takes no locks (another node, DDL in a loop).
constexpr int kMaxAttempts = 100;
constexpr int kMaxDeadlocks = 8;
// Rows are read ahead of their decisions, so that reads share their costs: so many at most, and
// fewer when rows like those before would come to more bytes.
constexpr std::size_t kFirstRead = 16;
constexpr std::size_t kMaxRead = 256;
constexpr std::size_t kReadBytes = kMiB;

class Writer {
 public:
  Writer(const WriteTarget& target, const exec::RowWrites& writes, exec::QueryContext& query)
      : target_(target),
        writes_(writes),
        query_(query),
        transaction_(target.transaction),
        reader_(kv::View(target.engine, nullptr)),
        own_locks_(target.locks, TransactionId{}),
        owner_(transaction_ == nullptr ? own_locks_ : transaction_->owner()) {}

  Result<exec::RowWritesDone> run() {
    done_.rows.resize(writes_.keys.size());
    keys_.reserve(writes_.keys.size());
    for (const Value& key : writes_.keys) keys_.push_back(value::encoded_key(key));
    if (transaction_ != nullptr && query_.checks_references) references_.emplace(target_, query_);
    if (transaction_ != nullptr) return run_in_transaction();
    int deadlocks = 0;
    for (std::size_t from = 0; from < writes_.keys.size() && !given_up_;) {
      const auto next = lock_and_write_part(from);
      if (next) {
        from = *next;
        continue;
      }
      if (query_.definition_changed) {
        done_.rows.resize(from);
        return std::move(done_);
      }
      // Of this part nothing is written: without its locks it may begin again.
      const bool deadlock = query_.lock_refusal == exec::LockRefusal::deadlock;
      if (!deadlock || ++deadlocks == kMaxDeadlocks) {
        return fail(done_.changed ? partly_done(next.error()) : next.error());
      }
      query_.lock_refusal = exec::LockRefusal::none;
      target_.locks.release_all(owner_);
      locked_ = false;
    }
    return std::move(done_);
  }

 private:
  // A row as this part of the write sees it.
  struct Slot {
    explicit Slot(value::Account* account) : held(account) {}

    std::optional<Bytes> stored;   // the document before
    std::optional<Value> current;  // the row now, decoded when first needed
    bool decoded = false;
    bool changed = false;
    bool whole = false;      // exec::RowEdit, of the last one
    Bytes document;          // of a changed row that is there
    value::Charge held;      // for it, and what the transaction has of it and of the one before
    kv::WriteBatch entries;  // what the change does to indexes
    std::vector<UniqueKey> taken;
    // Whether these are all keys of the row in unique indexes, and what finding them took.
    bool takes_all = false;
    std::int64_t steps = 0;
  };

  Result<exec::RowWritesDone> run_in_transaction() {
    const RowTransaction::Mark before = transaction_->mark();
    const Status written = write_all();
    ASSERT(!moved_ || !written);
    if (moved_) transaction_->release(moved_->mark);
    if (!written || given_up_) transaction_->undo_to(before);
    transaction_->release(before);
    TRY_STATUS(written);
    if (given_up_) done_.changed = false;
    return std::move(done_);
  }

  // Rows are locked until the transaction ends, so nobody comes in between.
  Status write_all() {
    TRY_STATUS(lock());
    for (std::size_t from = 0; from < writes_.keys.size() && !given_up_;) {
      TRY_STATUS(query_.check());
      begin_part();
      read_at_ = target_.sequencer.read_point();
      is_reader_old_ = true;
      TRY_STATUS(look_at_table());
      TRY_STATUS(transaction_->use_table(table_, query_));
      TRY(const std::size_t next, decide_rows(from));
      if (given_up_) return {};
      if (!is_referring()) TRY_STATUS(hand_over(from, next, read_at_));
      from = next;
    }
    return {};
  }

  Status hand_over(std::size_t from, std::size_t next, const Lsn& read_at) {
    TRY_STATUS(transaction_->charge_locks());
    for (std::size_t i = from; i < next; ++i) {
      const Bytes& key = keys_[i];
      TRY_STATUS(hand_over(key, slots_.at(BytesView(key)), read_at));
    }
    return {};
  }

  Status hand_over(const Bytes& key, Slot& slot, const Lsn& read_at) {
    if (!slot.changed) return {};
    slot.changed = false;  // a repeated key is written once
    RowTransaction::Row row{key, std::nullopt, read_at, std::nullopt, slot.whole};
    if (slot.stored) row.stored = *slot.stored;
    if (slot.current) row.after = slot.document;
    if (!row.stored && !row.after) return {};
    TRY_STATUS(transaction_->write(writes_.table, indexes_.get(), row, query_));
    for (const UniqueKey& taken : slot.taken) {
      TRY_STATUS(transaction_->take_key(taken, writes_.table, key));
    }
    done_.changed = true;
    return {};
  }

  bool is_referring() const { return references_ && has_references(*table_); }

  // A row with references is written at once, so that rows after it see it and what came of it. An
  // error leaves everything as it was before the row, or before the one that has moved to it.
  Status hand_over_alone(std::size_t i, Slot& slot, const std::optional<Value>& before,
                         bool moves) {
    const RowTransaction::Mark mark = transaction_->mark();
    Status done = hand_over(keys_[i], slot, read_at_);
    if (done && moves && before) {
      moved_.emplace(Moved{mark, before});
      forget(slot);
      return done;
    }
    const std::optional<Moved> moved = std::exchange(moved_, std::nullopt);
    const std::optional<Value>& was = moved ? moved->before : before;
    if (done) done = refer(i, was, slot.current);
    if (!done) {
      transaction_->undo_to(moved ? moved->mark : mark);
      slots_.clear();
    } else {
      forget(slot);
    }
    if (moved) transaction_->release(moved->mark);
    transaction_->release(mark);
    return done;
  }

  Status refer(std::size_t i, const std::optional<Value>& before,
               const std::optional<Value>& after) {
    std::optional<catalog::Violation> broken;
    Status done = references_->changed(table_, before ? &*before : nullptr,
                                       after ? &*after : nullptr, broken);
    if (broken) done_.violations[i] = *std::move(broken);
    return done;
  }

  // The transaction has it now.
  void forget(Slot& slot) {
    slot.stored = slot.current ? std::optional(std::move(slot.document)) : std::nullopt;
    slot.document.clear();
    slot.taken.clear();
    free_.clear();
    taken_.clear();
    is_reader_old_ = true;
  }

  // Sees what was handed over.
  const index::TableReader& reader() {
    if (is_reader_old_) reader_ = index::TableReader(transaction_->view(target_.engine, nullptr));
    is_reader_old_ = false;
    return reader_;
  }

  Status lock() {
    std::vector<txn::KeyHash> hashes;
    hashes.reserve(keys_.size());
    for (const Bytes& key : keys_) hashes.push_back(txn::row_hash(writes_.table, key));
    std::ranges::sort(hashes);
    const auto repeats = std::ranges::unique(hashes);
    hashes.erase(repeats.begin(), repeats.end());
    if (target_.ruled || transaction_ != nullptr) {
      TRY_STATUS(
          take_table_lock(target_.locks, owner_, writes_.table, txn::LockMode::shared, query_));
    }
    for (const txn::KeyHash hash : hashes) TRY_STATUS(lock(hash, txn::LockMode::exclusive));
    return {};
  }
  Status lock(txn::KeyHash key, txn::LockMode mode) {
    return take_lock(target_.locks, owner_, key, mode, query_);
  }

  void begin_part() {
    left_.reset();
    slots_.clear();
    free_.clear();
    taken_.clear();
  }

  Result<std::size_t> lock_and_write_part(std::size_t from) {
    if (!locked_) TRY_STATUS(lock());
    locked_ = true;
    return write_part(from);
  }

  // Writes rows from `from` on until they are all written or the transaction is large; returns
  // where to go on.
  Result<std::size_t> write_part(std::size_t from) {
    for (int attempt = 0; attempt < kMaxAttempts; ++attempt) {
      TRY_STATUS(query_.check());
      builder_.clear();
      begin_part();
      done_.violations.erase(done_.violations.lower_bound(from), done_.violations.end());
      const Lsn snapshot = target_.sequencer.read_point();
      TRY_STATUS(look_at_table());
      TRY(const std::size_t next, decide_rows(from));
      if (given_up_ || !build(from, next, snapshot)) return next;
      if (writes_.done_before) {
        ASSERT(from == 0 && next == keys_.size());
        TRY(const RetryToken token, writes_.done_before());
        builder_.set_retry(token);
      }
      TRY(const auto* const transaction, builder_.finish());
      TRY(const txn::Verdict verdict, commit(*transaction));
      if (verdict.status) {
        done_.lsn = verdict.lsn;
        done_.changed = true;
        done_.durability = table_->durability;
        return next;
      }
      if (verdict.status.error().code != Code::conflict) return fail(verdict.status.error());
    }
    return fail(
        Code::conflict,
        fmt::format("The write kept conflicting with other writes; gave up after {} attempts.",
                    kMaxAttempts));
  }

  // Where a part has been committed the others follow, whether that has to be waited for or not:
  // the write cannot begin anew.
  bool may_wait() const { return query_.may_wait || done_.changed; }
  kv::ReadTier tier() const { return may_wait() ? kv::ReadTier::any : kv::ReadTier::cache_only; }

  Result<txn::Verdict> commit(const txn::Transaction& transaction) {
    if (may_wait()) return target_.sequencer.commit(transaction, nullptr, &entries_);
    return commit_record(target_.sequencer, transaction, entries_, query_);
  }

  // A definition that is newer than the read point loses the race at the schema's key, so a write
  // that commits was decided for the table as it was then.
  Status look_at_table() {
    TRY_STATUS(target_.allowed());
    TRY(auto now, whole_table());
    if (now == table_) return {};
    if (transaction_ == nullptr && query_.checks_references && has_references(*now)) {
      query_.definition_changed = true;
      return fail(Code::conflict, "The table has got foreign keys.");
    }
    table_ = std::move(now);
    indexes_ = table_->indexes.empty() ? nullptr : target_.indexes.of(table_);
    TRY(rules_, target_.rules.of(table_));
    unique_.clear();
    if (rules_ != nullptr && indexes_ != nullptr) {
      TRY(unique_, unique_indexes(*table_, *indexes_));
    }
    if (!may_wait() && is_referring()) {
      return fail(Code::would_block, "Other rows have to be looked at.");
    }
    return writes_.decide_for ? writes_.decide_for(table_) : Status();
  }

  // An index that is not whole does not know who has a key.
  Result<exec::TableDefinitionPtr> whole_table() {
    for (;;) {
      auto now = target_.definition(writes_.table);
      if (now == nullptr) return fail(Code::not_found, "The table does not exist any more.");
      const auto* const building =
          now == table_ || !has_rules(*now) ? nullptr : building_unique_index(*now);
      if (building == nullptr) return now;
      TRY_STATUS(wait_for_index(target_, *now, *building));
    }
  }

  // The rows of the next few keys from `from` on; returns where they end.
  Result<std::size_t> read_rows(std::size_t from) {
    const std::size_t count = std::min(read_at_once_, keys_.size() - from);
    const std::span<const Bytes> keys = std::span(keys_).subspan(from, count);
    TRY(auto rows, reader().stored(writes_.table, keys, tier()));
    std::size_t bytes = 0;
    for (std::size_t i = 0; i < count; ++i) {
      if (rows[i]) bytes += rows[i]->document.size();
      const auto [it, fresh] = slots_.try_emplace(BytesView(keys[i]), query_.evaluation.account);
      if (fresh && rows[i]) it->second.stored = std::move(rows[i]->document);
    }
    read_at_once_ = std::clamp<std::size_t>(kReadBytes / (bytes / count + 1), 1, kMaxRead);
    return from + count;
  }

  Result<std::size_t> decide_rows(std::size_t from) {
    std::size_t bytes = 0;
    std::size_t changes = 0;
    std::size_t read = from;
    for (std::size_t i = from; i < keys_.size(); ++i) {
      const bool large = bytes > kSoftTransactionBytes || changes >= exec::kSoftTransactionChanges;
      if (large && (!writes_.whole || transaction_ != nullptr) && !arrives_at(i)) return i;
      TRY_STATUS(query_.check());
      if (i >= read) {
        TRY(read, read_rows(i));
      }
      Slot& slot = slots_.at(BytesView(keys_[i]));
      auto edit = decide(i, slot);
      const std::optional<Value> before = is_referring() ? slot.current : std::nullopt;
      const bool leaves =
          moves_from(i) && edit && edit->action == exec::RowEdit::Action::erase && slot.current;
      if (leaves && !is_referring()) leave(keys_[i], slot);
      Status done = edit ? apply(i, *std::move(edit), slot) : fail(std::move(edit).error());
      if (is_referring()) {
        done = settle(i, slot, std::move(done), before, leaves);
      } else if (arrives_at(i)) {
        if (!done) TRY_STATUS(put_back());
        left_.reset();
      }
      const bool ends = !done && (function::ends_statement(done.error().code) ||
                                  query_.lock_refusal != exec::LockRefusal::none);
      if (ends) {
        return fail(std::move(done).error());
      }
      const bool failed = !done;
      done_.rows[i] = std::move(done);
      if (failed && writes_.whole) return give_up(i);
      if (failed && moves_from(i)) done_.rows[++i] = {};
      // What was read ahead may be of before.
      if (is_referring() && (failed || references_->wrote(writes_.table))) return i + 1;
      if (is_referring()) {
        ++changes;
        continue;
      }
      if (!slot.changed) continue;
      TRY_STATUS(find_entries(keys_[i], slot));
      bytes += slot.document.size() + (slot.stored ? slot.stored->size() : 0);
      changes += 1 + slot.entries.count();
    }
    return keys_.size();
  }

  // What becomes of a row with references that was decided: `done` says how that went.
  Status settle(std::size_t i, Slot& slot, Status done, const std::optional<Value>& before,
                bool moves) {
    if (done && (slot.changed || moved_)) {
      done = hand_over_alone(i, slot, before, moves);
    } else if (!done && moved_) {
      // The row stays where it was.
      transaction_->undo_to(moved_->mark);
      transaction_->release(moved_->mark);
      moved_.reset();
    }
    return done;
  }

  // Whether the row of the key moves to the one behind; whether that is the one behind.
  bool moves_from(std::size_t i) const { return std::ranges::binary_search(writes_.moves, i); }
  bool arrives_at(std::size_t i) const { return i > 0 && moves_from(i - 1); }

  // Before a row is erased that moves.
  void leave(const Bytes& key, Slot& slot) {
    left_.emplace(
        Left{key, slot, slot.current, slot.changed, slot.document, std::move(slot.held), {}});
  }

  // It stays where it was.
  Status put_back() {
    if (!left_) return {};
    for (auto& [name, taken] : left_->let_go) {
      free_.erase(name);
      if (taken) taken_.insert_or_assign(std::move(name), left_->key);
    }
    Slot& slot = left_->slot;
    slot.current = std::move(left_->current);
    slot.document = std::move(left_->document);
    slot.changed = left_->changed;
    slot.held = std::move(left_->held);
    return slot.changed ? find_entries(left_->key, slot) : Status();
  }

  // Nothing of the statement is written.
  std::size_t give_up(std::size_t failed) {
    given_up_ = true;
    done_.rows.resize(failed + 1);
    return keys_.size();
  }

  // What the table declares of its rows: the row that is stored is what they make of it.
  Status obey_rules(std::size_t i, exec::RowEdit& edit, const Slot& slot) {
    auto row = rules_->apply(slot.current ? &*slot.current : nullptr, std::move(edit.row),
                             query_.evaluation, &target_.numbers, writes_.waived_condition);
    if (!row) {
      if (row.error().violation) done_.violations[i] = *std::move(row.error().violation);
      return fail(std::move(row.error().error));
    }
    edit.row = *std::move(row);
    const Value* key = key_of(*table_, edit.row);
    if (key == nullptr || value::encoded_key(*key) != keys_[i]) {
      return fail(Code::invalid_argument,
                  fmt::format("The primary key `{}` of table `{}` is not that of the row.",
                              table_->primary_key, table_->name));
    }
    if (writes_.stored) writes_.stored(i, edit.row);
    return {};
  }

  // Takes the keys that a row gains in unique indexes: those that nobody has, neither in the table
  // nor by what this transaction did so far.
  Status take_keys(std::size_t i, const Value& row, const Bytes& document, Slot& slot) {
    const auto before = slot.current
                            ? std::optional<BytesView>(slot.changed ? slot.document : *slot.stored)
                            : std::nullopt;
    TRY(auto gained,
        lock_gained_keys({target_.sequencer, target_.locks, owner_, query_}, writes_.table, unique_,
                         before, document,
                         [&](const UniqueKey& key) { return holder_of(key, keys_[i]); }));
    if (gained.held) return has_it_already(i, row, *gained.held);
    let_go(i, before, document);
    slot.takes_all = !before && slot.taken.empty();
    slot.steps = gained.steps;
    for (UniqueKey& taken : gained.keys) {
      Bytes name = entry_name(taken.index, taken.entry);
      free_.erase(name);
      taken_.insert_or_assign(std::move(name), keys_[i]);
      slot.taken.push_back(std::move(taken));
    }
    return {};
  }

  // Keys in unique indexes that a row had and has no more, for those behind it. No document: the
  // row goes.
  void let_go(std::size_t i, std::optional<BytesView> before, std::optional<BytesView> after) {
    if (!before || i + 1 == keys_.size()) return;
    for (const index::Index* index : unique_) {
      const IndexId id = index->definition().id;
      std::vector<Bytes> lost;
      if (after) {
        std::int64_t steps = 0;
        lost = index::gained_keys(*index, after, *before, steps);
      } else {
        index->keys_of(*before, lost);
      }
      for (const Bytes& entry : lost) {
        Bytes name = entry_name(id, entry);
        const bool taken = taken_.erase(name) != 0;
        if (left_) left_->let_go.emplace_back(name, taken);
        free_.insert(std::move(name));
      }
    }
  }

  static Bytes entry_name(IndexId index, BytesView entry) {
    return txn::index_begin(index).append(entry);
  }

  Result<std::optional<Bytes>> holder_of(const UniqueKey& key, BytesView but) {
    const Bytes name = entry_name(key.index, key.entry);
    if (const auto here = taken_.find(name); here != taken_.end()) {
      return here->second == but ? std::nullopt : std::optional(here->second);
    }
    if (free_.contains(name)) return std::optional<Bytes>();
    return index::holder_of(reader().view(), writes_.table, key.index, key.entry, but, tier());
  }

  Status has_it_already(std::size_t i, const Value& row, const GainedKeys::Held& held) {
    const catalog::IndexDefinition& index = held.index->definition();
    TRY(Value key, index::shown_key(*table_, index, row, held.entry));
    ByteReader reader(held.holder);
    TRY(Value other, value::decode_key(reader));
    catalog::Violation violation;
    violation.kind = catalog::Violation::Kind::duplicate;
    violation.table = table_->id;
    violation.index = index.id;
    violation.value = std::move(key);
    violation.other = std::move(other);
    done_.violations[i] = std::move(violation);
    return fail(Code::already_exists,
                fmt::format("Constraint `{}` of table `{}` is violated: another row has the key.",
                            index.name, table_->name));
  }

  // An error leaves the slot as it was.
  Status apply(std::size_t i, exec::RowEdit edit, Slot& slot) {
    if (edit.action == exec::RowEdit::Action::put && rules_ != nullptr) {
      TRY_STATUS(obey_rules(i, edit, slot));
    }
    switch (edit.action) {
      case exec::RowEdit::Action::keep: return {};
      case exec::RowEdit::Action::erase:
        if (!unique_.empty() && slot.current) {
          let_go(i, BytesView(slot.changed ? slot.document : *slot.stored), std::nullopt);
        }
        slot.current.reset();
        Bytes().swap(slot.document);
        slot.held = value::Charge(query_.evaluation.account);
        break;
      case exec::RowEdit::Action::put: {
        Bytes document;
        value::Charge held(query_.evaluation.account);
        Status encoded = value::encode_document(edit.row, document, &held);
        if (encoded) encoded = held.add(document.size() + (slot.stored ? slot.stored->size() : 0));
        if (!encoded && encoded.error().code == Code::resource_exhausted) return encoded;
        if (!encoded) {
          return fail(Code::resource_exhausted,
                      "The row cannot be stored: " + encoded.error().what + ".");
        }
        if (!unique_.empty()) TRY_STATUS(take_keys(i, edit.row, document, slot));
        slot.current = std::move(edit.row);
        slot.document = std::move(document);
        slot.whole = edit.whole;
        slot.held = std::move(held);
        break;
      }
    }
    slot.decoded = slot.changed = true;
    return {};
  }

  // Here and not when the record is applied: this takes as long as the functions of the indexes
  // take, while nobody waits but who asked for it. So a thread that serves others leaves it to a
  // worker, once a row of the table is known to have taken long.
  Status find_entries(const Bytes& key, Slot& slot) {
    if (indexes_ == nullptr || transaction_ != nullptr) return {};
    slot.entries.clear();
    if (!may_wait() && indexes_->takes_long()) {
      return fail(Code::would_block, "The functions of the indexes take long.");
    }
    const auto before = slot.stored ? std::optional<BytesView>(*slot.stored) : std::nullopt;
    const auto after = slot.current ? std::optional<BytesView>(slot.document) : std::nullopt;
    std::int64_t steps = slot.takes_all && after ? slot.steps : 0;
    steps += index::add_entry_changes(*indexes_, {writes_.table, key, before, after}, slot.entries,
                                      known_keys(slot));
    indexes_->note_steps(steps);
    return steps < kNotableSteps ? Status() : query_.evaluation.check_now();
  }

  // Of the row as it is now, in unique indexes: they were found out to be taken.
  std::vector<index::KnownKeys> known_keys(const Slot& slot) const {
    std::vector<index::KnownKeys> known;
    if (!slot.takes_all) return known;
    known.reserve(unique_.size());
    for (const index::Index* const index : unique_) {
      index::KnownKeys& one = known.emplace_back(index->definition().id);
      for (const UniqueKey& taken : slot.taken) {
        if (taken.index == one.index) one.keys.emplace_back(taken.entry);
      }
    }
    return known;
  }

  Result<exec::RowEdit> decide(std::size_t i, Slot& slot) {
    if (!slot.decoded && slot.stored) {
      auto document = value::decode_document(*slot.stored);
      if (!document && writes_.decide_unread) return writes_.decide_unread(i);
      if (!document) {
        return fail(of_table(index::unreadable_row(keys_[i], document.error().what), *table_));
      }
      slot.current = *std::move(document);
    }
    slot.decoded = true;
    return writes_.decide(i, slot.current ? &*slot.current : nullptr);
  }

  // False when nothing changes.
  bool build(std::size_t from, std::size_t next, const Lsn& snapshot) {
    builder_.set_snapshot(snapshot);
    builder_.read_key(txn::schema_hash(writes_.table));
    entries_.start();
    entries_.add_table(table_);
    for (std::size_t i = from; i < next; ++i) {
      const Bytes& key = keys_[i];
      Slot& slot = slots_.at(BytesView(key));
      if (!slot.changed) continue;
      slot.changed = false;  // a repeated key is written once
      for (const UniqueKey& taken : slot.taken) {
        builder_.write_key(index::unique_hash(taken.index, taken.entry));
      }
      const auto before = slot.stored ? std::optional<BytesView>(*slot.stored) : std::nullopt;
      if (slot.current) {
        builder_.put(writes_.table, key, before, slot.document, slot.whole);
      } else if (before) {
        builder_.erase(writes_.table, key, *before);
      } else {
        continue;
      }
      entries_.add(slot.entries);
    }
    return !builder_.empty();
  }

  // A row that is erased and not put where it moves to yet: what it was.
  struct Left {
    const Bytes& key;
    Slot& slot;
    std::optional<Value> current;
    bool changed;
    Bytes document;
    value::Charge held;
    std::vector<std::pair<Bytes, bool>> let_go;  // names of entries, and whether it had taken them
  };
  // The same in a table with references.
  struct Moved {
    RowTransaction::Mark mark{};
    std::optional<Value> before;
  };

  const WriteTarget& target_;
  const exec::RowWrites& writes_;
  exec::QueryContext& query_;
  RowTransaction* const transaction_;  // null: this call commits
  std::optional<References> references_;
  std::optional<Left> left_;
  std::optional<Moved> moved_;
  Lsn read_at_;  // of the rows at hand, in a transaction
  index::TableReader reader_;
  bool is_reader_old_ = false;  // the transaction has more than it sees
  txn::LockOwner own_locks_;
  txn::LockOwner& owner_;
  bool locked_ = false;                             // all keys, where this call commits
  exec::TableDefinitionPtr table_;                  // what rows are decided for
  std::shared_ptr<const index::IndexSet> indexes_;  // its; null when it has none
  std::shared_ptr<const RowRules> rules_;           // likewise
  std::vector<const index::Index*> unique_;
  std::vector<Bytes> keys_;  // encoded; slots refer to them
  std::unordered_map<BytesView, Slot> slots_;
  std::size_t read_at_once_ = kFirstRead;
  txn::TransactionBuilder builder_;
  index::EntryChanges entries_;
  // Keys in unique indexes, with their index's id in front, that rows of this transaction took (and
  // which row has them), and let go.
  std::map<Bytes, Bytes> taken_;
  std::set<Bytes> free_;
  bool given_up_ = false;
  exec::RowWritesDone done_;
};

}  // namespace

Status wait_for_index(const WriteTarget& target, const catalog::TableDefinition& table,
                      const catalog::IndexDefinition& index) {
  if (target.wait_for_index) return target.wait_for_index(table.id, index.id);
  return fail(Code::unavailable,
              fmt::format("The index `{}` of table `{}` is being built.", index.name, table.name));
}

Result<exec::RowWritesDone> write_rows(const WriteTarget& target, const exec::RowWrites& writes,
                                       exec::QueryContext& query) {
  return Writer(target, writes, query).run();
}

namespace {

// How many rows are a call of their own, from `from` on: one that moves is not parted.
std::size_t part_size(const exec::RowWrites& writes, std::size_t from) {
  const std::size_t count = std::min(kMaxRead, writes.keys.size() - from);
  return std::ranges::binary_search(writes.moves, from + count - 1) ? count + 1 : count;
}

exec::RowWrites part_of(const exec::RowWrites& writes, std::size_t from, std::size_t count) {
  exec::RowWrites part;
  part.table = writes.table;
  part.whole = writes.whole;
  const auto begin = writes.keys.begin() + static_cast<std::ptrdiff_t>(from);
  part.keys.assign(begin, begin + static_cast<std::ptrdiff_t>(count));
  for (auto at = std::ranges::lower_bound(writes.moves, from);
       at != writes.moves.end() && *at < from + count; ++at) {
    part.moves.push_back(*at - from);
  }
  part.decide = [&writes, from](std::size_t i, const Value* current) {
    return writes.decide(from + i, current);
  };
  if (writes.decide_unread) {
    part.decide_unread = [&writes, from](std::size_t i) { return writes.decide_unread(from + i); };
  }
  if (writes.stored) {
    part.stored = [&writes, from](std::size_t i, const Value& row) {
      writes.stored(from + i, row);
    };
  }
  part.done_before = writes.done_before;
  if (writes.decide_for) {
    part.decide_for = [&writes](const exec::TableDefinitionPtr& table) {
      return writes.decide_for(table);
    };
  }
  return part;
}

// All of the rows, in one record; again when another came in between.
Result<exec::RowWritesDone> commit_rows(WriteTarget& target, const exec::RowWrites& writes,
                                        MemoryPool& memory, std::size_t limit,
                                        exec::QueryContext& query) {
  RowTransaction transaction(target.locks, memory, limit);
  target.transaction = &transaction;
  int deadlocks = 0;
  for (int attempt = 0;; ++attempt) {
    TRY_STATUS(query.check());
    auto done = write_rows(target, writes, query);
    if (!done) {
      const bool deadlock = query.lock_refusal == exec::LockRefusal::deadlock;
      const bool again = (deadlock && ++deadlocks < kMaxDeadlocks) ||
                         (query.definition_changed && attempt < kMaxAttempts);
      if (!again) return done;
    } else {
      if (done->changed && writes.done_before) {
        TRY(RetryToken token, writes.done_before());
        transaction.set_retry(std::move(token));
      }
      const auto committed = transaction.commit(
          {target.sequencer, target.engine, target.indexes, target.definition}, query);
      if (committed) {
        if (*committed) done->lsn = **committed;
        done->changed = committed->has_value();
        done->durability = transaction.durability();
        return done;
      }
      if (committed.error().code != Code::conflict || attempt == kMaxAttempts) {
        return fail(committed.error());
      }
    }
    query.lock_refusal = exec::LockRefusal::none;
    query.definition_changed = false;
    transaction.clear();
  }
}

}  // namespace

Result<exec::RowWritesDone> write_referring_rows(WriteTarget target, const exec::RowWrites& writes,
                                                 exec::RowWritesDone so_far, MemoryPool& memory,
                                                 std::size_t limit, exec::QueryContext& query) {
  if (writes.whole) return commit_rows(target, writes, memory, limit, query);
  so_far.rows.reserve(writes.keys.size());
  while (so_far.rows.size() < writes.keys.size()) {
    const std::size_t from = so_far.rows.size();
    const exec::RowWrites part = part_of(writes, from, part_size(writes, from));
    auto done = commit_rows(target, part, memory, limit, query);
    if (!done) return fail(so_far.changed ? partly_done(done.error()) : done.error());
    std::ranges::move(done->rows, std::back_inserter(so_far.rows));
    for (auto& [i, violation] : done->violations) {
      so_far.violations.emplace(from + i, std::move(violation));
    }
    if (!done->changed) continue;
    so_far.changed = true;
    so_far.lsn = done->lsn;
    so_far.durability = std::max(so_far.durability, done->durability);
  }
  return so_far;
}

}  // namespace octavo::layout
