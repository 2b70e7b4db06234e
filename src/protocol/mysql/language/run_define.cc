// Statements of definitions.

#include <utility>

#include "protocol/common/durable.h"
#include "protocol/mysql/language/definer.h"
#include "protocol/mysql/language/run_statements.h"

namespace octavo::mysql {
namespace {

// Of the session alone, so that no transaction has to end: its own may have written to them.
io::Task<Status> drop_temporary(Execution& execution, const sql::Statement& statement) {
  Definer definer(execution, statement, BoundDefinition());
  const auto decided = definer.look();
  if (!decided) co_return std::unexpected(decided.error());
  TemporaryTables& tables = execution.session().temporary();
  for (const catalog::Change& change : decided->changes) {
    if (const auto* drop = std::get_if<catalog::DropTable>(&change)) tables.forget(drop->id);
  }
  if (!execution.session().transaction().is_open()) tables.drop_forgotten();
  co_return Status();
}

}  // namespace

Answered run_definition(Execution& execution, const sql::Statement& statement) {
  return run_definition_of(execution, statement, BoundDefinition());
}

Answered run_definition_of(Execution& execution, const sql::Statement& statement,
                           BoundDefinition bound) {
  const auto* temporary = std::get_if<sql::Ref<sql::DropTables>>(&statement.node);
  if (temporary != nullptr && (*temporary)->temporary) {
    const Status dropped = co_await drop_temporary(execution, statement);
    if (!dropped) co_return std::unexpected(dropped.error());
    execution.state().row_count = 0;
    Answer done;
    done.what = Done();
    co_return done;
  }
  execution.running().begin_waits(execution.state().settings().table_lock_time);
  Definer definer(execution, statement, bound);
  auto work = [&definer] { return definer.run(); };
  const auto defined = co_await execution.on_worker(std::move(work));
  if (!defined) co_return std::unexpected(defined.error());
  if (*defined) {
    execution.session().temporary().follow(definer.changes());
    protocol::Statement& running = execution.running().statement();
    running.promise.add(**defined, Durability::disk);
    const Status durable = co_await protocol::wait_durable(execution.engine(), running.promise);
    if (!durable) co_return std::unexpected(durable.error());
  }
  sql::SessionState& state = execution.state();
  const bool drops = std::holds_alternative<sql::Ref<sql::DropDatabase>>(statement.node);
  if (drops && state.database &&
      execution.engine().catalog()->find_database(*state.database) == nullptr) {
    execution.session().set_database({});
  }
  state.row_count = 0;
  Answer answer;
  answer.what = Done{.affected = definer.affected(), .insert_id = 0, .info = {}};
  co_return answer;
}

}  // namespace octavo::mysql
