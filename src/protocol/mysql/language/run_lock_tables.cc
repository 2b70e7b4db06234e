// LOCK TABLES and UNLOCK TABLES.

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "dialect/sql/bind/view.h"
#include "dialect/sql/error/error.h"
#include "dialect/sql/state/words.h"
#include "engine/plan_tables.h"
#include "protocol/mysql/language/grants.h"
#include "protocol/mysql/language/run_statements.h"
#include "protocol/mysql/language/shown_table.h"

namespace octavo::mysql {
namespace {

engine::LockMode mode_of(const sql::TableLock& lock) {
  switch (lock.mode) {
    case sql::TableLock::Mode::read:
    case sql::TableLock::Mode::read_local: return engine::LockMode::frozen;
    case sql::TableLock::Mode::write:
    case sql::TableLock::Mode::low_priority_write: return engine::LockMode::exclusive;
  }
  return engine::LockMode::exclusive;
}

// Those tables that it reads, with the right of who has made it where it is used with that.
Status add_view(const catalog::ViewDefinition& view, engine::LockMode mode, Execution& execution,
                const sql::BindContext& context, std::vector<engine::TableLock>& locks) {
  SqlSession& session = execution.session();
  TRY_STATUS(may_use(session, sql::TableUse::read, view));
  TRY(const algebra::PlanPtr rows, sql::plan_of_view(view, context));
  for (const TableId id : engine::tables_of(rows)) {
    const catalog::TableDefinition* const table = context.definitions.find_table(id);
    if (table == nullptr || table->layout != catalog::Layout::row) continue;
    if (!view.as_invoker) {
      TRY_STATUS(may_use_as(session, view.definer, sql::TableUse::read, *table,
                            execution.running().context()));
    }
    locks.push_back({.table = id, .mode = mode});
  }
  return {};
}

// By the names that the statements behind it would use.
Status check_names(const sql::LockTables& statement, std::string_view used) {
  const auto database_of = [&](const sql::TableLock& lock) {
    return lock.table.size() > 1 ? std::string_view(lock.table.front()) : used;
  };
  const auto name_of = [](const sql::TableLock& lock) {
    return lock.alias.empty() ? std::string_view(lock.table.back()) : std::string_view(lock.alias);
  };
  std::set<std::pair<std::string, std::string>> names;
  for (const sql::TableLock& lock : statement.locks) {
    const auto [at, is_new] = names.emplace(database_of(lock), sql::lower_case(name_of(lock)));
    if (!is_new) return sql::error<1066>(name_of(lock));
  }
  return {};
}

// Temporary tables need no lock.
Result<std::vector<engine::TableLock>> locks_of(Execution& execution,
                                                const sql::LockTables& statement,
                                                const sql::BindContext& context) {
  SqlSession& session = execution.session();
  TRY_STATUS(check_names(statement, execution.state().database.value_or("")));
  std::vector<engine::TableLock> locks;
  for (const sql::TableLock& lock : statement.locks) {
    const std::string_view database =
        lock.table.size() > 1 ? std::string_view(lock.table.front()) : std::string_view();
    TRY(const ShownName shown, shown_table(session, database, lock.table.back()));
    if (shown.view) {
      TRY_STATUS(add_view(*shown.view, mode_of(lock), execution, context, locks));
      continue;
    }
    if (shown.definition == nullptr) {
      return sql::error<1044>(session.client_user(), session.client_host(), shown.database);
    }
    if (shown.definition->temporary) continue;
    const engine::LockMode mode = mode_of(lock);
    TRY_STATUS(may_use(session, sql::TableUse::read, *shown.definition));
    if (mode == engine::LockMode::exclusive) {
      TRY_STATUS(may_use(session, sql::TableUse::update, *shown.definition));
    }
    locks.push_back({.table = shown.definition->id, .mode = mode});
  }
  return locks;
}

}  // namespace

Answered run_lock_tables(Execution& execution, const sql::LockTables& statement) {
  SqlSession& session = execution.session();
  execution.unlock_tables();
  const auto bind = [&](const sql::BindContext& context) {
    return locks_of(execution, statement, context);
  };
  auto locks = co_await execution.bind(bind);
  if (!locks) co_return std::unexpected(std::move(locks).error());
  execution.running().begin_waits(execution.state().settings().table_lock_time);
  auto work = [&] { return execution.engine().hold_tables(*locks, execution.running().context()); };
  auto held = co_await execution.on_worker(std::move(work));
  if (!held) co_return std::unexpected(std::move(held).error());
  session.locked_tables().set(*std::move(held));
  co_return done(execution.state());
}

Answered run_unlock_tables(Execution& execution, const sql::Statement&) {
  SqlSession& session = execution.session();
  if (!session.locked_tables().any()) co_return done(execution.state());
  const Status committed = co_await session.transaction().commit(execution);
  if (!committed) co_return std::unexpected(committed.error());
  execution.unlock_tables();
  co_return done(execution.state());
}

}  // namespace octavo::mysql
