#include "txn/state_machine.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/assert.h"

namespace octavo::txn {

namespace {

constexpr BytesView kClusterKey = "cluster";

// Statistics have one writer at a time.
void bump(std::atomic<std::uint64_t>& counter, std::uint64_t by = 1) {
  counter.store(counter.load(std::memory_order_relaxed) + by, std::memory_order_relaxed);
}

std::unexpected<Error> bad_record(const log::RecordView& record, std::string_view why) {
  return fail(Code::corrupt, fmt::format("log record {}: {}", format_lsn(record.lsn), why));
}

}  // namespace

void answer_all(Flight& flight, const Error& error) {
  flight.verdicts.clear();
  for (std::size_t i = 0; i < flight.submissions.size(); ++i) {
    flight.verdicts.emplace_back().status = std::unexpected(error);
  }
}

StateMachine::StateMachine(kv::Store& store, const Hooks& hooks, Authority authority,
                           std::size_t window_keys)
    : store_(store),
      hooks_(hooks),
      sole_(authority == Authority::sole),
      window_keys_(window_keys),
      applier_(store, hooks) {}

// --- Start and replay ---------------------------------------------------------------------------

Status StateMachine::check_cluster(const log::ClusterId& cluster) {
  const BytesView ours(cluster.bytes.data(), cluster.bytes.size());
  Bytes stored;
  TRY(const bool found, store_.get(kv::Family::meta, kClusterKey, stored));
  if (found && stored != ours) {
    return fail(Code::corrupt, "the rows belong to another log than the one that is there");
  }
  if (found) return {};
  if (store_.applied() != Lsn::zero()) {
    return fail(Code::corrupt, "the rows do not say which log they belong to");
  }
  kv::WriteBatch batch;
  batch.put(kv::Family::meta, kClusterKey, ours);
  return store_.apply(batch, Lsn::zero());
}

Result<Lsn> StateMachine::open(const log::ClusterId& cluster, std::uint16_t partition) {
  ASSERT(!certifier_);
  partition_ = partition;
  TRY_STATUS(check_cluster(cluster));
  TRY_STATUS(applier_.open());
  TRY_STATUS(history_.open(store_));
  TRY(const std::optional<Lsn> window, History::read_window(store_));
  rows_applied_ = store_.applied();
  start_ = rows_applied_;
  if (hooks_.keyspace != nullptr) {
    keyspace_applied_ = hooks_.keyspace->applied();
    start_ = std::min(start_, keyspace_applied_);
  }
  // Records that rows lack are judged again, by the window as it was then; a window that never
  // moved reaches back to the beginning. With a sole writer records come with their verdicts.
  window_from_ = sole_ ? start_ : window.value_or(Lsn::zero());
  start_ = std::min(start_, window_from_);
  certifier_.emplace(store_, window_keys_, window_from_, !sole_);
  tip_.store(start_.order(), std::memory_order_release);
  return start_;
}

Status StateMachine::go_live(Lsn log_tail) {
  const auto check = [&](Lsn applied, bool there, std::string_view what) -> Status {
    if (applied == Lsn::zero() || there) return {};
    return fail(Code::corrupt, fmt::format("the log ends at {} and lacks {}, which the {} contain",
                                           format_lsn(log_tail), format_lsn(applied), what));
  };
  TRY_STATUS(check(rows_applied_, saw_rows_applied_, "rows"));
  TRY_STATUS(check(keyspace_applied_, keyspace_applied_ <= tip(), "keyspace's values"));
  live_ = true;
  return {};
}

// --- One record
// -----------------------------------------------------------------------------------

Status StateMachine::process(const log::RecordView& record, Flight* own) {
  return process(record, own, nullptr);
}

// `again` is set when a stuck record has another try.
Status StateMachine::process(const log::RecordView& record, Flight* own, Stuck* again) {
  if (!live_) {
    if (record.lsn == rows_applied_) saw_rows_applied_ = true;
    if (record.lsn <= start_) return {};  // where replay begins is done
  }
  if (!stuck_.empty() && again == nullptr) {
    keep_stuck(record, false, false);
    return {};
  }
  entries_.clear();
  committed_.clear();
  losers_.clear();
  const bool replayed = record.lsn <= rows_applied_;
  const bool judged = again != nullptr && again->committed;
  bool admitted = true;
  if (!sole_ && !replayed) {
    admitted = judged ? !again->is_void : history_.admit(record.header.origin);
  }
  if (admitted && record.header.kind == log::RecordKind::transactions) {
    bool decided = false;
    TRY_STATUS(read_entries(record, own, decided));
    if (judged) {
      committed_ = *again->committed;
    } else {
      TRY_STATUS(decide(record, decided, replayed));
    }
  }
  commits_ = static_cast<std::size_t>(std::count(committed_.begin(), committed_.end(), true));

  // A sole writer keeps nothing there but what transactions store.
  const bool stores = !sole_ || std::ranges::any_of(entries_, [](const Entry& entry) {
    return entry.view.effects.stored();
  });
  if (!replayed && stores) {
    if (Status status = apply_rows(record, !admitted); !status) {
      if (status.error().code != Code::resource_exhausted) return status;
      if (again == nullptr) {
        keep_stuck(record, true, !admitted);
        return {};
      }
      again->committed = committed_;
      again->is_void = !admitted;
      return status;
    }
  }
  if (commits_ != 0) TRY_STATUS(apply_keyspace(record));
  publish(record);
  if (commits_ != 0 && live_) tell_listeners(record);
  if (own != nullptr) answer(*own, record);
  return {};
}

// Fills `entries_`. A transaction of ours is taken as it was submitted, others are decoded.
Status StateMachine::read_entries(const log::RecordView& record, const Flight* own, bool& decided) {
  const BytesView payload = record.payload;
  if (payload.size() < kPayloadPrefix || payload[0] != kPayloadFormat) {
    return bad_record(record, "unknown format of transactions");
  }
  const auto flags = static_cast<std::uint8_t>(payload[1]);
  if ((flags & ~kDecided) != 0) return bad_record(record, "unknown flag");
  decided = (flags & kDecided) != 0;
  if (own == nullptr) return decode_entries(record);
  std::uint32_t first_op = 0;
  for (Submission* submission : own->submissions) {
    const Transaction& transaction = *submission->transaction;
    entries_.push_back({transaction.view(), &transaction.footprint(), submission->local,
                        submission->prepared, first_op});
    first_op += transaction.op_count();
  }
  return {};
}

Status StateMachine::decode_entries(const log::RecordView& record) {
  ByteReader in(record.payload.substr(kPayloadPrefix));
  std::uint32_t first_op = 0;
  for (std::uint32_t i = 0; i < record.header.transaction_count; ++i) {
    if (i == footprints_.size()) footprints_.emplace_back();
    auto view = decode_transaction(in, footprints_[i]);
    if (!view) return bad_record(record, view.error().what);
    const std::uint32_t ops = view->ops.size();
    entries_.push_back({*std::move(view), &footprints_[i], nullptr, nullptr, first_op});
    first_op += ops;
  }
  if (!in.empty()) return bad_record(record, "bytes after the last transaction");
  return {};
}

// Fills `committed_`.
Status StateMachine::decide(const log::RecordView& record, bool decided, bool replayed) {
  if (decided) {
    committed_.assign(entries_.size(), true);
  } else if (replayed) {
    // Rows are ahead of this record, so that it cannot be judged again.
    TRY(auto committed, History::read_committed(store_, record.lsn, entries_.size()));
    committed_ = committed ? *std::move(committed) : Committed(entries_.size(), true);
  } else if (sole_) {
    // The window of a sole writer begins where replay does: it would take old snapshots for losers.
    return fail(Code::unsupported,
                fmt::format("log record {} was written to a shared log: only a node of one can say "
                            "which of its transactions have committed",
                            format_lsn(record.lsn)));
  } else {
    TRY_STATUS(certify(record));
  }
  if (record.lsn <= window_from_) return {};  // only the keyspace needs it
  if (certifier_->begin_stamps()) window_moved_ = true;
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    if (committed_[i]) certifier_->stamp(entries_[i].view, *entries_[i].footprint, record.lsn);
  }
  return {};
}

Status StateMachine::certify(const log::RecordView& record) {
  certifier_->begin_record(record.header.time_ns);
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    const Entry& entry = entries_[i];
    Judgement judgement = certifier_->judge(entry.view, *entry.footprint);
    Verdict verdict;
    switch (judgement.kind) {
      case Judgement::Kind::commits:
        certifier_->stage(entry.view, *entry.footprint);
        committed_.push_back(true);
        continue;
      case Judgement::Kind::failed:
        judgement.why.what += fmt::format(" (while certifying {})", format_lsn(record.lsn));
        return std::unexpected(std::move(judgement.why));
      case Judgement::Kind::unclear:
        // What it asks about was changed by this very record: as if it had come too late.
        verdict.status = fail(Code::conflict, "another transaction changed the same data first");
        break;
      case Judgement::Kind::lost: verdict.status = std::unexpected(judgement.why); break;
      case Judgement::Kind::duplicate:
        verdict = {{}, judgement.first.lsn, judgement.first.position, true};
        break;
    }
    committed_.push_back(false);
    losers_.emplace_back(i, std::move(verdict));
  }
  bump(lost_total_, losers_.size());
  return {};
}

Status StateMachine::fill_batch(const log::RecordView& record) {
  applier_.begin_record(record.lsn, record.header.time_ns);
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    if (!committed_[i]) continue;
    const Entry& entry = entries_[i];
    const Status added = applier_.add(entry.view, static_cast<std::uint32_t>(i), entry.prepared);
    if (!added) return bad_record(record, added.error().what);
  }
  return {};
}

Status StateMachine::apply_rows(const log::RecordView& record, bool is_void) {
  if (Status filled = fill_batch(record); !filled) {
    if (hooks_.ddl != nullptr) hooks_.ddl->on_discarded();
    return filled;
  }
  TRY(kv::WriteBatch* const finished, applier_.finish_record());
  kv::WriteBatch& batch = *finished;
  if (!sole_) {
    history_.write_origin(record.header.origin, batch);
    if (is_void || commits_ != entries_.size()) {
      History::write_aborted(record.lsn, committed_, is_void, batch);
    }
    if (window_moved_) History::write_window(certifier_->window().rebuild_from(), batch);
  }
  if (batch.empty()) {
    applier_.batch_done(true);
    return {};
  }
  const Status applied = store_.apply(batch, record.lsn);
  applier_.batch_done(applied.has_value());
  if (applied) window_moved_ = false;
  if (applied) watches_.applied(batch, record.lsn);
  if (applier_.has_ddl() && hooks_.ddl != nullptr) {
    applied ? hooks_.ddl->on_applied(record.lsn) : hooks_.ddl->on_discarded();
  }
  TRY_STATUS(applied);
  return {};
}

Status StateMachine::apply_keyspace(const log::RecordView& record) {
  if (hooks_.keyspace == nullptr || record.lsn <= keyspace_applied_) return {};
  keyspace_transactions_.clear();
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    const Entry& entry = entries_[i];
    if (!committed_[i] || !entry.view.effects.keyspace) continue;
    keyspace_transactions_.push_back({entry.first_op, entry.view.ops, entry.local});
  }
  if (keyspace_transactions_.empty()) return {};
  const Status applied = hooks_.keyspace->apply(
      {record.lsn, record.next, record.header.time_ns, keyspace_transactions_});
  return applied ? applied : bad_record(record, applied.error().what);
}

void StateMachine::publish(const log::RecordView& record) {
  bump(records_);
  if (!live_) bump(replayed_);
  bump(committed_total_, commits_);
  window_size_.store(certifier_->window().size(), std::memory_order_relaxed);
  tip_time_ns_.store(record.header.time_ns, std::memory_order_release);
  ASSERT(record.lsn.partition() == partition_);
  tip_.store(record.lsn.order(), std::memory_order_release);
}

void StateMachine::tell_listeners(const log::RecordView& record) {
  if (listeners_.empty()) return;
  committed_transactions_.clear();
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    if (!committed_[i]) continue;
    const Entry& entry = entries_[i];
    committed_transactions_.push_back({static_cast<std::uint32_t>(i), entry.first_op, entry.view.id,
                                       entry.view.effects, entry.view.ops});
  }
  const CommittedRecord committed{record.lsn, record.next, record.header.time_ns,
                                  committed_transactions_};
  for (CommitListener* listener : listeners_) listener->on_commit(committed);
}

void StateMachine::answer(Flight& flight, const log::RecordView& record) {
  if (entries_.empty()) {
    return answer_all(flight, {Code::unavailable, "another node has declared this one dead"});
  }
  for (std::size_t i = 0; i < flight.submissions.size(); ++i) {
    flight.verdicts.push_back({{}, record.lsn, static_cast<std::uint32_t>(i), false});
  }
  for (auto& [position, verdict] : losers_) flight.verdicts[position] = std::move(verdict);
}

// --- Records that wait for room on the disk -----------------------------------------------------

void StateMachine::keep_stuck(const log::RecordView& record, bool certified, bool is_void) {
  Stuck& stuck = stuck_.emplace_back();
  stuck.record = record;
  stuck.payload = record.payload;
  stuck.is_void = is_void;
  if (certified) stuck.committed = committed_;
}

Status StateMachine::catch_up() {
  while (!stuck_.empty()) {
    TRY_STATUS(store_.writable());
    Stuck stuck = std::move(stuck_.front());
    stuck_.pop_front();
    stuck.record.payload = stuck.payload;
    if (const Status status = process(stuck.record, nullptr, &stuck); !status) {
      stuck_.push_front(std::move(stuck));
      return status;
    }
  }
  return {};
}

Status StateMachine::advance_rows(Lsn log_head) {
  if (!live_ || store_.applied() >= tip()) return {};
  kv::WriteBatch batch;
  if (!sole_) History::trim(log_head, batch);
  return store_.apply(batch, tip());
}

Lsn StateMachine::window_start() const {
  return sole_ ? tip() : certifier_->window().rebuild_from();
}

void StateMachine::add_to(SequencerStats& stats) const {
  stats.records = records_;
  stats.committed = committed_total_;
  stats.conflicts += lost_total_;
  stats.replayed_records = replayed_;
  stats.window_keys = window_size_;
}

}  // namespace octavo::txn
