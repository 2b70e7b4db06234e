// LOCK TABLES and UNLOCK TABLES.

#include <utility>
#include <vector>

#include "dialect/sql/error/error.h"
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

// Views and temporary tables need no lock: what a view reads is read by its definer, and of the
// other nobody else knows.
Result<std::vector<engine::TableLock>> locks_of(SqlSession& session,
                                                const sql::LockTables& statement) {
  std::vector<engine::TableLock> locks;
  for (const sql::TableLock& lock : statement.locks) {
    const std::string_view database =
        lock.table.size() > 1 ? std::string_view(lock.table.front()) : std::string_view();
    TRY(const ShownName shown, shown_table(session, database, lock.table.back()));
    if (shown.view) {
      TRY_STATUS(may_use(session, sql::TableUse::read, *shown.view));
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

Answer done(sql::SessionState& state) {
  state.row_count = 0;
  Answer answer;
  answer.what = Done();
  return answer;
}

}  // namespace

Answered run_lock_tables(Execution& execution, const sql::LockTables& statement) {
  SqlSession& session = execution.session();
  execution.unlock_tables();
  auto locks = locks_of(session, statement);
  if (!locks) co_return std::unexpected(std::move(locks).error());
  execution.running().begin_waits(execution.state().settings().table_lock_time);
  auto work = [&] { return execution.engine().hold_tables(*locks, execution.running().context()); };
  auto held = co_await execution.on_worker(std::move(work));
  if (!held) co_return std::unexpected(std::move(held).error());
  session.locked_tables().set(*std::move(held), *std::move(locks));
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
