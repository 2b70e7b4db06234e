// Scripts: batches with calls that run others.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "io/sleep.h"
#include "keyspace/write_turn.h"
#include "protocol/redis/commands.h"
#include "protocol/redis/script_run.h"
#include "protocol/redis/session.h"

namespace octavo::redis {
namespace {

constexpr int kMaxOutdatedAttempts = 3;
constexpr std::chrono::milliseconds kTurnInterval{1};
constexpr std::string_view kAllBusy =
    "BUSY Scripts that have run for long take all threads that there are for such. SCRIPT KILL and "
    "FUNCTION KILL end them.";

// Others that want to write wait, as long as it lives.
class WholeTurn {
 public:
  explicit WholeTurn(keyspace::Pins& pins) : pins_(pins) {}
  ~WholeTurn() {
    if (held_) pins_.release_all();
  }
  WholeTurn(const WholeTurn&) = delete;
  WholeTurn& operator=(const WholeTurn&) = delete;
  bool try_take() { return held_ = held_ || pins_.reserve_all(); }
  bool held() const { return held_; }

 private:
  keyspace::Pins& pins_;
  bool held_ = false;
};

}  // namespace

// What scripts have changed, as one operation of the log. False: what they saw is no longer so.
io::Task<bool> Session::commit_effects(BytesView bytes, bool in_turn) {
  std::string unused;
  keyspace::LocalBatch effects(unused);
  effects.use_effects(bytes);
  effects.set_session(this);  // whose change it is
  bool allowed = true;
  effects.visit_calls([&](const keyspace::CommandSpec& spec, unsigned db, keyspace::Args args) {
    allowed = allowed && caller_.may(spec, db, args);
  });
  if (!allowed) co_return false;
  auto& keyspace = service_.engine.keyspace().keyspace();
  std::optional<keyspace::WriteTurn> turn;
  if (!in_turn && keyspace.pins().any()) turn.emplace(keyspace, effects);
  while (turn && !turn->has_come() && !connection_.token().cancelled()) {
    (void)co_await io::sleep_for(kTurnInterval);  // cut short by nothing
  }
  Submission submission(effects, caller_);
  submission.begin();
  if (bytes.size() >= kLargeCallBytes) {
    auto job = [&] { service_.engine.keyspace().submit(submission); };
    if (Status ran = co_await long_calls_.compute(std::move(job)); !ran) {
      submission_->status = std::move(ran);
      co_return false;
    }
  } else {
    service_.engine.keyspace().submit(submission);
  }
  if (!submission.finished()) co_await submission.event.wait();
  submission_->status = submission.status;
  if (submission.status) {
    submission_->lsn = submission.lsn;
    written_.add(submission.lsn, Durability::disk);
  }
  co_return submission.status && !effects.outdated();
}

// False: there will be no thread before somebody ends one of the scripts that run, or the client
// has gone.
io::Task<bool> Session::wait_for_script_room(RunningScripts::Entry& entry) {
  using Room = RunningScripts::Room;
  while (!connection_.token().cancelled()) {
    const std::int64_t limit_ns = service_.settings.busy_script_ms() * 1'000'000;
    const Room room = entry.enter(RunningScripts::kMost, limit_ns);
    if (room != Room::taken) co_return room == Room::free;
    (void)co_await io::sleep_for(kTurnInterval);  // cut short by nothing
  }
  co_return false;
}

// On a thread of its own, where it is listed and can be ended; or not at all, when it is refused.
io::Task<Status> Session::run_scripts_apart(ScriptRun& run, bool& refused) {
  RunningScript listed;
  listed.name = run.last_script().name;
  listed.is_function = run.last_script().is_function;
  listed.user = caller_.user();
  batch_.visit_calls([&](const keyspace::CommandSpec&, unsigned, keyspace::Args args) {
    if (listed.words.empty()) listed.words = shortened(args);
  });
  RunningScripts::Entry running(service_.running_scripts, listed);
  refused = !co_await wait_for_script_room(running);
  if (refused) co_return Status();
  protocol::Job job;
  job.set_origin(connection_.info(), caller_.user(), listed.started_ns);
  job.text = [words = listed.words] { return fmt::format("{}", fmt::join(words, " ")); };
  job.kill = [killed = &listed.killed] { killed->store(true); };
  const protocol::Jobs::Entry entry(service_.jobs, std::move(job));
  protocol::Connection::PeerWatch peer(connection_);
  run.end_with(peer.over());
  auto work = [&] { run.attempt(false, &listed); };
  Status ran = co_await script_threads_.compute(std::move(work));
  closing_ = closing_ || run.is_gone();
  run.end_with({});
  co_return ran;
}

io::Task<void> Session::run_scripts() {
  auto& pins = service_.engine.keyspace().keyspace().pins();
  ScriptRun run(service_, batch_, caller_.user(), this, connection_.token());
  if (tracking_) run.observe_reads(this);
  WholeTurn turn(pins);
  submission_->status = {};
  submission_->lsn = {};
  bool apart = false;
  int outdated = 0;
  const keyspace::KeyspaceRoom& room = service_.engine.keyspace().room();
  // What does not fit then is refused where a script writes it.
  if (room.limited() && room.full(batch_.argument_bytes())) {
    (void)co_await make_room(batch_.argument_bytes());
  }
  while (!run.is_over() && submission_->status) {
    if (connection_.token().cancelled()) {
      closing_ = true;
      break;
    }
    if (apart) {
      bool refused = false;
      submission_->status = co_await run_scripts_apart(run, refused);
      if (!submission_->status) break;
      if (refused) {
        run.refuse(kAllBusy);
        apart = false;
        continue;
      }
    } else {
      run.attempt(true, nullptr);
    }
    if (closing_) break;
    const ScriptRun::Outcome outcome = run.outcome();
    if (outcome == ScriptRun::Outcome::too_long) apart = true;
    bool accepted = outcome == ScriptRun::Outcome::done;
    if (accepted && !run.effects().empty()) {
      accepted = co_await commit_effects(run.effects(), turn.held());
    }
    if (accepted) {
      {
        const auto lock = service_.engine.keyspace().keyspace().lock();  // for the statistics
        for (const ScriptRun::Timed& one : run.timed()) {
          const std::size_t mark = std::min(reply_mark_, replies_.size());
          const bool failed = std::string_view(replies_).substr(mark).starts_with('-');
          reply_mark_ = replies_.size();
          called(*one.spec, one.args, one.ns, failed);
        }
      }
      run.accept();
      outdated = 0;
      continue;
    }
    if (outcome == ScriptRun::Outcome::done || outcome == ScriptRun::Outcome::outdated) ++outdated;
    while (outdated >= kMaxOutdatedAttempts && !turn.try_take()) {
      (void)co_await io::sleep_for(kTurnInterval);  // cut short by nothing
    }
  }
  batch_.pass_all();
}

}  // namespace octavo::redis
