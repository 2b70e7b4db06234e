#include "txn/certifier.h"

#include <fmt/format.h>

#include <utility>

#include "txn/read_watch.h"
#include "txn/row_format.h"

namespace octavo::txn {

namespace {

using Kind = Judgement::Kind;

// Larger record batches are rare; their table is not kept.
constexpr std::size_t kKeptStaged = std::size_t{1} << 14;

Judgement lost(Code code, std::string why) { return {Kind::lost, {code, std::move(why)}, {}}; }

Judgement too_old() {
  return lost(Code::conflict, "the transaction's snapshot is too old to commit, try again");
}
Judgement changed_first() {
  return lost(Code::conflict, "another transaction changed the same data first, try again");
}

// Where each key of a transaction was read, asked in their order.
class ReadPlaces {
 public:
  ReadPlaces(const TransactionView& transaction, const Footprint& footprint,
             std::size_t ReadAt::* first)
      : at_(transaction.snapshot), places_(footprint.read_at), first_(first) {}

  // Nothing: it was not.
  std::optional<Lsn> of(std::size_t key) {
    for (; next_ < places_.size() && places_[next_].*first_ <= key; ++next_) {
      at_ = places_[next_].at;
    }
    return at_;
  }

 private:
  std::optional<Lsn> at_;
  std::span<const ReadAt> places_;
  std::size_t ReadAt::* first_;
  std::size_t next_ = 0;
};

// The rows that operations change, beside the write keys that these imply: both have one order.
class Rows {
 public:
  struct Row {
    TableId table{};
    BytesView key;
    bool was_there = false;
  };
  explicit Rows(const OpsView& ops) : ops_(ops.begin_ops()) { find_next(); }

  // The row whose write key this is; null: it is of something else.
  const Row* take(KeyHash key) {
    if (!next_ || row_hash(next_->table, next_->key) != key) return nullptr;
    taken_ = *next_;
    find_next();
    return &taken_;
  }

 private:
  void find_next() {
    next_.reset();
    for (Op op; !next_ && ops_.next(op);) {
      if (const auto* put = std::get_if<PutOp>(&op)) {
        next_ = Row{put->table, put->key, put->before.has_value()};
      } else if (const auto* erase = std::get_if<EraseOp>(&op)) {
        next_ = Row{erase->table, erase->key, true};
      }
    }
  }

  OpsView::Iterator ops_;
  std::optional<Row> next_;
  Row taken_;
};

KeyHash session_hash(const RetryToken& retry) { return named_hash("retry", retry.session); }

}  // namespace

void Certifier::begin_record(std::int64_t time_ns) {
  retry_period_ = retry_period(time_ns);
  if (staged_.size() > kKeptStaged) staged_ = std::vector<Staged>(64);
  staged_count_ = 0;
  ++epoch_;
}

Judgement Certifier::judge_writes(const TransactionView& transaction,
                                  const Footprint& footprint) const {
  if (footprint.reads != nullptr) {
    // What comes before it in the same record is not known to the watch.
    if (staged_count_ != 0) return {Kind::unclear, {}, {}};
    if (!footprint.reads->still_so()) return changed_first();
  }
  if (!footprint.read_at.empty()) return judge_each(transaction, footprint);
  const std::optional<Lsn>& snapshot = transaction.snapshot;
  if (!snapshot) return {};
  if (footprint.write_keys.empty() && footprint.read_keys.empty()) return {};
  if (*snapshot < window_.floor()) return too_old();
  for (const auto* keys : {&footprint.write_keys, &footprint.read_keys}) {
    for (const KeyHash key : *keys) {
      if (window_.written_after(key, *snapshot) || staged(key)) return changed_first();
    }
  }
  return {};
}

Judgement Certifier::judge_each(const TransactionView& transaction,
                                const Footprint& footprint) const {
  const Lsn floor = window_.floor();
  ReadPlaces reads(transaction, footprint, &ReadAt::read_key);
  for (std::size_t i = 0; i < footprint.read_keys.size(); ++i) {
    const std::optional<Lsn> at = reads.of(i);
    if (!at) continue;
    const KeyHash key = footprint.read_keys[i];
    if (staged(key)) return changed_first();
    if (*at < floor) return too_old();
    if (window_.written_after(key, *at)) return changed_first();
  }
  ReadPlaces writes(transaction, footprint, &ReadAt::write_key);
  bool below = false;
  for (std::size_t i = 0; i < footprint.write_keys.size(); ++i) {
    const std::optional<Lsn> at = writes.of(i);
    if (!at) continue;
    const KeyHash key = footprint.write_keys[i];
    if (staged(key)) return changed_first();
    if (*at < floor) {
      below = true;
    } else if (window_.written_after(key, *at)) {
      return changed_first();
    }
  }
  return below ? judge_below(transaction, footprint) : Judgement();
}

// What was read before the window begins: of a row its version tells.
Judgement Certifier::judge_below(const TransactionView& transaction,
                                 const Footprint& footprint) const {
  ReadPlaces writes(transaction, footprint, &ReadAt::write_key);
  Rows rows(transaction.ops);
  for (std::size_t i = 0; i < footprint.write_keys.size(); ++i) {
    const Rows::Row* const row = rows.take(footprint.write_keys[i]);
    const std::optional<Lsn> at = writes.of(i);
    if (!at || *at >= window_.floor()) continue;
    if (row == nullptr) return too_old();
    Judgement judgement = judge_version(row->table, row->key, row->was_there, *at);
    if (judgement.kind != Kind::commits) return judgement;
  }
  return {};
}

// The row may have been erased and come back: then it is newer.
Judgement Certifier::judge_version(TableId table, BytesView key, bool was_there,
                                   Lsn read_at) const {
  value_.clear();
  const Result<bool> found = store_.get(kv::Family::rows, row_key(table, key), value_);
  if (!found) return {Kind::failed, found.error(), {}};
  if (*found != was_there) return changed_first();
  if (!was_there) return {};
  const auto row = parse_row(value_);
  if (!row) return {Kind::failed, {Code::corrupt, "a row has a bad header"}, {}};
  return row->written > read_at ? changed_first() : Judgement();
}

Judgement Certifier::judge(const TransactionView& transaction, const Footprint& footprint) const {
  if (transaction.retry) {
    if (staged(session_hash(*transaction.retry))) return {Kind::unclear, {}, {}};
    Judgement judgement = judge_retry(*transaction.retry);
    if (judgement.kind != Kind::commits) return judgement;
  }
  Judgement judgement = judge_writes(transaction, footprint);
  if (judgement.kind != Kind::commits) return judgement;
  for (const Guard& guard : footprint.guards) {
    if (staged(row_hash(guard.table, guard.key))) return {Kind::unclear, {}, {}};
    judgement = judge_guard(guard);
    if (judgement.kind != Kind::commits) return judgement;
  }
  return {};
}

Judgement Certifier::judge_guard(const Guard& guard) const {
  value_.clear();
  const Result<bool> found = store_.get(kv::Family::rows, row_key(guard.table, guard.key), value_);
  if (!found) return {Kind::failed, found.error(), {}};
  switch (guard.kind) {
    case GuardKind::absent:
      if (*found) return lost(Code::already_exists, "a row with this key exists");
      return {};
    case GuardKind::exists:
      if (!*found) return lost(Code::not_found, "the row that must be there is not");
      return {};
    case GuardKind::version: {
      const auto row = *found ? parse_row(value_) : std::nullopt;
      if (*found && !row) return {Kind::failed, {Code::corrupt, "a row has a bad header"}, {}};
      if (!row || row->written != guard.version) {
        return lost(Code::conflict, "the row is not at the expected version");
      }
      return {};
    }
  }
  return {};
}

Judgement Certifier::judge_retry(const RetryToken& retry) const {
  const auto known = find_retry(store_, retry_period_, retry.session);
  if (!known) return {Kind::failed, known.error(), {}};
  if (!*known) return {};
  const StoredRetry& stored = **known;
  if (retry.number > stored.number) return {};
  if (retry.number == stored.number) {
    const auto done = retry.statements.empty() ? Result<bool>(true)
                                               : is_done_before(store_, retry_period_, retry);
    if (!done) return {Kind::failed, done.error(), {}};
    return *done ? Judgement{Kind::duplicate, {}, stored.first} : Judgement();
  }
  return lost(Code::invalid_argument,
              fmt::format("retryable write {} is older than write {} of the same session",
                          retry.number, stored.number));
}

// Those whose rows it changes, by the key for all of them.
template <class Visit>
void Certifier::for_each_table(const TransactionView& transaction, Visit&& visit) const {
  if (!stamps_tables_ || !transaction.effects.rows) return;
  std::optional<TableId> last;
  Op op;
  for (auto ops = transaction.ops.begin_ops(); ops.next(op);) {
    std::optional<TableId> table;
    if (const auto* put = std::get_if<PutOp>(&op)) table = put->table;
    if (const auto* erase = std::get_if<EraseOp>(&op)) table = erase->table;
    if (!table || table == last) continue;
    visit(table_rows_hash(*table));
    last = table;
  }
}

void Certifier::stage(const TransactionView& transaction, const Footprint& footprint) {
  for (const KeyHash key : footprint.write_keys) stage_key(key);
  for_each_table(transaction, [this](KeyHash key) { stage_key(key); });
  if (transaction.retry) stage_key(session_hash(*transaction.retry));
}

void Certifier::stamp(const TransactionView& transaction, const Footprint& footprint, Lsn lsn) {
  for (const KeyHash key : footprint.write_keys) window_.stamp(key, lsn);
  for_each_table(transaction, [&](KeyHash key) { window_.stamp(key, lsn); });
}

bool Certifier::staged(KeyHash key) const {
  if (staged_count_ == 0) return false;
  const std::size_t mask = staged_.size() - 1;
  for (std::size_t at = key & mask; staged_[at].epoch == epoch_; at = (at + 1) & mask) {
    if (staged_[at].key == key) return true;
  }
  return false;
}

void Certifier::stage_key(KeyHash key) {
  if ((staged_count_ + 1) * 2 > staged_.size()) grow_staged();
  const std::size_t mask = staged_.size() - 1;
  std::size_t at = key & mask;
  while (staged_[at].epoch == epoch_) {
    if (staged_[at].key == key) return;
    at = (at + 1) & mask;
  }
  staged_[at] = {key, epoch_};
  ++staged_count_;
}

void Certifier::grow_staged() {
  const std::vector<Staged> old = std::exchange(staged_, std::vector<Staged>(staged_.size() * 2));
  staged_count_ = 0;
  for (const Staged& entry : old) {
    if (entry.epoch == epoch_) stage_key(entry.key);
  }
}

}  // namespace octavo::txn
