// From a command to its reply: admission, checks, where it runs, what it waits for.

#include <algorithm>
#include <utility>

#include "base/limits.h"
#include "dialect/mongodb/error/error.h"
#include "io/sleep.h"
#include "protocol/mongodb/command/collection_uuid.h"
#include "protocol/mongodb/command/profile.h"
#include "protocol/mongodb/command/retry_record.h"
#include "protocol/mongodb/command/scripts.h"
#include "protocol/mongodb/error_labels.h"
#include "protocol/mongodb/session.h"
#include "value/json.h"

namespace octavo::mongodb {
namespace {

using value::Value;

constexpr std::int64_t kNanosPerMilli = 1'000'000;

std::string place_of(const CommandCall& call) {
  return call.collection().empty() ? call.database() : call.ns();
}

void add_labels(std::uint32_t number, const ErrorPlace& place, Reply& reply) {
  for (std::string& label : error_labels(number, place)) {
    if (std::ranges::find(reply.labels, label) == reply.labels.end()) {
      reply.labels.push_back(std::move(label));
    }
  }
}

bool ends_transaction(const CommandCall& call) {
  return (call.row().flags & kEndsTransaction) != 0;
}

ErrorPlace place_of_error(const CommandCall& call) {
  return {.in_transaction = call.in_transaction() && !ends_transaction(call),
          .ends_transaction = ends_transaction(call),
          .is_retryable_write = call.is_retryable_write(),
          .reads_changes = call.reads_changes()};
}

// Of the error of a write concern: the write is made, so that its transaction is not to be
// repeated.
ErrorPlace place_of_concern(const CommandCall& call) {
  return {.is_retryable_write = call.is_retryable_write() || ends_transaction(call)};
}

Value concern_error(ErrorCode code, std::string_view text, std::vector<value::Field> info) {
  std::vector<value::Field> fields;
  const auto number = static_cast<std::uint32_t>(code);
  fields.push_back({"code", Value::int32(static_cast<std::int32_t>(number))});
  fields.push_back({"codeName", Value::string(code_name(number))});
  fields.push_back({"errmsg", Value::string(text)});
  fields.push_back({"errInfo", Value::object(std::move(info))});
  return Value::object(std::move(fields));
}

std::vector<value::Field> concern_info(const WriteConcern& concern) {
  Value nodes = concern.mode.empty() ? Value::int32(static_cast<std::int32_t>(concern.nodes))
                                     : Value::string(concern.mode);
  std::vector<value::Field> given;
  given.push_back({"w", std::move(nodes)});
  given.push_back({"wtimeout", Value::int32(static_cast<std::int32_t>(concern.timeout_ms))});
  given.push_back({"provenance", Value::string("clientSupplied")});
  std::vector<value::Field> info;
  info.push_back({"writeConcern", Value::object(std::move(given))});
  return info;
}

// What a set of one cannot promise. The write has been made.
std::optional<Value> unsatisfiable(const WriteConcern& concern) {
  if (!concern.asks_for_others()) return std::nullopt;
  if (concern.mode.empty()) {
    return concern_error(ErrorCode::unsatisfiable_write_concern, "Not enough data-bearing nodes",
                         concern_info(concern));
  }
  return concern_error(ErrorCode::unknown_repl_write_concern,
                       fmt::format("No write concern mode named '{}' found in replica set "
                                   "configuration",
                                   concern.mode),
                       concern_info(concern));
}

// Of the error of a write concern.
std::uint32_t code_of(const Value& concern_error) {
  const Value* const code = concern_error.find("code");
  if (code == nullptr || !code->is_number()) return 0;
  return static_cast<std::uint32_t>(to_integer(*code));
}

// What it says that a call was ended.
Error told(CommandCall& call, Error error) {
  const protocol::Statement& statement = call.statement();
  if (error.code == Code::cancelled && error.number == 0) {
    using protocol::End;
    const End end = statement.end();
    // A cursor ends with the call that reads it, and the other way round.
    if (end == End::killed && call.row().counted == Operation::get_more) {
      return mongodb::error(ErrorCode::cursor_killed,
                            "operation was interrupted: its cursor was killed")
          .error();
    }
    const bool server = end == End::server || end == End::none;
    const ErrorCode code = server ? ErrorCode::interrupted_at_shutdown : ErrorCode::interrupted;
    return mongodb::error(code, "operation was interrupted").error();
  }
  // A row that another transaction has locked: MongoDB waits for none.
  const bool locked = statement.context().lock_refusal == exec::LockRefusal::timed_out;
  if (error.code == Code::timed_out && error.number == 0 && locked) {
    return mongodb::error(ErrorCode::write_conflict,
                          "WriteConflict error: this operation conflicted with another operation. "
                          "Please retry your operation or multi-document transaction.")
        .error();
  }
  if (error.code == Code::timed_out && error.number == 0) {
    return mongodb::error(ErrorCode::max_time_ms_expired, "operation exceeded time limit").error();
  }
  return with_number(std::move(error));
}

}  // namespace

io::Task<Reply> Session::perform(CommandCall& call, const Request& request) {
  const ProfileSettings profiling = shared_.profiler.settings(call.database());
  CallChecks checks(call);
  if (request.exhaust_allowed) checks.allow_exhaust();
  Reply reply;
  Status status = admit(call);
  std::optional<Failure> failure;
  if (status) {
    failure = shared_.fail_points.command.meet(call.name(), client_.application, place_of(call));
  }
  shared_.count(call.row().counted);
  if (status) status = checks.check();
  if (failure && failure->block_ms > 0) {
    [[maybe_unused]] const bool slept =  // or the client has gone, who is not waited for
        co_await io::sleep_for(Nanoseconds(failure->block_ms * kNanosPerMilli),
                               connection_.token());
  }
  if (failure && failure->close_connection) {
    closing_ = true;
    co_return reply;
  }
  if (failure && failure->error) {
    reply.error = *failure->error;
  } else if (!status) {
    reply.error = std::move(status).error();
  } else {
    reply = co_await perform_checked(call, checks);
  }
  if (call.reply_is_lost()) {
    closing_ = true;
    co_return reply;
  }
  if (reply.error) reply.error = told(call, *std::move(reply.error));
  if (failure && failure->labels) {
    reply.labels = *failure->labels;
  } else if (reply.error) {
    add_labels(reply.error->number, place_of_error(call), reply);
  }
  if (failure && failure->write_concern_error) {
    if (!failure->labels) {
      add_labels(code_of(*failure->write_concern_error), place_of_concern(call), reply);
    }
    reply.add("writeConcernError", *failure->write_concern_error);
  }
  record_operation(call, reply, profiling);
  co_return reply;
}

Status Session::admit(const CommandCall& call) const {
  const CommandFlags flags = call.row().flags;
  constexpr std::string_view kAdminDatabase = "admin";
  const bool gone = call.user().empty() || shared_.service.engine.access().is_gone(call.user());
  if (gone && (flags & kBeforeLogin) == 0) {
    return error(ErrorCode::unauthorized, "Command {} requires authentication", call.name());
  }
  if ((flags & kAdminOnly) != 0 && call.database() != kAdminDatabase) {
    return error(ErrorCode::unauthorized, "{} may only be run against the admin database.",
                 call.name());
  }
  return {};
}

io::Task<Reply> Session::perform_checked(CommandCall& call, CallChecks& checks) {
  ClientSessions::Lease lease;
  protocol::Statement& statement = call.statement();
  if (checks.needs_session()) {
    call.make_reachable(connection_.executor());
    auto checked_out = co_await shared_.sessions.check_out(*call.session_key(), call.stopper(),
                                                           connection_.token());
    if (!checked_out) co_return Reply::failure(std::move(checked_out).error(), {});
    lease = *std::move(checked_out);
    if (lease.get() == nullptr) {
      closing_ = true;
      co_return Reply();
    }
    const Status recalled = co_await recall(call, *lease.get());
    if (!recalled) co_return Reply::failure(recalled.error(), {});
  } else if (call.session_key()) {
    Status touched = shared_.sessions.touch(*call.session_key());
    if (!touched) co_return Reply::failure(std::move(touched).error(), {});
  }
  if (call.max_time_ms() > 0 && (call.row().flags & kOwnTime) == 0) {
    statement.start_clock(Nanoseconds(call.max_time_ms() * kNanosPerMilli));
  }
  Result<Reply> result;
  Status entry;
  if (lease.get() != nullptr) entry = checks.enter(*lease.get());
  const bool entered = entry.has_value();
  if (entered) {
    result = co_await execute(call);
  } else {
    result = std::unexpected(std::move(entry).error());
  }
  Reply reply;
  if (result) {
    reply = *std::move(result);
  } else {
    reply.error = std::move(result).error();
  }
  // What it has read holds what the transaction has written, which ends before that: here, or by
  // another call once the session is given back.
  call.context().leave_version();
  const bool ends = (call.row().flags & kEndsTransaction) != 0;
  const bool failed = reply.error || reply.failed_in_part;
  if (entered && call.in_transaction() && (call.row().flags & kDefines) == 0) lease.get()->touch();
  if (entered && call.in_transaction() && !ends && failed) {
    call.context().transaction = nullptr;
    shared_.sessions.abandon(*lease.get());
  }
  co_await keep_promise(call, reply);
  co_return reply;
}

// What the log knows of the session, before the first call of it and for retries.
io::Task<Status> Session::recall(CommandCall& call, ClientSession& session) {
  if (!session.has_to_recall(*call.txn_number())) co_return Status();
  engine::Engine& engine = call.engine();
  auto job = [&engine, &session] { return recall_session(engine, session); };
  const Status recalled = co_await dispatch_.run(protocol::Weight::usual, std::move(job));
  co_return recalled;
}

io::Task<Result<Reply>> Session::execute(CommandCall& call) {
  for (;;) {
    Result<Reply> result = co_await run_once(call);
    if (!result || !result->wait_until_ns) co_return result;
    co_await wait(call, *result->wait_until_ns);
    if (call.statement().stopped()) co_return fail(Code::cancelled, "operation was interrupted");
  }
}

io::Task<Result<Reply>> Session::run_once(CommandCall& call) {
  if (call.row().dialogue != nullptr) {
    Result<Reply> reply = co_await call.row().dialogue(call);
    co_return reply;
  }
  bool refused = false;
  const auto work = [&call, &refused]() -> Result<Reply> {
    const value::Account::Use use(&call.statement().account());
    try {
      if (auto refusal = refuse_other_collection(call)) return *std::move(refusal);
      Result<Reply> reply = call.row().run(call);
      refused = !reply && reply.error().code == Code::would_block;
      return reply;
    } catch (const std::bad_alloc& failure) {
      return fail(value::out_of_memory(failure));
    }
  };
  // A large request is not soon done: its geometries are checked, its documents encoded.
  constexpr std::size_t kSmallBytes = 64 * kKiB;
  const bool is_small = call.body().memory_bytes(kSmallBytes) < kSmallBytes;
  const bool looks = call.row().counted != Operation::insert;  // documents have no operators
  const bool here = (call.row().flags & kHere) != 0 && is_small;
  if (here && !(looks && may_run_scripts(call.body()))) {
    auto done = protocol::Dispatch::try_here(call.context(), refused, work);
    if (done) co_return *std::move(done);
  }
  list(call);
  call.make_reachable(connection_.executor());
  const protocol::Weight weight =
      (call.row().flags & kUrgent) != 0 ? protocol::Weight::urgent : protocol::Weight::usual;
  auto job = work;
  Result<Reply> reply = co_await dispatch_.run(weight, std::move(job));
  co_return reply;
}

// For those who ask what the server does.
void Session::list(CommandCall& call) {
  constexpr std::size_t kMostTextBytes = 1000;
  protocol::Job job;
  job.name = std::string(call.name());
  const bool secret = (call.row().flags & kSecret) != 0;
  job.text = [body = secret ? Value() : call.body(), place = place_of(call)] {
    std::string text = body.is_null() ? place : value::to_json(body);
    if (text.size() > kMostTextBytes) text.resize(kMostTextBytes);
    return text;
  };
  if (call.wait_until_ns() == 0) call.statement().list(std::move(job));
}

io::Task<void> Session::wait(CommandCall& call, std::int64_t until_ns) {
  const bool sent = co_await connection_.flush();
  protocol::Connection::PeerWatch peer(connection_);
  const CancelToken over = peer.over();
  connection_.settle();
  const std::int64_t left = std::max<std::int64_t>(until_ns - call.monotonic_ns(), 1);
  [[maybe_unused]] const protocol::Woken woken =  // the call looks at what there is
      co_await call.statement().alarm()->wait(Nanoseconds(left), over);
  if (connection_.draining()) {
    call.end_waits();
  } else if (!sent || peer.is_over()) {
    call.statement().stop(protocol::End::gone);
  }
}

// For at most as long as the write concern says.
io::Task<Status> Session::wait_durable(CommandCall& call, bool& timed_out) {
  const protocol::Promise promise = call.statement().promise;
  const std::int64_t limit_ms = call.write_concern().timeout_ms;
  if (limit_ms <= 0) {
    const Status kept =
        co_await protocol::wait_durable(shared_.service.engine, promise, connection_.token());
    co_return kept;
  }
  CancelSource late(connection_.token());
  io::Timer timer(connection_.executor(), [&late, &timed_out] {
    timed_out = true;
    late.cancel(Code::timed_out);
  });
  timer.start(Nanoseconds(limit_ms * kNanosPerMilli));
  const Status kept =
      co_await protocol::wait_durable(shared_.service.engine, promise, late.token());
  co_return kept;
}

io::Task<void> Session::keep_promise(CommandCall& call, Reply& reply) {
  const WriteConcern& concern = call.write_concern();
  const bool has_concern = (call.row().flags & kWriteConcern) != 0;
  std::optional<Value> broken;
  if (call.statement().promise.any()) {
    bool timed_out = false;
    const Status kept = co_await wait_durable(call, timed_out);
    if (!kept) {
      auto info = concern_info(concern);
      if (timed_out) info.push_back({"wtimeout", Value::boolean(true)});
      broken = concern_error(ErrorCode::write_concern_failed, kept.error().what, std::move(info));
    }
  }
  if (!broken && has_concern && !reply.error && shared_.is_replica_set()) {
    broken = unsatisfiable(concern);
  }
  if (broken) reply.add("writeConcernError", *std::move(broken));
}

}  // namespace octavo::mongodb
