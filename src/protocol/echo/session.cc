#include "protocol/echo/session.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "base/rows.h"
#include "engine/engine.h"
#include "io/per_executor.h"
#include "protocol/echo/line.h"
#include "value/json.h"

namespace octavo::echo {
namespace {

constexpr std::size_t kRowsAtOnce = 100;

enum class Needs : std::uint8_t {
  nothing,
  secrecy,  // TLS where the port requires it
  user,
};

std::pair<std::string_view, std::string_view> cut(std::string_view text) {
  const std::size_t space = text.find(' ');
  if (space == std::string_view::npos) return {text, {}};
  return {text.substr(0, space), text.substr(space + 1)};
}

Result<TableId> find_table(engine::Engine& engine, std::string_view name) {
  const catalog::CatalogPtr state = engine.catalog();
  const auto* database = state->find_database("test");
  const auto* table = database == nullptr ? nullptr : state->find_table(database->id, name);
  if (table == nullptr) return fail(Code::not_found, "there is no such table");
  return table->id;
}

struct EndName {
  protocol::End end;
  std::string_view name;
};
constexpr auto kEnds = std::to_array<EndName>({
    {protocol::End::none, "done"},
    {protocol::End::client, "stopped"},
    {protocol::End::killed, "killed"},
    {protocol::End::gone, "gone"},
    {protocol::End::server, "server stops"},
});
static_assert(rows_in_place(kEnds, &EndName::end, protocol::End::server));

// On a worker: a write may wait for a lock.
Result<Lsn> write_row(engine::Engine& engine, TableId table, const value::Value& row,
                      exec::QueryContext& context) {
  const value::Value* key = row.find("id");
  if (key == nullptr) return fail(Code::invalid_argument, "the row has no `id`");
  exec::RowWrites writes;
  writes.table = table;
  writes.keys = {*key};
  writes.decide = [&row](std::size_t, const value::Value*) -> Result<exec::RowEdit> {
    return exec::RowEdit{exec::RowEdit::Action::put, row};
  };
  TRY(const exec::RowWritesDone done, engine.write(writes, context));
  TRY_STATUS(done.rows.front());
  return done.lsn;
}

}  // namespace

struct Session::Command {
  std::string_view word;
  Needs needs;
  io::Task<void> (Session::*run)(std::string_view rest);
};

const Session::Command Session::kCommands[] = {
    {"STARTTLS", Needs::nothing, &Session::offer_tls},
    {"LOGIN", Needs::secrecy, &Session::log_in},
    {"SCRAM", Needs::secrecy, &Session::scram},
    {"PUT", Needs::user, &Session::put},
    {"FEED", Needs::user, &Session::feed},
    {"STOP", Needs::user, &Session::stop_feed},
    {"WORK", Needs::user, &Session::work},
    {"JOBS", Needs::user, &Session::jobs},
    {"KILL", Needs::user, &Session::kill},
    {"SHOW", Needs::user, &Session::show},
};

void Session::say(std::string_view line) { connection_.output().append(line).push_back('\n'); }

void Session::say(const Status& status) { say(status ? "OK" : "ERROR " + status.error().what); }

Session::Session(const ServiceState& service, protocol::Connection& connection)
    : service_(service),
      connection_(connection),
      dispatch_(service.context.workers, connection),
      statements_(connection, service.context.jobs, service.context.workers),
      scope_(connection.executor()),
      passwords_of_(protocol::find_passwords(service.context.engine, service.context.credentials)),
      passwords_(service.context.logins, passwords_of_) {}

io::Task<void> Session::serve() {
  co_await talk();
  statements_.stop_all(protocol::End::gone);
  co_await scope_.join();
}

io::Task<void> Session::talk() {
  for (;;) {
    const Line line = next_line(connection_.input(), service_.max_bytes);
    if (line.state == Line::State::too_long) {
      say("ERROR the line is too long");
      co_return;
    }
    if (line.state == Line::State::more) {
      const bool more = co_await connection_.fill();
      if (!more) co_return;
      continue;
    }
    connection_.info().commands.add(1);
    co_await answer(line.text);
    connection_.consume(line.size);
    bool go_on = co_await connection_.flush();
    if (std::exchange(tls_follows_, false)) go_on = co_await connection_.start_tls();
    if (!go_on) co_return;
  }
}

// `line` stays where it is: nothing more is read from the connection meanwhile.
io::Task<void> Session::answer(std::string_view line) {
  const auto [word, rest] = cut(line);
  const auto* command = std::ranges::find(kCommands, word, &Command::word);
  if (command == std::end(kCommands)) {
    say(line);
  } else if (command->needs == Needs::secrecy && connection_.needs_tls()) {
    say("ERROR begin TLS first");
  } else if (command->needs == Needs::user && user_.empty()) {
    say("ERROR log in first");
  } else {
    co_await (this->*command->run)(rest);
  }
}

// The client's next bytes are those of its handshake; what was said in plain is forgotten.
io::Task<void> Session::offer_tls(std::string_view) {
  if (!connection_.may_start_tls()) co_return say("ERROR no TLS to begin");
  if (!user_.empty()) co_return say("ERROR begin TLS before you log in");
  scram_.reset();
  tls_follows_ = true;
  say("OK");
}

void Session::end_login(protocol::LoginOutcome outcome, std::string_view user,
                        std::string_view greeting) {
  switch (outcome) {
    case protocol::LoginOutcome::right: user_ = user; return say(greeting);
    case protocol::LoginOutcome::wrong: return say("ERROR wrong user or password");
    case protocol::LoginOutcome::refused:
      return say("ERROR " + std::string(protocol::kTooManyFailedLogins));
    case protocol::LoginOutcome::ended: return;
  }
}

io::Task<void> Session::log_in(std::string_view rest) {
  const auto [user, password] = cut(rest);
  const auto outcome =
      co_await passwords_.check(connection_, std::string(user), std::string(password));
  end_login(outcome, user, "OK");
}

// The client's first message, and then its last.
io::Task<void> Session::scram(std::string_view message) {
  if (!scram_) {
    scram_.emplace(passwords_of_);
    const auto first = scram_->first(message);
    if (first) co_return say(*first);
    scram_.reset();
    co_return say("ERROR no first message");
  }
  protocol::ScramServer server = *std::exchange(scram_, {});
  if (!server.proof(message)) co_return say("ERROR no last message");
  protocol::Login login(server.user(), protocol::LoginCost::little, server.credentials(),
                        passwords_of_);
  login.fits = [&server] { return server.proof_fits(); };
  const auto outcome = co_await service_.context.logins.log_in(connection_, std::move(login));
  const bool right = outcome == protocol::LoginOutcome::right;
  end_login(outcome, server.user(), right ? server.last() : std::string());
}

io::Task<void> Session::put(std::string_view rest) {
  engine::Engine& engine = service_.context.engine;
  protocol::Statement statement(statements_, user_, protocol::query_account(engine));
  auto job = [&engine, rest, &context = statement.context()]() -> Result<Lsn> {
    const auto [name, json] = cut(rest);
    TRY(const TableId table, find_table(engine, name));
    TRY(const value::Value row, value::parse_json(json));
    return write_row(engine, table, row, context);
  };
  const Result<Lsn> written = co_await dispatch_.run(protocol::Weight::usual, std::move(job));
  if (!written) co_return say(Status(fail(written.error())));
  statement.promise.add(*written, Durability::disk);
  say(co_await protocol::wait_durable(engine, statement.promise, connection_.token()));
}

// Counts until somebody ends it.
io::Task<void> Session::work(std::string_view) {
  engine::Engine& engine = service_.context.engine;
  protocol::Statement statement(statements_, user_, protocol::query_account(engine));
  statement.list({.text = [] { return "WORK"; }});
  auto job = [&context = statement.context()]() -> Status {
    for (;;) TRY_STATUS(context.check());
  };
  const Status done = co_await dispatch_.run(protocol::Weight::usual, std::move(job));
  say_end("WORK", statement.end(), done);
}

io::Task<void> Session::jobs(std::string_view) {
  const protocol::ServiceContext& service = service_.context;
  for (const auto& [id, job] : protocol::list_for(service.jobs, service.engine.access(), user_)) {
    say(fmt::format("JOB {} {} {} {}", std::to_underlying(id), job.protocol, job.user, job.text()));
  }
  say("OK");
  co_return;
}

io::Task<void> Session::kill(std::string_view rest) {
  const protocol::ServiceContext& service = service_.context;
  std::uint64_t id = 0;
  const auto parsed = std::from_chars(rest.data(), rest.data() + rest.size(), id);
  const bool done =
      parsed.ec == std::errc() &&
      protocol::kill_for(service.jobs, service.engine.access(), user_, protocol::JobId{id});
  say(done ? "OK" : "ERROR there is no such job");
  co_return;
}

io::Task<void> Session::show(std::string_view) {
  engine::Engine& engine = service_.context.engine;
  protocol::Statement statement(statements_, user_, protocol::query_account(engine));
  auto job = [&engine, &context = statement.context()]() -> Result<std::string> {
    const algebra::PlanPtr plan = algebra::make_plan(algebra::Scan{.table = kIds.at(kLinesNumber)});
    TRY(const auto query, engine.query(plan, context));
    std::string out;
    for (exec::Rows rows;; rows.clear()) {
      TRY_STATUS(query->next(kRowsAtOnce, rows));
      if (rows.empty()) return out;
      for (const value::Value& row : rows) out += "LINES " + value::to_json(row) + "\n";
    }
  };
  const Result<std::string> rows = co_await dispatch_.run(protocol::Weight::usual, std::move(job));
  if (!rows) co_return say(Status(fail(rows.error())));
  say(*rows + "OK");
}

// --- The feed: one at a time, beside the dialogue. ---

io::Task<void> Session::feed(std::string_view name) {
  if (feed_) co_return say("ERROR one feed at a time");
  const protocol::ServiceContext& service = service_.context;
  feed_.emplace(connection_, dispatch_, service.turns.of(connection_.executor()), statements_,
                user_, protocol::query_account(service.engine));
  feed_->statement().list({.text = [what = fmt::format("FEED {}", name)] { return what; }});
  auto subscribe = [&engine = service.engine, name](
                       stream::FeedOptions options,
                       exec::QueryContext& context) -> Result<stream::SubscriptionPtr> {
    TRY(const TableId table, find_table(engine, name));
    const algebra::PlanPtr plan = algebra::make_plan(algebra::Scan{.table = table});
    options.include_initial = true;
    return engine.subscribe(stream::FeedKind::range, plan, std::move(options), context);
  };
  const Status opened = co_await feed_->open(std::move(subscribe));
  say(opened);
  if (opened) {
    scope_.spawn(deliver());
  } else {
    feed_.reset();
  }
}

io::Task<void> Session::deliver() {
  auto encode = [this](const std::vector<stream::FeedItem>& items) {
    const auto shown = [](const std::optional<value::Value>& row) {
      return row ? value::to_json(*row) : "null";
    };
    for (const stream::FeedItem& item : items) {
      if (item.kind == stream::FeedItem::Kind::overflow) say("SKIPPED");
      if (!item.old_value && !item.new_value) continue;
      say(fmt::format("CHANGE {} {}", shown(item.old_value), shown(item.new_value)));
    }
  };
  const Status ended = co_await feed_->push(std::move(encode));
  say_end("FEED", feed_->statement().end(), ended);
  feed_.reset();
  connection_.flush_soon();
}

io::Task<void> Session::stop_feed(std::string_view) {
  if (!feed_) co_return say("ERROR there is no feed");
  feed_->statement().stop(protocol::End::client);
}

void Session::say_end(std::string_view what, protocol::End end, const Status& status) {
  if (end == protocol::End::none && !status) return say(status);
  say(fmt::format("END {} {}", what, row_of(kEnds, end).name));
}

}  // namespace octavo::echo
