#include "protocol/mongodb/transfer/follow.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "dialect/mongodb/type/type.h"
#include "protocol/mongodb/command/build.h"

namespace octavo::mongodb::transfer {
namespace {

using value::Field;
using value::Value;

constexpr std::int32_t kWaitMs = 1000;
constexpr std::int32_t kEvents = 1000;  // in a batch
constexpr std::int64_t kKeepPeriodNs = 1'000'000'000;
constexpr std::int64_t kNanosPerSecond = 1'000'000'000;
// Answers without an event before the source is taken to have no more: the first may come from a
// member that lags behind.
constexpr int kQuietAnswers = 2;
constexpr std::int64_t kMarkPeriodNs = 1'000'000'000;
// Not to have met a mark for so long is to be behind.
constexpr std::int64_t kLatePeriodNs = 5'000'000'000;
constexpr int kMostRefusals = 20;

Value stream_options(const Value& token, std::int32_t wait_ms) {
  std::vector<Field> out{{"fullDocument", text("updateLookup")},
                         {"maxAwaitTimeMS", Value::int64(wait_ms)},
                         {"batchSize", Value::int32(kEvents)}};
  if (!token.is_null()) out.push_back({"resumeAfter", token});
  return Value::object(std::move(out));
}

// The history of the source does not reach back to the token.
bool is_too_old(const Error& error) {
  constexpr std::uint32_t kHistoryLost = 286;
  constexpr std::uint32_t kFatal = 280;
  constexpr std::uint32_t kCappedPositionLost = 136;
  return error.number == kHistoryLost || error.number == kFatal ||
         error.number == kCappedPositionLost;
}

}  // namespace

Result<Value> present_token(Remote& source, std::string& why) {
  RemoteChanges changes = source.watch(stream_options(Value(), 1));
  const auto first = changes.next();
  if (first) return changes.token();
  if (first.error().number == 0) return fail(first.error());
  why = first.error().what;
  return Value();
}

Status Follower::run(FollowUntil until) {
  for (bool done = false; !done;) {
    const Status followed = follow_once(until, done);
    if (followed) continue;
    Error error = followed.error();
    if (is_too_old(error)) {
      error.what = fmt::format(
          "{} does not know any more what has changed since the copy began: {}; begin anew "
          "(--mongodb-resume off --existing replace), with a larger oplog there",
          parts_.remote.name(), error.what);
      return fail(std::move(error));
    }
    TRY_STATUS(parts_.patience.wait(error));
  }
  return {};
}

// Until the end, or until the stream breaks.
Status Follower::follow_once(FollowUntil until, bool& done) {
  quiet_ = 0;
  met_ = true;
  RemoteChanges changes = parts_.remote.watch(stream_options(parts_.ledger.token(), kWaitMs));
  for (;;) {
    TRY_STATUS(take_mark());
    TRY(const std::optional<Value> event, changes.next());
    parts_.patience.reset();
    bool now = false;
    if (event) {
      TRY_STATUS(on_event(*event));
      now = !met_ && mark_ && last_ && *last_ > *mark_;
    } else {
      now = ++quiet_ >= kQuietAnswers;
    }
    if (now) TRY_STATUS(on_caught_up(changes.token()));
    if (!event || parts_.report.now_ns() - kept_ns_ > kKeepPeriodNs) {
      TRY_STATUS(applier_.flush());
      TRY_STATUS(keep(changes.token()));
    }
    show();
    done = now && is_over(until);
    if (done) return {};
  }
}

Status Follower::take_mark() {
  const std::int64_t age_ns = parts_.report.now_ns() - mark_ns_;
  const bool stops = parts_.stop.requested() && !stopping_;
  if (!met_ && age_ns > kLatePeriodNs) caught_up_ = false;
  if (!stops && (!met_ || age_ns < kMarkPeriodNs)) return {};
  TRY(mark_, source_time(parts_.source));
  mark_ns_ = parts_.report.now_ns();
  met_ = false;
  if (stops) {
    quiet_ = 0;
    reconciler_.doubt();
  }
  stopping_ = stopping_ || stops;
  return {};
}

Status Follower::on_event(const Value& event) {
  quiet_ = 0;
  TRY(const Change change, read_change(event));
  if (change.time) last_ = change.time;
  if (change.kind == ChangeKind::drop || change.kind == ChangeKind::rename) indexed_ = false;
  return applier_.apply(change);
}

Status Follower::on_caught_up(const Value& token) {
  TRY_STATUS(applier_.settle());
  TRY_STATUS(keep(token));
  met_ = true;
  caught_up_ = true;
  if (!reconciler_.is_clean()) {
    TRY_STATUS(reconciler_.look());
    indexed_ = indexed_ && reconciler_.is_clean();
  }
  const bool settled = reconciler_.is_clean() && !applier_.has_waiting();
  if (settled && !indexed_) TRY_STATUS(match_all_indexes());
  return {};
}

bool Follower::is_over(FollowUntil until) const {
  return indexed_ && reconciler_.is_clean() && !applier_.has_waiting() &&
         (stopping_ || until == FollowUntil::caught_up);
}

Status Follower::keep(const Value& token) {
  kept_ns_ = parts_.report.now_ns();
  if (token.is_null() || applier_.has_waiting() || equal(token, parts_.ledger.token())) return {};
  return parts_.ledger.set_token(token);
}

// Documents are of one time now, but for what has come since: a unique index that cannot be made
// yet is tried again.
Status Follower::match_all_indexes() {
  for (auto& [name, entry] : parts_.ledger.collections()) {
    const Status matched = parts_.definitions.match_indexes(entry, IndexChoice::all);
    if (matched) continue;
    if (matched.error().number != kDuplicateKey || ++refused_ > kMostRefusals) return matched;
    return {};
  }
  indexed_ = true;
  refused_ = 0;
  return {};
}

void Follower::show() {
  const std::string changes = fmt::format("{} changes applied", grouped(applier_.applied()));
  if (stopping_) {
    parts_.report.status(fmt::format("ending: applying what is left; {}", changes));
  } else if (caught_up_) {
    parts_.report.status(
        fmt::format("caught up with {}; {}. To cut over: end all writes there, then press Ctrl-C",
                    parts_.remote.hosts(), changes));
  } else {
    const std::int64_t wall_s = system_clock().wall_ns() / kNanosPerSecond;
    parts_.report.status(fmt::format(
        "catching up with {}: {}{}", parts_.remote.hosts(), changes,
        last_ ? fmt::format(", {} behind",
                            time_text(std::max<std::int64_t>(wall_s - last_->seconds, 0)))
              : ""));
  }
}

}  // namespace octavo::mongodb::transfer
