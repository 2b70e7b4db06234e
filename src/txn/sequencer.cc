// Locks. `role_` is the sequencer role: it guards `waiting_` and is held over `append`.
// `state_mutex_` guards everything that a record changes; order: role first. Readers take neither.
// Nobody is answered under `state_mutex_`.

#include "txn/sequencer.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <utility>

#include "base/assert.h"
#include "base/condition.h"
#include "base/mutex.h"
#include "base/thread.h"
#include "txn/state_machine.h"
#include "txn/submission_queue.h"
#include "value/account.h"

namespace octavo::txn {

namespace {

Verdict refusal(Error error) {
  Verdict verdict;
  verdict.status = std::unexpected(std::move(error));
  return verdict;
}

Status wait_durable(log::CommitLog& log, Lsn lsn) {
  if (lsn == Lsn::zero() || log.is_durable(lsn, Durability::disk)) return {};
  Mutex mutex;
  Condition woken;
  std::optional<Status> verdict;
  log.when_durable(lsn, Durability::disk, [&](Status status) {
    const MutexLock lock(mutex);
    verdict = std::move(status);
    woken.notify_one();
  });
  const MutexLock lock(mutex);
  while (!verdict) woken.wait(mutex);
  return *std::move(verdict);
}

// Tells the processor that this thread spins.
void pause_processor() {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

// Whether certification can say anything about a transaction.
bool needs_judgement(const Transaction& transaction) {
  const Footprint& footprint = transaction.footprint();
  return transaction.effects().stored() || !footprint.write_keys.empty() ||
         !footprint.read_keys.empty() || !footprint.guards.empty();
}

}  // namespace

class Sequencer::Impl final : public log::Consumer {
 public:
  Impl(log::CommitLog& log, kv::Store& store, Clock& clock, Hooks hooks, SequencerOptions options)
      : log_(log),
        store_(store),
        clock_(clock),
        options_(std::move(options)),
        sole_(options_.authority == Authority::sole),
        state_(store, hooks, options_.authority, options_.window_keys) {
    store_.set_flush_barrier([this](Lsn applied) { return wait_durable(log_, applied); });
  }
  ~Impl() override {
    // Nobody could say any more whether the log is far enough.
    store_.set_flush_barrier(
        [](Lsn) -> Status { return fail(Code::unavailable, "the sequencer is gone"); });
  }

  Authority authority() const { return options_.authority; }
  Status start(log::ReplayProgress progress);
  void submit(Submission& submission);
  bool try_submit(Submission& submission);
  void poll();
  void stop();
  Status checkpoint();
  Status wait_until_durable(Lsn lsn) { return wait_durable(log_, lsn); }
  Status on_record(const log::RecordView& record) override;

  ReadPoint snapshot() const;
  Lsn rows_replay_from() const;
  SequencerStats stats() const;
  const StateMachine& state() const { return state_; }
  ReadWatches& watches() { return state_.watches(); }

  template <class Action>
  auto with_state(Action&& action) {
    const MutexLock lock(state_mutex_);
    return action(state_);
  }

 private:
  using FlightPointer = std::unique_ptr<Flight>;

  void try_drain();
  void drain_in_role() OCTAVO_REQUIRES(role_);
  bool take_role_soon() OCTAVO_TRY_ACQUIRE(true, role_);
  void drain() OCTAVO_REQUIRES(role_);
  void run_batch() OCTAVO_REQUIRES(role_);
  bool gather(Flight& flight) OCTAVO_REQUIRES(role_, state_mutex_);
  Status append(const Flight& flight) OCTAVO_REQUIRES(role_);
  void refuse_front(Verdict verdict) OCTAVO_REQUIRES(role_);
  void refuse_waiting(const Error& error) OCTAVO_REQUIRES(role_);
  void refuse_all(const Flight& flight, const Error& error) OCTAVO_REQUIRES(role_);
  void answer_refused() OCTAVO_REQUIRES(role_);
  FlightPointer take_flight(std::uint64_t token) OCTAVO_REQUIRES(state_mutex_);
  static void complete(Flight& flight);

  log::CommitLog& log_;
  kv::Store& store_;
  Clock& clock_;
  const SequencerOptions options_;
  const bool sole_;

  SubmissionQueue queue_;
  std::atomic<bool> stopped_ = false;

  Mutex role_;
  std::deque<Submission*> waiting_ OCTAVO_GUARDED_BY(role_);
  std::vector<std::pair<Submission*, Verdict>> refused_ OCTAVO_GUARDED_BY(role_);
  std::vector<BytesView> pieces_ OCTAVO_GUARDED_BY(role_);
  std::uint64_t next_token_ OCTAVO_GUARDED_BY(role_) = 1;
  // Sole only: the one record under way, used again and again.
  Flight flight_ OCTAVO_GUARDED_BY(role_);
  std::atomic<std::uint64_t> lost_ = 0;
  std::atomic<std::uint64_t> not_tried_ = 0;
  static thread_local const Impl* draining_;  // whose role this thread holds

  std::atomic<LsnOrder> durable_window_{};  // shared only: as of the last checkpoint

  Mutex state_mutex_;
  StateMachine state_;  // but for what readers ask it: atomics
  // Shared only: appended, not back yet; back, not answered yet.
  std::deque<FlightPointer> flights_ OCTAVO_GUARDED_BY(state_mutex_);
  std::deque<FlightPointer> finished_ OCTAVO_GUARDED_BY(state_mutex_);
};

thread_local const Sequencer::Impl* Sequencer::Impl::draining_ = nullptr;

Status Sequencer::Impl::start(log::ReplayProgress progress) {
  Lsn from;
  {
    const MutexLock lock(state_mutex_);
    TRY(from, state_.open(log_.cluster(), log_.tail().partition()));
  }
  if (Status status = log_.start(from, *this, std::move(progress)); !status) {
    if (status.error().code != Code::out_of_range) return status;
    return fail(Code::corrupt,
                fmt::format("the log must be replayed from {} and does not have it: {}",
                            format_lsn(from), status.error().what));
  }
  const MutexLock lock(state_mutex_);
  return state_.go_live(log_.tail());
}

// --- The sequencer role
// ---------------------------------------------------------------------------

void Sequencer::Impl::submit(Submission& submission) {
  ASSERT(submission.transaction != nullptr);
  queue_.push(submission);
  try_drain();
}

// A record of few rows is applied within some microseconds, and whoever is refused here begins anew
// on a worker, which costs tens: so a hold as short as that is waited for.
bool Sequencer::Impl::take_role_soon() {
  constexpr int kLooks = 64;
  constexpr int kPauses = 8;  // between two looks: some 200 ns
  for (int look = 0; look < kLooks; ++look) {
    if (role_.try_lock()) return true;
    for (int i = 0; i < kPauses; ++i) pause_processor();
  }
  return false;
}

// False: it was not submitted. Else it was answered.
bool Sequencer::Impl::try_submit(Submission& submission) {
  ASSERT(submission.transaction != nullptr);
  if (!sole_ || draining_ == this || !take_role_soon()) return false;
  queue_.push(submission);
  drain_in_role();
  role_.unlock();
  try_drain();  // of who came when the last look was over
  return true;
}

// Whoever pushes either gets the role or is seen by its holder, who looks again after letting go;
// the fences order push against try_lock and unlock against that look.
void Sequencer::Impl::try_drain() {
  if (draining_ == this) return;
  while (true) {
    std::atomic_thread_fence(std::memory_order_seq_cst);
    if (queue_.empty() || !role_.try_lock()) return;
    drain_in_role();
    role_.unlock();
  }
}

// Everybody's writes wait for the thread that has the role, which may be one of low priority.
void Sequencer::Impl::drain_in_role() {
  const ServingMeanwhile serving;
  const Impl* const outer = std::exchange(draining_, this);
  drain();
  draining_ = outer;
}

void Sequencer::Impl::drain() {
  while (true) {
    queue_.take_all(waiting_);
    if (waiting_.empty()) return;
    run_batch();
    answer_refused();
  }
}

// One record from the front of `waiting_`. Each call answers or appends one submission at least.
void Sequencer::Impl::run_batch() {
  FlightPointer shared_flight = sole_ ? nullptr : std::make_unique<Flight>();
  Flight& flight = sole_ ? flight_ : *shared_flight;
  flight.token = next_token_++;
  flight.submissions.clear();
  flight.verdicts.clear();
  {
    const MutexLock lock(state_mutex_);
    if (!gather(flight)) return;
    if (!sole_) flights_.push_back(std::move(shared_flight));
  }
  const std::uint64_t token = flight.token;
  const Status appended = append(flight);
  if (sole_) {
    // It came back within `append`, or it is not in the log.
    if (!flight.verdicts.empty()) return complete(flight);
    ASSERT(!appended);
    return refuse_all(flight, appended.error());
  }
  if (!appended) {
    const MutexLock lock(state_mutex_);
    if (const FlightPointer failed = take_flight(token)) refuse_all(*failed, appended.error());
  }
  poll();
}

// Moves submissions from the front of `waiting_` into one record, or into `refused_`. A transaction
// with DDL gets a record of its own: everything after it must see its effect.
bool Sequencer::Impl::gather(Flight& flight) {
  if (stopped_ || !state_.live()) {
    refuse_waiting(
        {Code::unavailable, stopped_ ? "the server is shutting down" : "the server is starting"});
    return false;
  }
  static constexpr char kPrefixes[2][kPayloadPrefix] = {{kPayloadFormat, 0},
                                                        {kPayloadFormat, kDecided}};
  pieces_.clear();
  pieces_.emplace_back(kPrefixes[sole_ ? 1 : 0], kPayloadPrefix);
  state_.certifier().begin_record(state_.tip_time_ns());
  std::optional<Status> storage;  // asked once, if a transaction needs it
  std::size_t bytes = 0;
  while (!waiting_.empty() && flight.submissions.size() < options_.record_transactions) {
    const Transaction& transaction = *waiting_.front()->transaction;
    const Effects effects = transaction.effects();
    const std::size_t size = transaction.encoded().size();
    const bool first = flight.submissions.empty();
    if (!first && (effects.ddl || bytes + size > options_.record_bytes)) break;
    // Records that wait for room make everything after them wait.
    const bool needs_room = effects.stored() || state_.is_behind();
    if (needs_room && !storage) {
      storage = state_.catch_up();
      if (*storage) storage = store_.writable();
    }
    if (needs_room && !*storage) {
      refuse_front(refusal(storage->error()));
      continue;
    }
    if (needs_judgement(transaction)) {
      const TransactionView view = transaction.view();
      Certifier& certifier = state_.certifier();
      Judgement judgement = sole_ ? certifier.judge(view, transaction.footprint())
                                  : certifier.judge_writes(view, transaction.footprint());
      if (judgement.kind == Judgement::Kind::unclear) break;  // the next record will tell
      if (judgement.kind == Judgement::Kind::duplicate) {
        refuse_front({{}, judgement.first.lsn, judgement.first.position, true});
        continue;
      }
      if (judgement.kind != Judgement::Kind::commits) {
        refuse_front(refusal(std::move(judgement.why)));
        continue;
      }
      certifier.stage(view, transaction.footprint());
    }
    flight.submissions.push_back(waiting_.front());
    waiting_.pop_front();
    pieces_.push_back(transaction.encoded());
    bytes += size;
    if (effects.ddl) break;
  }
  return !flight.submissions.empty();
}

// Submissions stay alive until they are answered, so their bytes go to the log from where they are.
Status Sequencer::Impl::append(const Flight& flight) {
  log::AppendRequest request;
  request.transaction_count = static_cast<std::uint32_t>(flight.submissions.size());
  request.wall_ns = clock_.wall_ns();
  request.token = flight.token;
  request.payload = pieces_;
  const Result<std::uint64_t> appended = log_.append(request);
  return appended ? Status{} : std::unexpected(appended.error());
}

void Sequencer::Impl::refuse_front(Verdict verdict) {
  const Code code = verdict.status ? Code::conflict : verdict.status.error().code;
  const bool tried = code == Code::conflict || code == Code::already_exists ||
                     code == Code::not_found || code == Code::invalid_argument;
  ++(tried ? lost_ : not_tried_);
  refused_.emplace_back(waiting_.front(), std::move(verdict));
  waiting_.pop_front();
}

void Sequencer::Impl::refuse_waiting(const Error& error) {
  while (!waiting_.empty()) refuse_front(refusal(error));
}

void Sequencer::Impl::refuse_all(const Flight& flight, const Error& error) {
  not_tried_ += flight.submissions.size();
  for (Submission* submission : flight.submissions)
    refused_.emplace_back(submission, refusal(error));
}

void Sequencer::Impl::answer_refused() {
  // An answer may submit again, but only into the queue: `refused_` does not change here.
  for (auto& [submission, verdict] : refused_) submission->complete(std::move(verdict));
  refused_.clear();
}

void Sequencer::Impl::complete(Flight& flight) {
  ASSERT(flight.verdicts.size() == flight.submissions.size());
  for (std::size_t i = 0; i < flight.submissions.size(); ++i) {
    flight.submissions[i]->complete(std::move(flight.verdicts[i]));
  }
}

// --- A record comes (back)
// ------------------------------------------------------------------------

Status Sequencer::Impl::on_record(const log::RecordView& record) {
  bool ready = false;
  {
    const MutexLock lock(state_mutex_);
    FlightPointer shared_flight;
    Flight* own = nullptr;
    if (record.token != 0 && sole_) {
      // Delivered within `append`, so on the thread that holds the role, and with it `flight_`.
      role_.assert_held();
      own = record.token == flight_.token ? &flight_ : nullptr;
    } else if (record.token != 0) {
      shared_flight = take_flight(record.token);
      own = shared_flight.get();
    }
    const Status status = state_.process(record, own);
    if (own != nullptr && own->verdicts.empty()) {
      answer_all(*own, {Code::indeterminate,
                        status ? "there is no room on the disk; the write is in the log and will "
                                 "be applied when there is"
                               : status.error().what});
    }
    if (shared_flight) {
      finished_.push_back(std::move(shared_flight));
      ready = true;
    }
    if (!status) return status;
  }
  if (ready && options_.on_ready) options_.on_ready();
  return {};
}

Sequencer::Impl::FlightPointer Sequencer::Impl::take_flight(std::uint64_t token) {
  for (auto at = flights_.begin(); at != flights_.end(); ++at) {
    if ((*at)->token != token) continue;
    FlightPointer flight = std::move(*at);
    flights_.erase(at);
    return flight;
  }
  return nullptr;
}

void Sequencer::Impl::poll() {
  while (true) {
    FlightPointer flight;
    {
      const MutexLock lock(state_mutex_);
      if (finished_.empty()) break;
      flight = std::move(finished_.front());
      finished_.pop_front();
    }
    complete(*flight);
  }
  try_drain();
}

void Sequencer::Impl::stop() {
  stopped_ = true;
  {
    const MutexLock role(role_);
    drain_in_role();
    const MutexLock lock(state_mutex_);
    for (FlightPointer& flight : flights_) {
      answer_all(*flight, {Code::indeterminate, "the server stopped before the outcome was known"});
      finished_.push_back(std::move(flight));
    }
    flights_.clear();
  }
  poll();
}

// --- Readers and maintenance
// ----------------------------------------------------------------------

// The tip is stored after rows were applied. So if rows stand at a position before a tip read
// earlier, everything in between left rows alone, and the later position is just as true.
ReadPoint Sequencer::Impl::snapshot() const {
  const Lsn before = state_.tip();
  kv::SnapshotPointer rows = store_.snapshot();
  const Lsn lsn = std::max(before, rows->applied());
  return {lsn, std::move(rows)};
}

Status Sequencer::Impl::checkpoint() {
  Lsn window;
  Lsn upto;
  {
    const MutexLock lock(state_mutex_);
    TRY_STATUS(state_.catch_up());
    TRY_STATUS(store_.writable());
    TRY_STATUS(state_.advance_rows(log_.head()));
    window = state_.window_start();
    upto = state_.tip();
  }
  // The flush would wait for it as well, but an error there stops the store.
  TRY_STATUS(wait_durable(log_, upto));
  TRY_STATUS(store_.flush());
  durable_window_.store(window.order(), std::memory_order_release);
  return {};
}

Lsn Sequencer::Impl::rows_replay_from() const {
  const Lsn rows = store_.durable_applied();
  if (sole_) return rows;
  const LsnOrder window = durable_window_.load(std::memory_order_acquire);
  return std::min(rows, Lsn::of(state_.tip().partition(), window));
}

SequencerStats Sequencer::Impl::stats() const {
  SequencerStats stats;
  stats.conflicts = lost_;
  stats.refused = not_tried_;
  state_.add_to(stats);
  return stats;
}

// --- The facade
// -----------------------------------------------------------------------------------

Sequencer::Sequencer(log::CommitLog& log, kv::Store& store, Clock& clock, Hooks hooks,
                     SequencerOptions options)
    : impl_(std::make_unique<Impl>(log, store, clock, hooks, std::move(options))), store_(store) {}
Sequencer::~Sequencer() { stop(); }

Status Sequencer::start(log::ReplayProgress progress) { return impl_->start(std::move(progress)); }
// Whoever submits may serve others and apply what is not its own, where nothing may be refused: the
// submitter's account pays for none of it.
void Sequencer::submit(Submission& submission) {
  const value::Account::Use nobody(nullptr);
  impl_->submit(submission);
}

namespace {

class Waiter final : public Submission {
 public:
  void complete(Verdict verdict) override {
    const MutexLock lock(mutex_);
    verdict_ = std::move(verdict);
    woken_.notify_one();
  }
  Verdict wait() {
    const MutexLock lock(mutex_);
    while (!verdict_) woken_.wait(mutex_);
    return *std::move(verdict_);
  }

 private:
  Mutex mutex_;
  Condition woken_;
  std::optional<Verdict> verdict_ OCTAVO_GUARDED_BY(mutex_);
};

}  // namespace

std::optional<Verdict> Sequencer::try_commit(const Transaction& transaction,
                                             const PreparedRows* prepared) {
  const value::Account::Use nobody(nullptr);
  Waiter waiter;
  waiter.transaction = &transaction;
  waiter.prepared = prepared;
  if (!impl_->try_submit(waiter)) return std::nullopt;
  return waiter.wait();
}

Verdict Sequencer::commit(const Transaction& transaction, LocalCommands* local,
                          const PreparedRows* prepared) {
  Waiter waiter;
  waiter.transaction = &transaction;
  waiter.local = local;
  waiter.prepared = prepared;
  submit(waiter);
  return waiter.wait();
}

void Sequencer::poll() {
  const value::Account::Use nobody(nullptr);
  impl_->poll();
}
Authority Sequencer::authority() const { return impl_->authority(); }
Lsn Sequencer::tip() const { return impl_->state().tip(); }
std::int64_t Sequencer::tip_time_ns() const { return impl_->state().tip_time_ns(); }
ReadPoint Sequencer::snapshot() const { return impl_->snapshot(); }
ReadWatches& Sequencer::watches() { return impl_->watches(); }

Lsn Sequencer::add_listener(CommitListener& listener) {
  return impl_->with_state([&](StateMachine& state) {
    state.listeners().push_back(&listener);
    return state.tip();
  });
}
void Sequencer::remove_listener(CommitListener& listener) {
  impl_->with_state([&](StateMachine& state) { std::erase(state.listeners(), &listener); });
}
void Sequencer::run_exclusive(const std::function<void(Lsn tip)>& action) {
  impl_->with_state([&](StateMachine& state) { action(state.tip()); });
}

Status Sequencer::checkpoint() { return impl_->checkpoint(); }
Status Sequencer::wait_until_durable(Lsn lsn) { return impl_->wait_until_durable(lsn); }
Lsn Sequencer::rows_replay_from() const { return impl_->rows_replay_from(); }
Result<bool> Sequencer::committed(Lsn lsn, std::uint32_t position) const {
  return History::committed(store_, lsn, position);
}
SequencerStats Sequencer::stats() const { return impl_->stats(); }
void Sequencer::stop() { impl_->stop(); }

}  // namespace octavo::txn
