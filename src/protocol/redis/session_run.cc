// Batches on their way through the pipeline, and everything that a session waits for.

#include <fmt/format.h>

#include "base/random.h"
#include "io/executor.h"
#include "keyspace/blocking.h"
#include "keyspace/command_table.h"
#include "keyspace/eviction.h"
#include "protocol/redis/commands.h"
#include "protocol/redis/session.h"

namespace octavo::redis {
namespace {

constexpr std::size_t kEvictedAtOnce = 16;
constexpr int kMaxEvictionRounds = 64;  // for one command
constexpr std::int64_t kMicrosecondNs = 1'000;
constexpr std::int64_t kMillisecondNs = 1'000'000;

std::string write_refused(const Error& error) {
  if (error.code == Code::resource_exhausted) {
    return "MISCONF Errors writing to the log: " + error.what;
  }
  return "ERR " + error.what;
}

}  // namespace

io::Task<void> Session::proceed(Next next) {
  co_await run_batch();
  const keyspace::CommandSpec& spec = *spec_;
  if (next == Next::wait) {
    co_await wait_for_turn(spec);
    if (closing_) co_return;
    const bool full = spec.has(keyspace::kDenyOom) && door_.settings.max_memory() > 0 &&
                      door_.engine.keyspace().keyspace().used_bytes() > door_.settings.max_memory();
    if (full) {
      reject(keyspace::kOutOfMemory);
      next = Next::more;
    } else {
      next = accept(spec, parser_.arguments());
    }
  }
  switch (next) {
    case Next::dialogue: co_await run_pending(); break;
    case Next::alone:
      add_call(spec, parser_.arguments());
      co_await run_batch();
      break;
    case Next::run: co_await run_batch(); break;
    case Next::more:
    case Next::wait: break;
  }
}

io::Task<void> Session::run_pending() {
  const DialogueCommand& command = *std::exchange(pending_, nullptr);
  const auto args = std::move(pending_args_);
  if (command.wait != nullptr) {
    // What came before leaves now; the command may take its time.
    co_await connection_.flush();
    std::vector<std::string> own_args(args.begin(), args.end());
    co_await command.wait(*this, std::move(own_args));
  } else {
    command.run(*this, args);
  }
  if (!batch_.empty()) {
    co_await run_batch();  // EXEC
  } else {
    take_replies();
    end_replies();
  }
  if (door_.monitors.any()) show_to_monitors(command.spec, args);
}

io::Task<void> Session::submit() {
  submission_.begin();
  door_.engine.keyspace().submit(submission_);
  if (!submission_.finished()) co_await submission_.event.wait();
}

io::Task<void> Session::run_batch() {
  if (batch_.empty()) co_return;
  time_calls();
  bool more = true;
  while (more) {
    co_await submit();
    const bool wrote = batch_.has_writes();
    if (!submission_.status) {
      refuse_batch(submission_.status);
    } else if (wrote && door_.settings.durability() == Durability::disk) {
      co_await wait_durable(submission_.lsn);
    }
    adapt_batches(replies_.size());
    take_replies();
    if (wrote) door_.blocked.serve(door_.engine.keyspace().keyspace());
    more = submission_.status && !batch_.finished();
    // What was made so far leaves before more is made.
    if (connection_.unsent() >= kMaxReplyBytes) {
      const bool sent = co_await connection_.flush();
      if (!sent) closing_ = true;
      more = more && sent;
    }
  }
  if (batch_.blocked()) co_await wait_for_keys();
  end_replies();
  batch_.clear();
  own_replies_.clear();
  executing_.clear();
  if (unsettled_) co_await settle();
}

// --- Waiting ---

io::Task<void> Session::wait_for_turn(const keyspace::CommandSpec& spec) {
  co_await connection_.flush();
  bool paused = door_.pause.mode() != Pause::Mode::none && must_wait(spec);
  while (paused && !connection_.draining()) {
    co_await door_.pause.wait(connection_.executor(), connection_.drain_token());
    paused = door_.pause.mode() != Pause::Mode::none && must_wait(spec);
  }
  if (connection_.draining()) {
    closing_ = true;
    co_return;
  }
  if (spec.has(keyspace::kDenyOom)) co_await make_room();
}

// Gives up keys, as the policy chooses them, until the data is below its limit.
io::Task<void> Session::make_room() {
  auto& keyspace = door_.engine.keyspace().keyspace();
  const auto* evict = keyspace::keyspace_commands().find_logged("octavo.evict");
  std::string replies;
  keyspace::LocalBatch batch(replies);
  Submission submission(batch);
  for (int round = 0; round < kMaxEvictionRounds; ++round) {
    // What was dropped, and only waits to be freed, goes first.
    if (keyspace.free_garbage()) continue;
    std::vector<keyspace::KeyRef> victims;
    {
      const auto lock = keyspace.lock();
      if (!keyspace.over_memory_limit()) break;
      const std::int64_t now_ms = system_clock().wall_ns() / kMillisecondNs;
      victims = keyspace::eviction_victims(keyspace, kEvictedAtOnce, now_ms, thread_random());
    }
    if (victims.empty()) break;
    batch.clear();
    for (const auto& victim : victims) {
      const std::string_view args[] = {evict->name, victim.key};
      batch.add(*evict, victim.db, args);
    }
    submission.begin();
    door_.engine.keyspace().submit(submission);
    if (!submission.finished()) co_await submission.event.wait();
    if (!submission.status) break;
    replies.clear();
  }
}

io::Task<void> Session::wait_durable(Lsn lsn) {
  if (door_.engine.is_durable(lsn, Durability::disk)) co_return;
  io::Event durable;
  Status verdict;
  door_.engine.when_durable(lsn, Durability::disk, [&](Status status) {
    verdict = std::move(status);
    durable.set();
  });
  co_await durable.wait();
  if (!verdict) {
    replies_.clear();
    refuse_batch(verdict);
  }
}

io::Task<void> Session::wait_for_keys() {
  auto& keyspace = door_.engine.keyspace().keyspace();
  const std::vector<std::string> own_args = batch_.waiting_args();
  const std::vector<std::string_view> args(own_args.begin(), own_args.end());
  const keyspace::BlockingCall call = keyspace::blocking_call(*blocking_spec_, args);
  const auto client = std::make_shared<BlockedClient>();
  client->connection = id();
  for (const std::string_view key : call.keys) client->keys.push_back({db_, std::string(key)});
  bool timed_out = false;
  io::Timer timer(connection_.executor(), [&] {
    timed_out = true;
    client->woken.set();
  });
  if (call.timeout_ms > 0) timer.start(std::chrono::milliseconds(call.timeout_ms));
  {
    const auto lock = keyspace.lock();
    door_.blocked.add(client, keyspace);
  }
  // What is written while the client waits must not be lost: tried once more after registering.
  client->woken.set();
  // Replies of the calls before the blocking one leave now.
  co_await connection_.flush();
  // Nobody may take an element for a client that has gone.
  protocol::ConnectionLimits limits = connection_.limits();
  limits.cancel_on_hang_up = true;
  connection_.set_limits(limits);
  bool gone = connection_.stream().abandoned();
  const CancelToken draining = connection_.drain_token();
  const CancelCallback on_hang_up(connection_.token(), [&] {
    gone = true;
    client->woken.set();
  });
  bool waiting = co_await client->woken.wait(draining);
  while (waiting && !timed_out && !client->unblocked && !gone) {
    batch_.clear();
    batch_.add(*blocking_spec_, db_, args);
    co_await submit();
    if (!submission_.status || !batch_.blocked()) break;
    waiting = co_await client->woken.wait(draining);
  }
  const bool took = submission_.status && !batch_.blocked();
  if (took && door_.settings.durability() == Durability::disk) {
    co_await wait_durable(submission_.lsn);
  }
  {
    const auto lock = keyspace.lock();
    door_.blocked.remove(client, keyspace);
  }
  limits.cancel_on_hang_up = false;
  connection_.set_limits(limits);
  if (!submission_.status) {
    refuse_batch(submission_.status);
  } else if (!batch_.blocked()) {
    for (const auto& key : client->keys) door_.blocked.wake_first(key);
    door_.blocked.serve(keyspace);
  } else if (client->unblock_with_error) {
    reply().error("UNBLOCKED client unblocked via CLIENT UNBLOCK");
  } else if (timed_out || client->unblocked) {
    const bool single = blocking_spec_->name == "blmove" || blocking_spec_->name == "brpoplpush";
    single ? reply().null() : reply().null_array();
  } else {
    closing_ = true;
  }
  take_replies();
}

// --- Replies ---

void Session::take_replies() {
  if (reply_mode_ == ReplyMode::on) connection_.output().append(replies_);
  replies_.clear();
}

// A batch that writes cannot stop in the middle, however large its replies become: how many calls
// the next may hold follows from what this one's replies were like.
void Session::adapt_batches(std::size_t reply_bytes) {
  if (reply_bytes > kMaxReplyBytes) {
    max_batch_calls_ = std::max<std::size_t>(batch_.call_count() * kMaxReplyBytes / reply_bytes, 1);
  } else if (reply_bytes < kMaxReplyBytes / 2) {
    max_batch_calls_ = std::min(max_batch_calls_ * 2, kMaxBatchCalls);
  }
}

// The batch is over, and with it what CLIENT REPLY SKIP said.
void Session::end_replies() {
  if (reply_mode_ == ReplyMode::skip_next) {
    reply_mode_ = ReplyMode::skip;
  } else if (reply_mode_ == ReplyMode::skip) {
    reply_mode_ = ReplyMode::on;
  }
}

// Nothing of the batch was done: each of its calls gets the error.
void Session::refuse_batch(const Status& status) {
  const std::string text = write_refused(status.error());
  const std::size_t calls = batch_.call_count();
  for (std::size_t i = 0; i < calls; ++i) reply().error(text);
}

// --- Calls that took long ---

void Session::time_calls() {
  const std::int64_t slow_us = door_.settings.slow_call_us();
  const std::int64_t latency_ms = door_.settings.latency_threshold_ms();
  std::int64_t threshold_ns = slow_us * kMicrosecondNs;
  if (latency_ms > 0) {
    const std::int64_t latency_ns = latency_ms * kMillisecondNs;
    threshold_ns = slow_us < 0 ? latency_ns : std::min(threshold_ns, latency_ns);
  }
  const bool wanted = slow_us >= 0 || latency_ms > 0;
  batch_.observe_calls(wanted ? this : nullptr, threshold_ns);
}

void Session::slow_call(const keyspace::CommandSpec& spec, keyspace::Args args,
                        std::int64_t duration_ns) {
  const std::int64_t wall_s = system_clock().wall_ns() / 1'000'000'000;
  const std::int64_t slow_us = door_.settings.slow_call_us();
  const std::int64_t duration_us = duration_ns / kMicrosecondNs;
  if (slow_us >= 0 && duration_us >= slow_us && spec.name != "slowlog") {
    SlowCall call{.wall_s = wall_s, .duration_us = duration_us, .args = shortened(args)};
    call.client = address_;
    call.client_name = connection_.info().attribute("name");
    door_.slow_log.add(std::move(call), door_.settings.slow_log_calls());
  }
  const std::int64_t latency_ms = door_.settings.latency_threshold_ms();
  if (latency_ms > 0 && duration_ns >= latency_ms * kMillisecondNs) {
    const LatencySpike spike{wall_s, duration_ns / kMillisecondNs};
    door_.latency.add(spec.has(keyspace::kFast) ? "fast-command" : "command", spike);
  }
}

// --- Settings ---

io::Task<void> Session::settle() {
  unsettled_ = false;
  door_.notifier.set_flags(door_.settings.event_flags());
  const auto changes = door_.settings.encoding_changes(door_.engine.keyspace().keyspace());
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
  Submission submission(batch);
  submission.begin();
  door_.engine.keyspace().submit(submission);
  if (!submission.finished()) co_await submission.event.wait();
}

}  // namespace octavo::redis
