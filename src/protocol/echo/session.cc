#include "protocol/echo/session.h"

#include <algorithm>
#include <utility>

#include "engine/engine.h"
#include "engine/login_credentials.h"
#include "io/worker_pool.h"
#include "protocol/common/durable.h"
#include "protocol/common/logins.h"
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
    {"LOGIN", false, &Session::log_in},
    {"SCRAM", false, &Session::scram},
    {"PUT", true, &Session::put},
};

void Session::say(std::string_view line) { connection_.output().append(line).push_back('\n'); }

void Session::say(const Status& status) { say(status ? "OK" : "ERROR " + status.error().what); }

Session::Session(ServiceState& service, protocol::Connection& connection)
    : service_(service),
      connection_(connection),
      passwords_(service.context.logins, credentials()) {}

catalog::FindCredentials Session::credentials() const {
  return [&service = service_.context](const std::string& user) {
    return service.credentials.with_password(service.engine.catalog(), user);
  };
}

io::Task<void> Session::serve() {
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

io::Task<void> Session::put(std::string_view rest) {
  engine::Engine& engine = service_.context.engine;
  exec::QueryContext context(user_);
  auto job = [&engine, rest, &context]() -> Result<Lsn> {
    const auto [name, json] = cut(rest);
    TRY(const TableId table, find_table(engine, name));
    TRY(const value::Value row, value::parse_json(json));
    return write_row(engine, table, row, context);
  };
  const Result<Lsn> written = co_await service_.context.workers.run(std::move(job));
  if (!written) {
    say(Status(fail(written.error())));
    co_return;
  }
  protocol::Promise promise;
  promise.add(*written, Durability::disk);
  say(co_await protocol::wait_durable(engine, promise, connection_.token()));
}

}  // namespace octavo::echo
