// CREATE TABLE, with or without a query that has its rows. With one the table is hidden until it
// has them: it is there with all of its rows or not at all.

#include <utility>

#include "dialect/sql/bind/bound.h"
#include "dialect/sql/define/selected_columns.h"
#include "dialect/sql/error/error.h"
#include "protocol/common/durable.h"
#include "protocol/mysql/language/definer.h"
#include "protocol/mysql/language/grants.h"
#include "protocol/mysql/language/insert_rows.h"
#include "protocol/mysql/language/run_statements.h"

namespace octavo::mysql {
namespace {

using catalog::TableDefinition;
using TablePtr = std::shared_ptr<const TableDefinition>;

TablePtr made_by(const Definer& definer, engine::Engine& engine) {
  for (const catalog::Change& change : definer.changes()) {
    const auto* const put = std::get_if<catalog::PutTable>(&change);
    if (put != nullptr) return engine.catalog()->share_table(put->table.id);
  }
  return nullptr;
}

// A table that nobody knows.
void drop_hidden(engine::Engine& engine, TableId table) {
  const auto decide = [&](const catalog::CatalogState& state) -> Result<catalog::Changes> {
    if (state.find_table(table) == nullptr) return catalog::Changes();
    return catalog::Changes{catalog::DropTable{table}};
  };
  // What is not dropped now goes when the server starts.
  [[maybe_unused]] const auto dropped = engine.define(catalog::kAdminName, decide);
}

// From now on it has its name: 1050, where another has got it meanwhile.
Result<Lsn> show(Execution& execution, TableId table) {
  const auto decide = [&](const catalog::CatalogState& state) -> Result<catalog::Changes> {
    const TableDefinition* const hidden = state.find_table(table);
    if (hidden == nullptr) return fail(Code::not_found, "The table does not exist any more.");
    if (state.has_name(hidden->database, hidden->name)) return sql::error<1050>(hidden->name);
    catalog::PutTable put{*hidden};
    put.table.temporary = false;
    return catalog::Changes{std::move(put)};
  };
  return execution.engine().define(execution.session().account(), decide);
}

sql::OnConflict on_conflict(const sql::CreateTable& create) {
  switch (create.duplicates) {
    case sql::CreateTable::Duplicates::unsaid: return sql::OnConflict::fail;
    case sql::CreateTable::Duplicates::ignore: return sql::OnConflict::skip;
    case sql::CreateTable::Duplicates::replace: return sql::OnConflict::replace;
  }
  return sql::OnConflict::fail;
}

// The rows of the query, in the table that was made for them.
io::Task<Result<InsertCounts>> fill(Execution& execution, const sql::CreateTable& create,
                                    const sql::BoundQuery& query, TablePtr table) {
  const auto* const home = execution.engine().catalog()->find_database(table->database);
  const std::string database = home == nullptr ? std::string() : home->name;
  const auto bind = [&](sql::BindContext& context) {
    return sql::bind_created(*table, database, query, on_conflict(create), context);
  };
  const auto bound = co_await execution.bind(bind);
  if (!bound) co_return std::unexpected(bound.error());
  const auto definitions = execution.engine().catalog();
  CO_TRY_STATUS(
      may_read(execution.session(), execution.running().context(), *definitions, bound->rows));
  CO_TRY_STATUS(may_use(execution.session(), sql::TableUse::insert, *table));
  execution.running().begin_waits(execution.state().settings().row_lock_time);
  Inserter inserter(execution, *bound, *table);
  auto work = [&]() -> Result<InsertCounts> {
    TRY(const InsertCounts counts, inserter.run());
    TRY_STATUS(execution.running().commit_own());
    return counts;
  };
  auto counts = co_await execution.on_worker(std::move(work));
  co_return counts;
}

Answered create_with_rows(Execution& execution, const sql::Statement& statement,
                          const sql::CreateTable& create) {
  if (!create.temporary) execution.only_committed();
  const auto bind = [&create](sql::BindContext& context) {
    return sql::bind_query(*create.query, context);
  };
  auto query = co_await execution.bind(bind);
  if (!query) co_return std::unexpected(std::move(query).error());
  const sql::SessionFacts facts = execution.state().facts();
  const auto selected = sql::selected_columns(query->columns, *execution.session().definitions(),
                                              {facts, execution.running().context().evaluation});
  execution.running().begin_waits(execution.state().settings().table_lock_time);
  BoundDefinition with_columns;
  with_columns.selected = &selected;
  Definer definer(execution, statement, with_columns);
  auto define = [&definer] { return definer.run(); };
  const auto defined = co_await execution.on_worker(std::move(define));
  if (!defined) co_return std::unexpected(defined.error());
  Answer answer;
  answer.what = Done();
  execution.state().row_count = 0;
  if (!*defined) co_return answer;  // it is there already
  protocol::Promise& promise = execution.running().statement().promise;
  promise.add(**defined, Durability::disk);
  const TablePtr table = made_by(definer, execution.engine());
  if (table == nullptr) co_return sql::error<1146>("", create.table.back());
  const auto counts = co_await fill(execution, create, *query, table);
  Status made = counts ? Status() : Status(std::unexpected(counts.error()));
  if (made && !create.temporary) {
    auto work = [&]() -> Status {
      TRY(const Lsn shown, show(execution, table->id));
      promise.add(shown, Durability::disk);
      return {};
    };
    made = co_await execution.on_worker(std::move(work));
  }
  if (!made) {
    auto work = [&]() -> Status {
      drop_hidden(execution.engine(), table->id);
      return {};
    };
    [[maybe_unused]] const Status dropped = co_await execution.on_worker(std::move(work));
    co_return std::unexpected(std::move(made).error());
  }
  if (create.temporary) execution.session().temporary().follow(definer.changes());
  const Status durable = co_await protocol::wait_durable(execution.engine(), promise);
  if (!durable) co_return std::unexpected(durable.error());
  Done done;
  done.affected = counts->affected;
  done.insert_id = counts->insert_id();
  if (counts->first_generated != 0) execution.state().last_insert_id = counts->first_generated;
  const bool ignore = create.duplicates == sql::CreateTable::Duplicates::ignore;
  done.info = counts->info(ignore, execution.state().notes().count());
  execution.state().row_count = static_cast<std::int64_t>(done.affected);
  answer.what = std::move(done);
  co_return answer;
}

}  // namespace

Answered run_create_table(Execution& execution, const sql::Statement& statement) {
  const auto& create = *std::get<sql::Ref<sql::CreateTable>>(statement.node);
  if (create.query) return create_with_rows(execution, statement, create);
  return run_definition(execution, statement);
}

}  // namespace octavo::mysql
