#include "protocol/echo/session.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "engine/engine.h"
#include "engine/login_credentials.h"
#include "io/per_executor.h"
#include "protocol/echo/line.h"
#include "value/json.h"

namespace octavo::echo {
namespace {

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

std::string_view reason(protocol::End end) {
  switch (end) {
    case protocol::End::none: return "done";
    case protocol::End::client: return "stopped";
    case protocol::End::killed: return "killed";
    case protocol::End::gone: return "gone";
    case protocol::End::server: return "server stops";
  }
  return "";
}

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
  bool needs_user;
  io::Task<void> (Session::*run)(std::string_view rest);
};

const Session::Command Session::kCommands[] = {
    {"LOGIN", false, &Session::log_in},  {"SCRAM", false, &Session::scram},
    {"PUT", true, &Session::put},        {"FEED", true, &Session::feed},
    {"STOP", true, &Session::stop_feed}, {"WORK", true, &Session::work},
    {"JOBS", true, &Session::jobs},      {"KILL", true, &Session::kill},
};

void Session::say(std::string_view line) { connection_.output().append(line).push_back('\n'); }

void Session::say(const Status& status) { say(status ? "OK" : "ERROR " + status.error().what); }

struct Session::Feed {
  Feed(Session& session, std::string_view user)
      : statement(session.statements_, user, session.account()) {}

  protocol::Statement statement;  // its account, which pays for what follows, goes last
  std::optional<protocol::EngineFeed> items;
  std::optional<protocol::FeedLoop> loop;
};

Session::~Session() = default;

Session::Session(ServiceState& service, protocol::Connection& connection)
    : service_(service),
      connection_(connection),
      dispatch_(service.context.workers, connection),
      statements_(connection, service.context.jobs, service.context.workers),
      scope_(connection.executor()),
      passwords_(service.context.logins, credentials()) {}

catalog::FindCredentials Session::credentials() const {
  return [&service = service_.context](const std::string& user) {
    return service.credentials.with_password(service.engine.catalog(), user);
  };
}

io::Task<void> Session::serve() {
  co_await talk();
  statements_.stop_all(protocol::End::gone);
  co_await scope_.join();
}

io::Task<void> Session::talk() {
  for (;;) {
    const Line line = next_line(connection_.input(), service_.max_line);
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
    const bool sent = co_await connection_.flush();
    if (!sent) co_return;
  }
}

// `line` stays where it is: nothing more is read from the connection meanwhile.
io::Task<void> Session::answer(std::string_view line) {
  const auto [word, rest] = cut(line);
  const auto* command = std::ranges::find(kCommands, word, &Command::word);
  if (command == std::end(kCommands)) {
    say(line);
  } else if (command->needs_user && user_.empty()) {
    say("ERROR log in first");
  } else {
    co_await (this->*command->run)(rest);
  }
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
    scram_.emplace(credentials());
    const auto first = scram_->first(message);
    if (first) co_return say(*first);
    scram_.reset();
    co_return say("ERROR no first message");
  }
  protocol::ScramServer server = *std::exchange(scram_, {});
  if (!server.proof(message)) co_return say("ERROR no last message");
  protocol::Login login(server.user(), protocol::LoginCost::little);
  login.fits = [&server] { return server.proof_fits(); };
  login.unchanged = [this, &server] {
    return server.credentials() == credentials()(server.user());
  };
  const auto outcome = co_await service_.context.logins.log_in(connection_, std::move(login));
  const bool right = outcome == protocol::LoginOutcome::right;
  end_login(outcome, server.user(), right ? server.last() : std::string());
}

value::Account Session::account() {
  engine::ProcessMemory& memory = service_.context.engine.memory();
  return {memory.queries, memory.shares.query};
}

io::Task<void> Session::put(std::string_view rest) {
  engine::Engine& engine = service_.context.engine;
  protocol::Statement statement(statements_, user_, account());
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
  protocol::Statement statement(statements_, user_, account());
  list(statement, "WORK");
  auto job = [&context = statement.context()]() -> Status {
    for (;;) TRY_STATUS(context.check());
  };
  const Status done = co_await dispatch_.run(protocol::Weight::usual, std::move(job));
  say_end("WORK", statement.end(), done);
}

void Session::list(protocol::Statement& statement, std::string what) {
  protocol::Job job;
  job.text = [what = std::move(what)] { return what; };
  statement.list(std::move(job));
}

io::Task<void> Session::jobs(std::string_view) {
  for (const auto& [id, job] : service_.context.jobs.list()) {
    if (!protocol::may_see(service_.context.engine.access(), user_, job.user)) continue;
    say(fmt::format("JOB {} {} {} {}", std::to_underlying(id), job.protocol, job.user, job.text()));
  }
  say("OK");
  co_return;
}

io::Task<void> Session::kill(std::string_view rest) {
  const protocol::ServiceContext& service = service_.context;
  for (const auto& [id, job] : service.jobs.list()) {
    if (std::to_string(std::to_underlying(id)) != rest) continue;
    if (!protocol::may_see(service.engine.access(), user_, job.user)) continue;
    if (service.jobs.kill(id)) co_return say("OK");
  }
  say("ERROR there is no such job");
}

// --- The feed: one at a time, beside the dialogue. ---

io::Task<void> Session::feed(std::string_view name) {
  if (feed_ != nullptr) co_return say("ERROR one feed at a time");
  const protocol::ServiceContext& service = service_.context;
  feed_ = std::make_unique<Feed>(*this, user_);
  protocol::Statement& statement = feed_->statement;
  list(statement, "FEED " + std::string(name));
  auto job = [&service, name, &statement, &items = feed_->items]() -> Status {
    TRY(const TableId table, find_table(service.engine, name));
    const algebra::PlanPtr plan = algebra::make_plan(algebra::Scan{.table = table});
    stream::FeedOptions options;
    options.include_initial = true;
    options.cancel = statement.context().evaluation.cancel;
    options.account = &statement.account();
    TRY(auto subscription, service.engine.subscribe(stream::FeedKind::range, plan,
                                                    std::move(options), statement.context()));
    items.emplace(std::move(subscription));
    return {};
  };
  const Status opened = co_await dispatch_.run(protocol::Weight::usual, std::move(job));
  if (!opened) {
    feed_.reset();
    co_return say(opened);
  }
  statement.set_feed();
  feed_->loop.emplace(service.turns.of(connection_.executor()), dispatch_, statement, *feed_->items,
                      false);
  say("OK");
  scope_.spawn(deliver());
}

io::Task<void> Session::deliver() {
  auto encode = [this](const std::vector<stream::FeedItem>& items) {
    for (const stream::FeedItem& item : items) {
      if (item.kind == stream::FeedItem::Kind::overflow) say("SKIPPED");
      if (item.old_value || item.new_value) {
        say(fmt::format("CHANGE {} {}", item.old_value ? value::to_json(*item.old_value) : "null",
                        item.new_value ? value::to_json(*item.new_value) : "null"));
      }
    }
  };
  const Status ended =
      co_await protocol::push_feed(connection_, *feed_->loop, *feed_->items, std::move(encode));
  say_end("FEED", feed_->statement.end(), ended);
  feed_.reset();
  connection_.flush_soon();
}

io::Task<void> Session::stop_feed(std::string_view) {
  if (feed_ == nullptr) co_return say("ERROR there is no feed");
  feed_->statement.stop(protocol::End::client);
}

void Session::say_end(std::string_view what, protocol::End end, const Status& status) {
  if (end == protocol::End::none && !status) return say(status);
  say(fmt::format("END {} {}", what, reason(end)));
}

}  // namespace octavo::echo
