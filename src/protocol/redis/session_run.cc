// Batches on their way through the pipeline, and everything that a session waits for.

#include <fmt/format.h>

#include "base/thread.h"
#include "io/sleep.h"
#include "keyspace/command_table.h"
#include "keyspace/expiry_calls.h"
#include "keyspace/prepared_write.h"
#include "keyspace/write_turn.h"
#include "protocol/redis/commands.h"
#include "protocol/redis/secret_arguments.h"
#include "protocol/redis/session.h"

namespace octavo::redis {
namespace {

constexpr std::size_t kKeptBytes = 256 * kKiB;  // of a buffer that once held more
constexpr std::size_t kTimedBatchCalls = 8;     // fewer are not worth two looks at the clock
constexpr std::int64_t kLongBatchNs = 2'000'000;
constexpr std::chrono::milliseconds kTurnInterval{1};
constexpr int kMaxPreparations = 4;
constexpr std::int64_t kTimedTogetherUs = 1'000;
constexpr std::int64_t kMicrosecondNs = 1'000;
constexpr std::int64_t kMillisecondNs = 1'000'000;

}  // namespace

std::string write_refused(const Error& error) {
  if (error.code == Code::resource_exhausted) {
    return "MISCONF Errors writing to the log: " + error.what;
  }
  // Of a copy of another server's keys.
  if (error.code == Code::permission_denied) return "READONLY " + error.what;
  return "ERR " + error.what;
}

io::Task<void> Session::proceed(Next next) {
  co_await run_batch();
  const keyspace::CommandSpec& spec = *spec_;
  if (next == Next::again) {
    next = accept(spec, parser_.arguments());
  } else if (next == Next::wait) {
    const bool has_room = co_await wait_for_turn(spec);
    if (closing_) co_return;
    if (std::string why = denial(spec, parser_.arguments()); !why.empty()) {
      reject(why);
      next = Next::more;
    } else if (has_room) {
      next = accept(spec, parser_.arguments());
    } else {
      reject_or_discard(spec, keyspace::kOutOfMemory);
      next = Next::more;
    }
  }
  switch (next) {
    case Next::dialogue: co_await run_pending(); break;
    case Next::queue: co_await queue_large(spec); break;
    case Next::alone:
    case Next::prepared:
      add_call(spec, db_, parser_.arguments());
      must_prepare_ = next == Next::prepared;
      co_await run_batch();
      must_prepare_ = false;
      break;
    case Next::run: co_await run_batch(); break;
    case Next::more:
    case Next::again:
    case Next::wait: break;
  }
}

io::Task<void> Session::run_pending() {
  const DialogueCommand& command = *std::exchange(pending_, nullptr);
  const keyspace::CommandSpec& row = *spec_;
  const auto args = std::move(pending_args_);
  const std::int64_t started_ns = system_clock().monotonic_ns();
  if (command.wait != nullptr) {
    // What came before leaves now; the command may take its time.
    co_await connection_.flush();
    std::vector<std::string> own_args(args.begin(), args.end());
    co_await command.wait(*this, std::move(own_args));
  } else {
    if (row.has(keyspace::kEndsMulti)) co_await run_before_transaction();
    command.run(*this, args);
  }
  if (replies_.starts_with('-')) note_error(std::string_view(replies_).substr(1));
  dialogue_called(row, args, started_ns);
  if (!batch_.empty()) {
    co_await run_batch();  // EXEC
  } else {
    // Confirmations of subscriptions are pushed, whatever CLIENT REPLY said.
    take_replies(command.spec.has(keyspace::kPubsub));
    end_replies();
  }
  if (service_.monitors.any()) co_await show_call(row, args);
}

// With its reply in `replies_`, alone.
void Session::dialogue_called(const keyspace::CommandSpec& row, keyspace::Args args,
                              std::int64_t started_ns) {
  const std::int64_t duration_ns = system_clock().monotonic_ns() - started_ns;
  const auto lock = service_.engine.keyspace().keyspace().lock();
  called(row, args, duration_ns, replies_.starts_with('-'));
}

// What a transaction has queued and cannot run under the keyspace's mutex. Not when the transaction
// will not take place; and what it may not do, `execute_transaction` refuses.
io::Task<void> Session::run_before_transaction() {
  const bool any =
      std::ranges::any_of(queued_, [](const QueuedCall& call) { return call.before != nullptr; });
  if (!any || transaction_failed_ || mixes_role_and_writes() || !watched_keys_hold()) co_return;
  for (QueuedCall& call : queued_) {
    if (call.before == nullptr) continue;
    const std::vector<std::string_view> views(call.args.begin(), call.args.end());
    if (!denial(*call.spec, call.db, views).empty()) continue;
    const std::int64_t started_ns = system_clock().monotonic_ns();
    if (call.before->wait != nullptr) {
      co_await call.before->wait(*this, call.args);
    } else {
      call.before->run(*this, views);
    }
    dialogue_called(*call.spec, views, started_ns);
    call.reply = std::exchange(replies_, {});
    if (service_.monitors.any()) co_await show_call(*call.spec, views);
  }
}

// Work that grows with a call's bytes: on a thread for long calls when it is large, and on this one
// when it is not, or those have no room.
template <class Job>
io::Task<void> Session::run_apart_if_large(std::size_t bytes, Job& job) {
  if (bytes >= kLargeCallBytes) {
    const Status ran = co_await long_calls_.compute(std::ref(job));
    if (ran) co_return;
  }
  job();
}

io::Task<void> Session::queue_large(const keyspace::CommandSpec& spec) {
  const keyspace::Args args = parser_.arguments();
  std::vector<std::string> copied;
  auto copy = [&] { copied.assign(args.begin(), args.end()); };
  co_await run_apart_if_large(keyspace::bytes_of(args), copy);
  queue(spec, std::move(copied));
  co_await run_batch();
}

io::Task<void> Session::show_calls() {
  auto show = [this] {
    batch_.visit_calls([this](const keyspace::CommandSpec& spec, unsigned db, keyspace::Args args) {
      show_to_monitors(spec, db, args);
    });
  };
  co_await run_apart_if_large(batch_.argument_bytes(), show);
}

io::Task<void> Session::show_call(const keyspace::CommandSpec& spec, keyspace::Args args) {
  auto show = [&] { show_to_monitors(spec, db_, args); };
  co_await run_apart_if_large(keyspace::bytes_of(args), show);
}

// What takes long, as others may see it, and end it with the connection.
protocol::Job Session::long_call(const keyspace::CommandSpec& spec, keyspace::Args args) {
  protocol::Job job;
  job.set_origin(connection_.info(), caller_.user(), system_clock().monotonic_ns());
  job.text = [words = arguments_to_show(spec, args)] {
    return fmt::format("{}", fmt::join(words, " "));
  };
  job.kill = [self = reachable_.handle()] {
    self.post([](Session& session) { session.connection_.abort(); });
  };
  return job;
}

bool Session::may_run_anywhere() const {
  if (batch_.has_writes()) return true;
  bool may = true;
  batch_.visit_calls([&](const keyspace::CommandSpec& spec, unsigned, keyspace::Args) {
    may = may && spec.has(keyspace::kAnyThread);
  });
  return may;
}

// Whether nothing has to come before the batch is submitted, and that on this thread.
bool Session::may_submit_at_once() const {
  if (must_prepare_ || tracking_ || batch_.runs_calls()) return false;
  if (batch_.argument_bytes() >= kLargeCallBytes) return false;
  return !batch_.has_writes() || !service_.engine.keyspace().keyspace().pins().any();
}

io::Task<void> Session::submit() {
  reply_mark_ = replies_.size();
  if (tracking_) mailbox_->hold_invalidations();
  if (batch_.runs_calls()) co_return co_await run_scripts();
  submission_->begin();
  if (batch_.argument_bytes() >= kLargeCallBytes && may_run_anywhere()) {
    auto job = [&] {
      const ServingMeanwhile holding_the_keyspace;
      service_.engine.keyspace().submit(*submission_);
    };
    if (Status ran = co_await long_calls_.compute(std::move(job)); !ran) {
      submission_->status = std::move(ran);
      co_return;
    }
  } else {
    service_.engine.keyspace().submit(*submission_);
  }
  if (!submission_->finished()) co_await submission_->event.wait();
  note_written();
}

void Session::note_written() {
  if (submission_->lsn != Lsn::zero()) written_.add(submission_->lsn, Durability::disk);
}

io::Task<void> Session::submit_in_turn() {
  auto& keyspace = service_.engine.keyspace().keyspace();
  std::optional<keyspace::WriteTurn> turn;
  if (batch_.has_writes() && keyspace.pins().any()) turn.emplace(keyspace, batch_);
  while (turn && !turn->has_come()) {
    if (connection_.token().cancelled()) {
      // Nobody is there any more who wants it.
      closing_ = true;
      submission_->status = {};
      batch_.clear();
      co_return;
    }
    (void)co_await io::sleep_for(kTurnInterval);  // cut short by nothing
  }
  co_await submit();
}

// Others may change the sources between the making of the value and the commit, also over protocols
// where writers wait for no turn; whoever has lost so often pays with everybody's time.
io::Task<void> Session::submit_prepared() {
  engine::KeyspaceFacade& keyspace = service_.engine.keyspace();
  const std::int64_t started_ns = system_clock().monotonic_ns();
  const keyspace::CommandSpec& spec = batch_.deferred_spec();
  const keyspace::Args args = batch_.deferred_args();
  const CancelToken token = connection_.token();
  protocol::Job listed = long_call(spec, args);
  const protocol::Jobs::Entry entry(service_.jobs, std::move(listed));
  submission_->status = {};
  submission_->lsn = {};
  for (int attempt = 0; attempt < kMaxPreparations; ++attempt) {
    keyspace::PreparedWrite prepared(keyspace.keyspace());
    auto job = [&] { keyspace.prepare(batch_, prepared, token); };
    const Status ran = co_await long_calls_.compute(std::move(job));
    if (!ran) reply().error("ERR " + ran.error().what);
    if (token.cancelled()) closing_ = true;
    if (!ran || closing_) {
      batch_.pass_deferred();
      co_return;
    }
    if (!prepared.made()) co_return;
    batch_.use(&prepared);
    co_await submit();
    const bool outdated = batch_.outdated();
    batch_.use(nullptr);
    if (!outdated) {
      note_if_slow(spec, args, system_clock().monotonic_ns() - started_ns);
      co_return;
    }
  }
  co_await submit_in_turn();
}

// The read in front of which the batch stopped.
io::Task<void> Session::run_deferred() {
  const keyspace::CommandSpec& spec = batch_.deferred_spec();
  const keyspace::Args args = batch_.deferred_args();
  const std::size_t mark = replies_.size();
  const std::int64_t started_ns = system_clock().monotonic_ns();
  const CancelToken token = connection_.token();
  protocol::Job listed = long_call(spec, args);
  const protocol::Jobs::Entry entry(service_.jobs, std::move(listed));
  auto job = [&] { service_.engine.keyspace().run_deferred(batch_, token); };
  const Status ran = co_await long_calls_.compute(std::move(job));
  if (!ran) {
    reply().error("ERR " + ran.error().what);
    batch_.pass_deferred();
  } else {
    const std::int64_t duration_ns = system_clock().monotonic_ns() - started_ns;
    note_if_slow(spec, args, duration_ns);
    const bool failed = std::string_view(replies_).substr(mark).starts_with('-');
    const auto lock = service_.engine.keyspace().keyspace().lock();
    count_call(spec, args, duration_ns, failed);
  }
  if (token.cancelled()) closing_ = true;
  if (std::string_view(replies_).substr(mark).starts_with('-')) {
    note_error(std::string_view(replies_).substr(mark + 1));
  }
}

// What a transaction without writes has published is in the stream when it is over, together.
void Session::end_published() {
  const auto lock = service_.engine.keyspace().keyspace().lock();
  service_.source.flush_locked();
}

io::Task<void> Session::run_batch() {
  if (batch_.empty()) co_return;
  if (batch_.has_writes()) service_.engine.keyspace().keyspace().prefetch_index(batch_);
  if (service_.monitors.any()) co_await show_calls();
  time_calls();
  bool more = true;
  while (more) {
    // Reads run on this thread, within the call.
    const bool timed = !batch_.has_writes() && batch_.call_count() >= kTimedBatchCalls;
    const std::int64_t started_ns = timed ? system_clock().monotonic_ns() : 0;
    // The usual case, without coroutines of its own: they cost as much as a small command.
    if (may_submit_at_once()) {
      reply_mark_ = replies_.size();
      submission_->begin();
      service_.engine.keyspace().submit(*submission_);
      if (!submission_->finished()) co_await submission_->event.wait();
      note_written();
    } else {
      co_await (must_prepare_ ? submit_prepared() : submit_in_turn());
    }
    const std::int64_t duration_ns = timed ? system_clock().monotonic_ns() - started_ns : 0;
    if (batch_.deferred()) co_await run_deferred();
    if (batch_.has_writes() && service_.blocked.any_tries()) co_await let_waiters_try();
    if (in_exec() && !batch_.has_writes() && service_.source.active()) end_published();
    if (service_.engine.keyspace().keyspace().has_met_expired()) co_await remove_met_expired();
    Status verdict = submission_->status;
    const protocol::Promise owed = promise();
    if (verdict && owed.any()) verdict = co_await protocol::wait_durable(service_.engine, owed);
    if (!verdict) co_await refuse_writes(verdict.error());
    adapt_batches(replies_.size(), duration_ns);
    take_replies();
    more = submission_->status && !batch_.finished();
    // What was made so far leaves before more is made.
    if (connection_.unsent() >= kMaxReplyBytes) {
      const bool sent = co_await connection_.flush();
      if (!sent) closing_ = true;
      more = more && sent;
    }
  }
  if (batch_.blocked()) co_await wait_for_keys();
  end_replies();
  // What has made the data too large is answered first.
  const keyspace::KeyspaceRoom& room = service_.engine.keyspace().room();
  const bool may_grow = batch_.has_writes() || batch_.runs_calls();
  if (may_grow && room.limited() && room.full(0)) (void)co_await make_room(0);
  if (batch_.argument_bytes() > kKeptBytes) submission_.emplace(batch_, caller_);
  batch_.clear();
  // To clear a deque costs as much as a small command, also when it is empty.
  if (!own_replies_.empty()) own_replies_.clear();
  executing_.clear();
  if (!refusals_.empty()) refusals_.clear();
  if (settings_changed_) co_await apply_settings();
}

// --- Waiting ---

// False when the data is above its limit, stays there, and the command may make it larger.
io::Task<bool> Session::wait_for_turn(const keyspace::CommandSpec& spec) {
  co_await connection_.flush();
  bool paused = service_.pause.mode() != Pause::Mode::none && must_wait(spec, parser_.arguments());
  if (paused) {
    // What a client asked for that has gone meanwhile does not happen.
    protocol::Connection::PeerWatch peer(connection_);
    const CancelToken over = peer.over();
    connection_.settle();
    while (paused && !over.cancelled()) {
      co_await service_.pause.wait(over);
      paused = service_.pause.mode() != Pause::Mode::none && must_wait(spec, parser_.arguments());
    }
    closing_ = peer.is_over();
  }
  if (closing_ || connection_.draining()) {
    closing_ = true;
    co_return true;
  }
  if (!needs_memory(spec)) co_return true;
  co_return co_await make_room(bytes_to_come(parser_.arguments()));
}

// As keyspace::KeyspaceRoom::make, without holding up the thread.
io::Task<bool> Session::make_room(std::size_t bytes) {
  keyspace::KeyspaceRoom& room = service_.engine.keyspace().room();
  for (int round = 0; room.full(bytes) && round < keyspace::KeyspaceRoom::kMaxRounds; ++round) {
    keyspace::Evictions evictions(room.victims(bytes));
    if (evictions.empty()) co_return !room.full(bytes);
    engine::Caller server(service_.engine.access(), catalog::kAdminName);
    Submission submission(evictions.batch(), server);
    submission.begin();
    service_.engine.keyspace().submit(submission);
    if (!submission.finished()) co_await submission.event.wait();
    if (!submission.status) break;  // the command will hear of it
  }
  co_return true;
}

// What reads have met after its time goes, as with Redis, before they are answered; not in a pause,
// when nothing changes.
io::Task<void> Session::remove_met_expired() {
  keyspace::Keyspace& keyspace = service_.engine.keyspace().keyspace();
  keyspace::Expired met;
  {
    const auto lock = keyspace.lock();
    met = keyspace.take_met_expired();
  }
  if (met.empty() || service_.pause.mode() != Pause::Mode::none || keyspace.is_copy()) co_return;
  keyspace::ExpiryCalls calls(std::move(met));
  engine::Caller server(service_.engine.access(), catalog::kAdminName);
  Submission submission(calls.batch(), server);
  submission.begin();
  service_.engine.keyspace().submit(submission);
  // What the log does not take stays, and is absent to readers anyway.
  if (!submission.finished()) co_await submission.event.wait();
}

// What the batch would have changed gets the error instead; its reads are answered.
io::Task<void> Session::refuse_writes(Error error) {
  replies_.clear();
  own_replies_.emplace_back();
  keyspace::Reply(own_replies_.back(), protocol_).error(write_refused(error));
  note_error(write_refused(error));
  batch_.refuse_writes(own_replies_.back());
  co_await submit();  // reads alone
}

// What the reply to the batch waits for.
protocol::Promise Session::promise() const {
  protocol::Promise out;
  const bool waits = batch_.has_writes() && service_.settings.durability() == Durability::disk;
  if (waits) out.add(submission_->lsn, Durability::disk);
  return out;
}

// --- Replies ---

void Session::take_replies(bool pushed) {
  if (pushed || reply_mode_ == ReplyMode::on) {
    // A large reply is handed over rather than copied: that would hold up the others of the thread.
    if (replies_.size() > kKeptBytes) {
      connection_.append(std::move(replies_));
    } else {
      connection_.output().append(replies_);
    }
  }
  replies_.clear();
  if (replies_.capacity() > kKeptBytes) std::string().swap(replies_);
  mailbox_->let_invalidations_go();
}

// A batch that writes cannot stop in the middle, however large its replies become, and none does
// for the others of its thread: how many calls the next may hold follows from what this one was
// like.
void Session::adapt_batches(std::size_t reply_bytes, std::int64_t duration_ns) {
  if (reply_bytes > kMaxReplyBytes) {
    max_batch_calls_ = std::max<std::size_t>(batch_.call_count() * kMaxReplyBytes / reply_bytes, 1);
  } else if (duration_ns > kLongBatchNs) {
    max_batch_calls_ = std::max<std::size_t>(batch_.call_count() / 2, 1);
  } else if (reply_bytes < kMaxReplyBytes / 2) {
    max_batch_calls_ = std::min(max_batch_calls_ * 2, kMaxBatchCalls);
  }
}

// The batch is over, and with it what CLIENT REPLY SKIP and CLIENT CACHING said.
void Session::end_replies() {
  if (exception_ == Exception::coming) {
    exception_ = Exception::now;
  } else if (!in_transaction_) {
    exception_ = Exception::none;
  }
  if (reply_mode_ == ReplyMode::skip_next) {
    reply_mode_ = ReplyMode::skip;
  } else if (reply_mode_ == ReplyMode::skip) {
    reply_mode_ = ReplyMode::on;
  }
}

// --- Calls that took long ---

// All calls are timed: for INFO commandstats. What calls of a group took is not known of each, so
// there are none where the slow log asks for what a group may take.
void Session::time_calls() {
  const std::int64_t slow_us = service_.settings.slow_call_us();
  const bool together = slow_us < 0 || slow_us > kTimedTogetherUs;
  batch_.observe_calls(this,
                       together ? keyspace::CallTiming::together : keyspace::CallTiming::each);
}

void Session::count_call(const keyspace::CommandSpec& spec, keyspace::Args args,
                         std::int64_t duration_ns, bool failed) {
  if (spec.has(keyspace::kInternal)) return;
  service_.command_stats.called(called_row(spec, args), duration_ns, failed);
}

void Session::called(const keyspace::CommandSpec& spec, keyspace::Args args,
                     std::int64_t duration_ns, bool failed) {
  count_call(spec, args, duration_ns, failed);
  note_if_slow(spec, args, duration_ns);
}

void Session::called_together(const keyspace::CommandSpec& spec, std::size_t count,
                              std::size_t failed, std::int64_t duration_ns) {
  if (spec.has(keyspace::kInternal)) return;
  service_.command_stats.called(spec, count, failed, duration_ns);
}

void Session::note_if_slow(const keyspace::CommandSpec& spec, keyspace::Args args,
                           std::int64_t duration_ns) {
  const std::int64_t slow_us = service_.settings.slow_call_us();
  const std::int64_t latency_ms = service_.settings.latency_threshold_ms();
  const bool slow = slow_us >= 0 && duration_ns >= slow_us * kMicrosecondNs;
  const bool late = latency_ms > 0 && duration_ns >= latency_ms * kMillisecondNs;
  if (!slow && !late) return;
  const std::int64_t wall_s = system_clock().wall_ns() / 1'000'000'000;
  const std::int64_t duration_us = duration_ns / kMicrosecondNs;
  if (slow && !spec.has(keyspace::kNeverLogged)) {
    SlowCall call{
        .wall_s = wall_s, .duration_us = duration_us, .args = arguments_to_show(spec, args)};
    call.client = address_;
    call.client_name = connection_.info().attribute("name");
    service_.slow_log.add(std::move(call), service_.settings.slow_log_calls());
  }
  if (late) {
    const LatencySpike spike{wall_s, duration_ns / kMillisecondNs};
    service_.latency.add(spec.has(keyspace::kFast) ? "fast-command" : "command", spike);
  }
}

io::Task<Status> Session::write_internal(keyspace::LocalBatch& batch) {
  engine::Caller server(service_.engine.access(), catalog::kAdminName);
  Submission submission(batch, server);
  submission.begin();
  service_.engine.keyspace().submit(submission);
  if (!submission.finished()) co_await submission.event.wait();
  if (submission.status) written_.add(submission.lsn, Durability::disk);
  if (!submission.status || service_.settings.durability() != Durability::disk) {
    co_return submission.status;
  }
  protocol::Promise owed;
  owed.add(submission.lsn, Durability::disk);
  co_return co_await protocol::wait_durable(service_.engine, owed);
}

// --- Client-side caching ---

void Session::was_read(const keyspace::CommandSpec& spec, unsigned db, keyspace::Args args) {
  const bool reads = spec.has(keyspace::kReadonly) || spec.has(keyspace::kRunsCalls);
  if (!reads || spec.has(keyspace::kPubsub)) return;
  if (tracking_->broadcast) return;
  const bool exception = exception_ == Exception::now;
  if ((tracking_->opt_in && !exception) || (tracking_->opt_out && exception)) return;
  std::vector<std::string_view> keys;
  for (const std::size_t at : keyspace::key_positions(spec, args)) keys.push_back(args[at]);
  if (!keys.empty()) service_.tracking.remember(id(), db, keys);
}

// --- Settings ---

io::Task<void> Session::apply_settings() {
  settings_changed_ = false;
  service_.notifier.set_flags(service_.settings.event_flags());
  service_.follow_settings();
  // `maxmemory` may be lower than it was. What stays above it is refused when it is written.
  co_await make_room(0);
  const auto changes = service_.settings.encoding_changes(service_.engine.keyspace().keyspace());
  if (changes.empty()) co_return;
  const auto* tune = keyspace::keyspace_commands().find_logged("octavo.tune");
  std::vector<std::string_view> args{tune->name};
  for (const auto& [name, value] : changes) {
    args.push_back(name);
    args.push_back(value);
  }
  std::string replies;
  keyspace::LocalBatch batch(replies);
  batch.add(*tune, 0, args);
  (void)co_await write_internal(batch);  // what the log does not take is as it was after a restart
}

}  // namespace octavo::redis
