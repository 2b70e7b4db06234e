#include "protocol/rethinkdb/session.h"

#include <fmt/format.h>

#include <algorithm>

#include "dialect/reql/read/parse.h"
#include "dialect/reql/text/print_js.h"
#include "dialect/reql/write.h"
#include "protocol/common/handshake_deadline.h"
#include "protocol/rethinkdb/cheap.h"
#include "protocol/rethinkdb/frame.h"
#include "protocol/rethinkdb/row_texts.h"

namespace octavo::rethinkdb {
namespace {

using value::Value;

constexpr auto kEmptyBatchAfter = std::chrono::milliseconds(500);  // for V0_3 clients

// One for all feeds that an I/O thread serves.
RowTexts& row_texts() {
  thread_local RowTexts texts;
  return texts;
}

reql::ReqlError to_reql(const Error& error) { return {reql::kind_of(error.code), error.what, {}}; }

}  // namespace

Session::Running::Running(ServiceState& service, protocol::Statements& all, std::int64_t t,
                          const std::string& user, value::Account pays)
    : token(t),
      statement(all, user, std::move(pays)),
      host(service, statement),
      started_ns(statement.started_ns()) {}

Session::Answer Session::Running::advance() {
  if (execution->is_array()) return write_array();
  Answer answer;
  if (!execution->is_atom()) answer.outcome = next();
  if (!answer.outcome || noreply) return answer;
  // Small batches of feeds are encoded on the I/O thread, where listeners share the text of rows.
  const bool small = answer.outcome->bytes <= protocol::kMaxInlineReplyBytes;
  if (small && execution->is_feed()) return answer;
  const value::Account::Use use(&statement.account());
  put_success(answer.outcome, nullptr, answer.frame);
  if (!execution->is_feed() && !execution->is_atom()) answer.outcome->rows.clear();
  return answer;
}

// The rows are in memory a batch at a time, beside their text.
Session::Answer Session::Running::write_array() {
  const value::Account::Use use(&statement.account());
  Answer answer;
  ResponseOptions options;
  options.account = &statement.account();
  options.duration_ms = duration_ms();
  options.is_array = true;
  Response response(token, ResponseType::success_atom, options, answer.frame);
  while (true) {
    const auto rows = execution->next_elements();
    if (!rows) return {std::unexpected(rows.error()), {}};
    if (rows->empty()) break;
    if (!noreply && !response.add(*rows)) return answer;
  }
  response.end(duration_ms());
  return answer;
}

Session::Outcome Session::Running::next() { return execution->next(false); }

bool Session::Running::poll(bool on_worker) {
  polled = on_worker ? advance() : Answer{next(), {}};
  return !polled.outcome || polled.outcome->ended || !polled.outcome->rows.empty();
}

void Session::Running::put_success(const Outcome& outcome, RowTexts* texts, Bytes& out) {
  ResponseOptions options;
  options.account = &statement.account();
  options.duration_ms = duration_ms();
  if (execution->is_atom()) {
    put_response(token, ResponseType::success_atom, std::span(&execution->atom(), 1), options, out);
    return;
  }
  const auto notes = execution->notes();
  options.notes = notes;
  options.show_notes = true;
  options.row_texts = texts;
  const auto type = outcome->ended ? ResponseType::success_sequence : ResponseType::success_partial;
  put_response(token, type, outcome->rows, options, out);
}

std::optional<double> Session::Running::duration_ms() const {
  if (!profile) return std::nullopt;
  return static_cast<double>(system_clock().monotonic_ns() - started_ns) / 1e6;
}

Session::Session(ServiceState& service, protocol::Connection& connection)
    : service_(service),
      connection_(connection),
      turns_(service.turns.of(connection.executor())),
      dispatch_(service.workers, connection),
      statements_(connection, service.jobs, service.workers),
      scope_(connection.executor(), connection.token()) {}

io::Task<void> Session::serve() {
  const bool welcome = co_await shake_hands();
  if (welcome) {
    bool go_on = true;
    while (go_on) {
      go_on = co_await handle_frames();
      if (go_on) go_on = co_await connection_.flush();
      if (go_on) go_on = co_await connection_.fill();
    }
    if (connection_.end_of_input() == protocol::EndOfInput::no_memory) refuse_request();
    if (!connection_.draining()) statements_.stop_all(End::gone);
    co_await scope_.join();
  }
  co_await scope_.stop();
}

// The one that has come in part.
void Session::refuse_request() {
  const reql::ReqlError error{
      reql::ErrorKind::resource_limit,
      "The query needs more memory than connections may use; see the server's setting `memory`.",
      {}};
  put_error(parse_frame(connection_.input()).token, error, std::nullopt, connection_.output());
}

io::Task<bool> Session::shake_hands() {
  const protocol::HandshakeDeadline deadline(connection_, [] { return false; });
  Handshake handshake(protocol::find_credentials(service_.engine, service_.credentials));
  while (handshake.state() == Handshake::State::more) {
    const bool more = co_await connection_.fill();
    if (!more) co_return false;
    connection_.consume(handshake.feed(connection_.input(), connection_.output()));
    if (handshake.state() == Handshake::State::check) {
      const bool answered = co_await check_password(handshake);
      if (!answered) co_return false;
    }
    const bool sent = co_await connection_.flush();
    if (!sent) co_return false;
  }
  version_ = handshake.version();
  user_ = handshake.user();
  co_return handshake.state() == Handshake::State::done;
}

// False when the connection or the server ends first.
io::Task<bool> Session::check_password(Handshake& handshake) {
  const auto cost =
      handshake.needs_hash() ? protocol::LoginCost::hash : protocol::LoginCost::little;
  protocol::Login login(handshake.user(), cost, handshake.credentials(),
                        protocol::find_credentials(service_.engine, service_.credentials));
  login.fits = [&] { return handshake.password_fits(); };
  const auto outcome = co_await service_.logins.log_in(connection_, std::move(login));
  if (outcome == protocol::LoginOutcome::ended) co_return false;
  if (outcome == protocol::LoginOutcome::refused) {
    handshake.refuse(protocol::kTooManyFailedLogins, connection_.output());
    co_return true;
  }
  handshake.finish(outcome == protocol::LoginOutcome::right, connection_.output());
  co_return true;
}

// Every whole frame that has come; false when the connection is to be closed.
io::Task<bool> Session::handle_frames() {
  for (;;) {
    const QueryFrame frame = parse_frame(connection_.input());
    if (frame.state == QueryFrame::State::more) co_return true;
    if (frame.state == QueryFrame::State::too_large) {
      put_error(frame.token,
                client_error(fmt::format("Query size ({}) greater than maximum ({}).",
                                         frame.announced, kMaxQueryBytes)),
                std::nullopt, connection_.output());
      co_return false;
    }
    if (busy_ >= kMaxQueriesInFlight) {
      const bool room = co_await wait_until_busy_below(kMaxQueriesInFlight);
      if (!room) co_return false;
    }
    co_await handle_query(frame.token, frame.json);
    connection_.consume(frame.size());
    connection_.info().commands.add(1);
  }
}

io::Task<void> Session::handle_query(std::int64_t token, BytesView json) {
  value::Account account = protocol::query_account(service_.engine);
  Parsed query = co_await parse(json, account);
  if (!query) {
    put_error(token, query.error(), std::nullopt, connection_.output());
    co_return;
  }
  switch (query->type) {
    case reql::QueryType::start:
      start_query(token, std::move(account), *std::move(query),
                  json.size() <= protocol::kMaxInlineRequestBytes);
      break;
    case reql::QueryType::continue_stream: {
      const auto found = queries_.find(token);
      if (found == queries_.end() || found->second->busy) {
        put_error(token, client_error(fmt::format("Token {} not in stream cache.", token)),
                  std::nullopt, connection_.output());
        break;
      }
      found->second->busy = true;
      scope_.spawn(run_continue(found->second));
      break;
    }
    case reql::QueryType::stop: stop_query(token); break;
    case reql::QueryType::noreply_wait: scope_.spawn(wait_for_noreply(token)); break;
    case reql::QueryType::server_info: describe_server(token); break;
  }
  // The oldest clients expect their queries to run one at a time.
  if (version_ == ProtocolVersion::v0_3 && busy_ > 0) co_await wait_until_busy_below(1);
}

// False when the client has gone, or the server stops.
io::Task<bool> Session::wait_until_busy_below(std::size_t limit) {
  protocol::Connection::PeerWatch peer(connection_);
  const CancelToken over = peer.over();
  while (busy_ >= limit) {
    const bool changed = co_await room_.wait(over);
    if (!changed) co_return false;
  }
  co_return true;
}

// `json` stays where it is: nothing more is read from the connection meanwhile.
io::Task<Session::Parsed> Session::parse(BytesView json, value::Account& account) {
  if (json.size() <= protocol::kMaxInlineRequestBytes) co_return reql::parse_query(json, &account);
  auto job = [json, &account]() -> Result<Parsed> { return reql::parse_query(json, &account); };
  Result<Parsed> parsed = co_await dispatch_.compute(std::move(job));
  if (!parsed) co_return std::unexpected(to_reql(parsed.error()));
  co_return *std::move(parsed);
}

// The query goes before its account, which pays for it.
void Session::start_query(std::int64_t token, value::Account account, reql::Query query,
                          bool small) {
  if (queries_.contains(token)) {
    put_error(token, client_error(fmt::format("ERROR: duplicate token {}", token)), std::nullopt,
              connection_.output());
    return;
  }
  if (service_.engine.access().is_gone(user_)) {
    if (query.noreply) return;
    const Error gone{Code::permission_denied,
                     fmt::format("User `{}` does not exist any more.", user_)};
    return put_error(token, to_reql(gone), std::nullopt, connection_.output());
  }
  auto running = std::make_shared<Running>(service_, statements_, token, user_, std::move(account));
  running->noreply = query.noreply;
  running->profile = query.profile;
  if (is_urgent(query)) running->weight = protocol::Weight::urgent;
  if (query.noreply) ++noreply_running_;
  queries_[token] = running;
  scope_.spawn(run_start(std::move(running), std::move(query), small));
}

io::Task<void> Session::run_start(RunningPtr running, reql::Query query, bool small) {
  ++busy_;
  Running& r = *running;
  r.statement.start_clock(service_.query_timeout);
  using Started = Expected<std::unique_ptr<reql::Execution>, reql::ReqlError>;
  const auto start = [&r](reql::Query given) -> Started {
    return reql::Execution::start(std::move(given), r.host, r.statement.context().evaluation);
  };
  Answer answer;
  bool done = false;
  if (small && is_cheap(query)) {
    const auto here = [&] { return start(query); };
    auto started =
        protocol::Dispatch::try_here(r.statement.context(), r.host.would_have_waited(), here);
    done = started.has_value();
    if (done && !*started) answer.outcome = std::unexpected(std::move(*started).error());
    if (done && *started) {
      r.execution = **std::move(started);
      const bool more = !r.execution->is_atom() || r.execution->is_array();
      if (more) answer = co_await next_batch(r);
    }
  }
  if (!done) {
    list_job(running, query);
    auto step = [&r, &start, &query]() -> Answer {
      Started started = start(std::move(query));
      if (!started) return {std::unexpected(std::move(started).error()), {}};
      r.execution = *std::move(started);
      return r.advance();
    };
    answer = co_await on_worker(r, std::move(step));
  }
  if (r.execution != nullptr && r.execution->is_feed()) {
    const bool caught_up = answer.outcome && answer.outcome->rows.empty();
    r.feed.emplace(turns_, dispatch_, r.statement, r, caught_up);
    r.statement.set_feed();
  }
  const Status durable = co_await protocol::wait_durable(service_.engine, r.statement.promise);
  if (!durable) answer.outcome = std::unexpected(to_reql(durable.error()));
  answer_batch(r, std::move(answer));
}

// The error of a query that was told to stop before it was done: whether it left something behind
// decides what its client may conclude.
reql::ReqlError Session::cut_short(const Running& running, bool wrote) {
  using Kind = reql::ErrorKind;
  const End end = running.statement.end();
  if (end == End::killed) {
    return {Kind::op_indeterminate, "Query terminated by the `rethinkdb.jobs` table.", {}};
  }
  const bool server = end == End::server || end == End::none;
  if (server && running.feed) return {Kind::op_failed, "Changefeed aborted (unavailable).", {}};
  const std::string why = server ? "The server is shutting down." : "Query interrupted.";
  if (!wrote) return {Kind::op_failed, why, {}};
  return {Kind::op_indeterminate, partly_done({Code::cancelled, why}).what, {}};
}

void Session::list_job(const RunningPtr& running, const reql::Query& query) {
  protocol::Job job;
  job.name = reql::new_uuid();
  job.text = [term = query.term] { return reql::print_js(term); };
  running->statement.list(std::move(job), [this, target = std::weak_ptr(running)] {
    if (const RunningPtr found = target.lock()) on_killed(found);
  });
}

// Nobody may ask for more of it.
void Session::on_killed(const RunningPtr& running) {
  const auto found = queries_.find(running->token);
  if (found == queries_.end() || found->second != running) return;
  if (!running->busy) finish(*running);
}

io::Task<void> Session::run_continue(RunningPtr running) {
  ++busy_;
  Running& r = *running;
  r.started_ns = system_clock().monotonic_ns();
  Answer answer;
  // Rows that were read before may still be on their way.
  if (const Status allowed = r.host.still_allowed(); !allowed) {
    answer.outcome = std::unexpected(to_reql(allowed.error()));
  } else if (r.feed) {
    --busy_;  // a feed that waits does not count
    answer = co_await poll_feed(r);
    ++busy_;
  } else {
    r.statement.start_clock(service_.query_timeout);
    answer = co_await next_batch(r);
  }
  answer_batch(r, std::move(answer));
  if (r.feed) r.feed->delivered();
}

template <class Step>
io::Task<Session::Answer> Session::on_worker(Running& running, Step step) {
  Result<Answer> ran = co_await dispatch_.run(running.weight, std::move(step));
  if (ran) co_return *std::move(ran);
  Answer answer;
  answer.outcome = std::unexpected(to_reql(ran.error()));
  co_return answer;
}

io::Task<Session::Answer> Session::next_batch(Running& running) {
  return on_worker(running, [&running] { return running.advance(); });
}

// Waits until the feed has something to tell.
io::Task<Session::Answer> Session::poll_feed(Running& running) {
  protocol::FeedWait wait;
  if (version_ == ProtocolVersion::v0_3) wait.limit = kEmptyBatchAfter;
  wait.hold = std::chrono::duration_cast<Nanoseconds>(
      std::chrono::duration<double>(running.host.squash_seconds()));
  wait.compute = service_.query_timeout;
  const Result<protocol::FeedNews> news = co_await running.feed->next(wait);
  if (news && *news != protocol::FeedNews::stopped) co_return std::move(running.polled);
  Answer answer;
  answer.outcome = std::unexpected(news ? cut_short(running, running.statement.promise.any())
                                        : to_reql(news.error()));
  co_return answer;
}

void Session::answer_batch(Running& running, Answer answer) {
  const value::Account::Use use(&running.statement.account());
  Outcome& outcome = answer.outcome;
  const std::int64_t token = running.token;
  bool ended = true;
  const bool stream = running.execution != nullptr && !running.execution->is_atom();
  const bool cut = !outcome && outcome.error().kind == reql::ErrorKind::interrupted;
  const bool killed_midway =
      outcome && stream && !outcome->ended && running.statement.end() == End::killed;
  // A statement that was stopped between two of its transactions says so itself.
  const bool partly = !outcome && running.statement.stopped() &&
                      outcome.error().kind == reql::ErrorKind::op_indeterminate;
  if (cut || partly || killed_midway) {
    outcome = std::unexpected(cut_short(running, partly || running.statement.promise.any()));
  }
  if (running.noreply) {
    // Nothing is sent; a stream is not kept. What a client cannot know it asks `noreply_wait` for.
    const bool unknown =
        cut || (!outcome && outcome.error().kind == reql::ErrorKind::op_indeterminate);
    if (unknown && !noreply_failure_) noreply_failure_ = outcome.error();
  } else if (stream && running.statement.end() == End::client) {
    // Its client has said that it wants no more.
    ResponseOptions options;
    options.duration_ms = running.duration_ms();
    options.show_notes = true;
    put_response(token, ResponseType::success_sequence, {}, options, connection_.output());
  } else if (!outcome) {
    put_error(token, outcome.error(), running.duration_ms(), connection_.output());
  } else {
    ended = running.execution->is_atom() || outcome->ended;
    if (!answer.frame.empty()) {
      connection_.append(std::move(answer.frame));
    } else {
      running.put_success(outcome, running.execution->is_feed() ? &row_texts() : nullptr,
                          connection_.output());
    }
  }
  outcome = Outcome();  // its rows are freed here, where they are charged
  if (!ended) running.statement.account().settle();
  running.busy = false;
  if (ended) finish(running);
  --busy_;
  room_.set();
  connection_.start_flush();
}

void Session::finish(Running& running) {
  if (running.noreply) {
    --noreply_running_;
    if (noreply_running_ == 0) {
      for (const auto& waiter : std::exchange(noreply_waiters_, {})) waiter->set();
    }
  }
  queries_.erase(running.token);
}

void Session::stop_query(std::int64_t token) {
  const auto found = queries_.find(token);
  if (found == queries_.end()) {
    put_error(token, client_error(fmt::format("Token {} not in stream cache.", token)),
              std::nullopt, connection_.output());
    return;
  }
  const RunningPtr running = found->second;
  running->statement.stop(End::client);
  ResponseOptions options;
  options.show_notes = true;
  put_response(token, ResponseType::success_sequence, {}, options, connection_.output());
  if (!running->busy) finish(*running);
}

io::Task<void> Session::wait_for_noreply(std::int64_t token) {
  if (noreply_running_ > 0) {
    const auto done = std::make_shared<io::Event>();
    noreply_waiters_.push_back(done);
    co_await done->wait();
  }
  if (const auto failure = std::exchange(noreply_failure_, std::nullopt)) {
    put_error(token,
              {reql::ErrorKind::op_indeterminate,
               "A query that was sent with `noreply` failed: " + failure->message,
               {}},
              std::nullopt, connection_.output());
  } else {
    put_response(token, ResponseType::wait_complete, {}, ResponseOptions(), connection_.output());
  }
  connection_.start_flush();
}

void Session::describe_server(std::int64_t token) {
  const Value info = reql::make_object({{"id", Value::string(service_.server_uuid)},
                                        {"name", Value::string(service_.server_name)},
                                        {"proxy", Value::boolean(false)}});
  put_response(token, ResponseType::server_info, std::span(&info, 1), ResponseOptions(),
               connection_.output());
}

}  // namespace octavo::rethinkdb
