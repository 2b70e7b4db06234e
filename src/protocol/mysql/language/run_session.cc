// Statements about the session itself: transactions, the database in use, prepared statements.

#include <charconv>
#include <utility>

#include "dialect/sql/error/error.h"
#include "dialect/sql/state/words.h"
#include "protocol/mysql/language/expressions.h"
#include "protocol/mysql/language/run_statements.h"
#include "protocol/mysql/language/schema_tables.h"
#include "protocol/mysql/processes.h"

namespace octavo::mysql {
namespace {

constexpr std::uint16_t kNoSnapshot = 138;  // of InnoDB's own

}  // namespace

Answered run_begin(Execution& execution, const sql::StartTransaction& statement) {
  SessionTransaction& transaction = execution.session().transaction();
  if (transaction.is_open()) {
    const Status committed = co_await transaction.commit(execution);
    if (!committed) co_return std::unexpected(committed.error());
  }
  execution.unlock_tables();
  SessionTransaction::Begin begin{.is_explicit = true};
  if (statement.access != sql::AccessMode::unsaid) {
    begin.read_only = statement.access == sql::AccessMode::read_only;
  }
  const bool has_views =
      transaction.characteristics().isolation == sql::IsolationLevel::repeatable_read;
  begin.with_snapshot = statement.consistent_snapshot && has_views;
  if (statement.consistent_snapshot && !has_views) {
    execution.state().notes().add(
        function::NoteLevel::warning, kNoSnapshot,
        "InnoDB: WITH CONSISTENT SNAPSHOT was ignored because this phrase can only be used with "
        "REPEATABLE READ isolation level.");
  }
  transaction.begin(begin);
  co_return done(execution.state());
}

Answered run_end(Execution& execution, const sql::EndTransaction& statement) {
  sql::SessionState& state = execution.state();
  SqlSession& session = execution.session();
  SessionTransaction& transaction = session.transaction();
  const bool chains = statement.chain.value_or(state.settings().chains);
  const bool releases = statement.release.value_or(state.settings().releases);
  const sql::Characteristics before = transaction.characteristics();
  Status ended;
  if (statement.commit) {
    ended = co_await transaction.commit(execution);
  } else {
    ended = co_await transaction.rollback(execution);
  }
  if (!ended) co_return std::unexpected(ended.error());
  if (chains) {
    transaction.begin({.is_explicit = true, .chained = before});
  } else {
    transaction.end_single();
  }
  if (releases) {
    // As if it had killed itself, but that it is told that all is well.
    [[maybe_unused]] const Status killed = execution.shared().processes.kill(
        session.connection().info(), state.connection_id, Kill::connection);
  }
  co_return done(state);
}

// Outside of a transaction it is gone with the statement.
Answered run_savepoint(Execution& execution, const sql::Savepoint& statement) {
  using Kind = sql::Savepoint::Kind;
  SessionTransaction& transaction = execution.session().transaction();
  if (statement.kind == Kind::set && transaction.begins_with_a_table()) transaction.begin({});
  engine::Transaction* const open = transaction.open();
  const std::string name = sql::lower_case(statement.name);
  if (open == nullptr && statement.kind != Kind::set) {
    co_return sql::error<1305>("SAVEPOINT", statement.name);
  }
  Status did;
  if (open != nullptr) {
    auto work = [&]() -> Status {
      switch (statement.kind) {
        case Kind::set: return open->savepoint(name);
        case Kind::rollback: return open->rollback_to(name);
        case Kind::release: return open->release(name);
      }
      return {};
    };
    // What is taken back may be much.
    const bool here = statement.kind == Kind::set || !open->has_written();
    did = here ? work() : co_await execution.on_worker(std::move(work));
  }
  if (!did && did.error().code == Code::not_found) {
    co_return sql::error<1305>("SAVEPOINT", statement.name);
  }
  if (!did) co_return std::unexpected(did.error());
  co_return done(execution.state());
}

Answered run_use(Execution& execution, const sql::Use& statement) {
  CO_TRY(auto name, usable_database(execution.session(), statement.database));
  execution.session().set_database(std::move(name));
  co_return done(execution.state());
}

Answered run_kill(Execution& execution, const sql::Kill& statement) {
  std::vector<sql::Expr> expressions(1, statement.id);
  const auto values = co_await evaluate(execution, std::move(expressions));
  if (!values) co_return std::unexpected(values.error());
  const value::Value& given = values->front().value;
  std::optional<std::int64_t> id = given.is_number() ? given.to_int64() : std::nullopt;
  if (given.is_string()) {
    std::int64_t number = 0;
    const std::string_view text = given.as_string();
    const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
    if (read.ec == std::errc()) id = number;
  }
  const std::uint64_t wanted = static_cast<std::uint64_t>(id.value_or(0));
  const Kill what = statement.query ? Kill::query : Kill::connection;
  CO_TRY_STATUS(
      execution.shared().processes.kill(execution.session().connection().info(), wanted, what));
  co_return done(execution.state());
}

Answered run_prepare(Execution& execution, const sql::Prepare& statement) {
  SqlSession& session = execution.session();
  session.named.erase(sql::lower_case(statement.name));
  std::vector<sql::Expr> expressions(1, statement.source);
  const auto values = co_await evaluate(execution, std::move(expressions));
  if (!values) co_return std::unexpected(values.error());
  const value::Value& text = values->front().value;
  std::string source = text.is_string() ? std::string(text.as_string()) : std::string("NULL");
  auto kept = co_await session.read(std::move(source), SqlSession::ReadAs::prepared);
  if (!kept) co_return std::unexpected(std::move(kept).error());
  const auto prepared = co_await PreparedText::make(session, *kept);
  if (!prepared) co_return std::unexpected(prepared.error());
  PreparedCount& all = execution.shared().counts.prepared;
  PreparedPlace place(all);
  if (!place.taken()) co_return sql::error<1461>(std::to_string(all.most()));
  session.named.emplace(sql::lower_case(statement.name),
                        NamedStatement{*std::move(kept), std::move(place)});
  Answer answer = done(execution.state());
  std::get<Done>(answer.what).info = "Statement prepared";
  co_return answer;
}

Answered run_execute(Execution& execution, const sql::Execute& statement) {
  SqlSession& session = execution.session();
  const auto found = session.named.find(sql::lower_case(statement.name));
  if (found == session.named.end()) co_return sql::error<1243>(statement.name, "EXECUTE");
  const KeptStatementPtr kept = found->second.statement;
  if (kept->tree->parameters() != statement.variables.size()) co_return sql::error<1210>("EXECUTE");
  std::vector<sql::Constant> parameters;
  for (const sql::Name name : statement.variables) {
    const sql::UserValue* variable = execution.state().find_user_variable(name);
    sql::Constant constant;
    constant.type = variable == nullptr ? sql::null_type() : variable->type;
    if (variable != nullptr) constant.value = variable->value;
    parameters.push_back(std::move(constant));
  }
  auto answer = co_await session.perform(*kept, parameters);
  co_return answer;
}

Answered run_deallocate(Execution& execution, const sql::Deallocate& statement) {
  const auto erased = execution.session().named.erase(sql::lower_case(statement.name));
  if (erased == 0) co_return sql::error<1243>(statement.name, "DEALLOCATE PREPARE");
  co_return done(execution.state());
}

// What MySQL would write or forget is here as it should be at all times.
Answered run_flush(Execution& execution, const sql::Flush& statement) {
  if (statement.read_lock) co_return sql::not_supported("FLUSH TABLES WITH READ LOCK");
  if (statement.for_export) co_return sql::not_supported("FLUSH TABLES FOR EXPORT");
  co_return done(execution.state());
}

}  // namespace octavo::mysql
