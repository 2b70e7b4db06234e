// INSERT, REPLACE, UPDATE and DELETE: bound, written on a worker, and answered once they are as
// durable as their table promises.

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "algebra/children.h"
#include "dialect/sql/bind/bound.h"
#include "dialect/sql/bind/reuse.h"
#include "dialect/sql/error/error.h"
#include "function/family.h"
#include "protocol/common/durable.h"
#include "protocol/mysql/language/edit_joined.h"
#include "protocol/mysql/language/edit_rows.h"
#include "protocol/mysql/language/grants.h"
#include "protocol/mysql/language/insert_rows.h"
#include "protocol/mysql/language/run_statements.h"
#include "protocol/mysql/language/short_plans.h"

namespace octavo::mysql {
namespace {

using TablePtr = std::shared_ptr<const catalog::TableDefinition>;

// The definition as it is when rows are decided. One that is gone by then is 1146, and `not_found`:
// another may have its name.
Result<TablePtr> table_of(Execution& execution, sql::TableUse use, TableId id,
                          std::string_view database, std::string_view name) {
  TablePtr table = execution.engine().catalog()->share_table(id);
  if (table == nullptr) {
    Error gone = sql::error<1146>(database, name).error();
    gone.code = Code::not_found;
    return std::unexpected(std::move(gone));
  }
  TRY_STATUS(may_use(execution.session(), execution.running().context(), use, *table));
  return table;
}

// What every statement that has written leaves behind, and what it is told.
io::Task<Result<Answer>> answer_written(Execution& execution, Done done) {
  protocol::Statement& statement = execution.running().statement();
  const Status durable = co_await protocol::wait_durable(execution.engine(), statement.promise);
  if (!durable) co_return std::unexpected(durable.error());
  sql::SessionState& state = execution.state();
  state.row_count = static_cast<std::int64_t>(done.affected);
  Answer answer;
  answer.what = std::move(done);
  co_return answer;
}

// --- Writes of few rows: no other thread is needed for those ---

constexpr std::size_t kFewRows = 16;

// It ends soon: it waits for nothing, and no query is within it. Null: it is not there.
bool ends_soon(const algebra::ExprPtr& function) {
  return function == nullptr ||
         (function::is_deterministic(function) && !algebra::has_subplan(function));
}

bool has_few_rows(const algebra::PlanPtr& plan) {
  const auto* const rows = std::get_if<algebra::Values>(&plan->node);
  return rows != nullptr && rows->rows.size() <= kFewRows;
}

// Whether its rows are few, and each is found by one key that it names: that of the row or of a
// unique index.
bool names_its_rows(const sql::BoundEdit& edit, const catalog::TableDefinition& table) {
  return has_few_rows(edit.keys) || names_few_rows(*edit.keys, table, kFewRows);
}

bool functions_end_soon(const sql::BoundEdit& edit) {
  return ends_soon(edit.condition) && ends_soon(edit.edit);
}

bool functions_end_soon(const sql::BoundInsert& insert) {
  const auto* const made = std::get_if<algebra::Map>(&insert.rows->node);
  return made == nullptr || ends_soon(made->function);
}

// `kept`: where it was found; null: it was bound for this execution.
template <class Bound>
bool functions_end_soon(const Bound& bound, KeptPlan* kept) {
  const auto find_out = [&bound] { return functions_end_soon(bound); };
  return kept == nullptr ? find_out() : kept->ends_soon(find_out);
}

bool is_short(const sql::BoundEdit& edit, const catalog::TableDefinition& table, KeptPlan* kept) {
  const auto* const numbered = table.auto_increment();  // a new number may have to be leased
  const bool numbers =
      numbered != nullptr && std::ranges::find(edit.fields, numbered->name) != edit.fields.end();
  return names_its_rows(edit, table) && !edit.changes_key && !edit.ignore && !numbers &&
         functions_end_soon(edit, kept);
}

bool is_short(const sql::BoundInsert& insert, KeptPlan* kept) {
  const auto* const made = std::get_if<algebra::Map>(&insert.rows->node);
  const bool are_few = has_few_rows(made == nullptr ? insert.rows : made->input);
  return are_few && insert.on_conflict == sql::OnConflict::fail && !insert.ignore &&
         functions_end_soon(insert, kept);
}

// What it reads must be so when it writes.
void begin_to_read(Execution& execution) {
  execution.session().read_for_edit();
  execution.session().meet_table(execution);
}

Answered answer_edited(Execution& execution, const EditCounts& counts, bool is_update) {
  const bool found_rows = execution.session().counts_found_rows() && is_update;
  Done done;
  done.affected = found_rows ? counts.matched : counts.changed;
  if (is_update) {
    done.info = fmt::format("Rows matched: {}  Changed: {}  Warnings: {}", counts.matched,
                            counts.changed, execution.state().notes().count());
  }
  auto answer = co_await answer_written(execution, std::move(done));
  co_return answer;
}

Answered edit(Execution& execution, sql::BoundEdit bound, sql::TableUse use,
              KeptPlan* kept = nullptr) {
  CO_TRY(const auto table, table_of(execution, use, bound.table, bound.database, bound.name));
  const auto definitions = execution.engine().catalog();
  CO_TRY_STATUS(
      may_read(execution.session(), execution.running().context(), *definitions, bound.keys));
  CO_TRY_STATUS(
      may_read(execution.session(), execution.running().context(), *definitions, bound.condition));
  CO_TRY_STATUS(
      may_read(execution.session(), execution.running().context(), *definitions, bound.edit));
  const bool short_one = is_short(bound, *table, kept);
  // Of a row that one key finds nothing is read that must be so when it is written, unless it is
  // waited for: it is asked again for what the statement says.
  const bool reads = !has_known_keys(bound);
  if ((!reads || short_one) && !execution.running().has_read()) {
    execution.session().write_without_reads(execution);
  }
  auto work = [&]() -> Result<EditCounts> {
    TRY(const EditCounts counts, Editor(execution, bound, *table).run());
    TRY_STATUS(execution.running().commit_own());
    return counts;
  };
  // A commit of its own transaction has more to say.
  const bool is_here = short_one && !execution.running().has_own_transaction();
  auto counts = execution.tried_here(is_here, work);
  if (!counts) {
    if (reads) begin_to_read(execution);
    counts = co_await execution.on_worker(std::move(work));
  }
  if (!*counts) co_return std::unexpected(std::move(*counts).error());
  auto answer = co_await answer_edited(execution, **counts, bound.edit != nullptr);
  co_return answer;
}

Answered edit(Execution& execution, sql::BoundJoinedEdit bound, sql::TableUse use) {
  std::vector<TablePtr> tables;
  for (const sql::BoundEdit& each : bound.tables) {
    CO_TRY(auto table, table_of(execution, use, each.table, each.database, each.name));
    tables.push_back(std::move(table));
  }
  const auto definitions = execution.engine().catalog();
  CO_TRY_STATUS(
      may_read(execution.session(), execution.running().context(), *definitions, bound.rows));
  // What is written to several tables commits as one.
  auto work = [&]() -> Result<EditCounts> {
    if (tables.size() > 1) execution.running().require_transaction();
    TRY(const EditCounts counts, edit_joined(execution, bound, tables));
    TRY_STATUS(execution.running().commit_own());
    return counts;
  };
  const auto counts = co_await execution.on_worker(std::move(work));
  if (!counts) co_return std::unexpected(counts.error());
  auto answer = co_await answer_edited(execution, *counts, use == sql::TableUse::update);
  co_return answer;
}

// What is kept of it, or is now, with its parameters; nothing: it is bound for this execution
// alone.
template <class Bound, class Statement, class Bind>
std::optional<Bound> reused(Execution& execution, const Statement& statement, const Bind& bind) {
  KeptPlan* const kept = execution.kept();
  if (kept == nullptr || !sql::may_be_reused(statement)) return std::nullopt;
  const Bound* known = kept->find<Bound>(execution);
  if (known == nullptr && kept->wants(execution)) {
    if (auto bound = execution.bind_for_reuse(bind)) {
      known = kept->keep(execution, *std::move(bound));
    }
  }
  if (known == nullptr) return std::nullopt;
  return sql::with_parameters(*known, execution.parameters());
}

// Binds the statement by one of the two functions, and runs it.
template <class Statement>
using BindOne = Result<sql::BoundEdit> (*)(const Statement&, sql::BindContext&);
template <class Statement>
using BindJoined = Result<sql::BoundJoinedEdit> (*)(const Statement&, sql::BindContext&);

template <class Statement>
Answered bind_and_edit(Execution& execution, const Statement& statement,
                       BindOne<Statement> bind_one, BindJoined<Statement> bind_joined,
                       sql::TableUse use) {
  if (sql::is_joined(statement)) {
    const auto bind = [&](sql::BindContext& context) { return bind_joined(statement, context); };
    auto bound = co_await execution.bind(bind);
    if (!bound) co_return std::unexpected(std::move(bound).error());
    auto answer = co_await edit(execution, *std::move(bound), use);
    co_return answer;
  }
  const auto bind = [&](sql::BindContext& context) { return bind_one(statement, context); };
  if (auto known = reused<sql::BoundEdit>(execution, statement, bind)) {
    execution.session().meet_table(execution);
    auto answer = co_await edit(execution, *std::move(known), use, execution.kept());
    co_return answer;
  }
  auto bound = co_await execution.bind(bind);
  if (!bound) co_return std::unexpected(std::move(bound).error());
  auto answer = co_await edit(execution, *std::move(bound), use);
  co_return answer;
}

}  // namespace

Answered run_insert(Execution& execution, const sql::Insert& insert) {
  const auto bind = [&insert](sql::BindContext& context) {
    return sql::bind_insert(insert, context);
  };
  auto known = reused<sql::BoundInsert>(execution, insert, bind);
  const bool is_kept = known.has_value();
  if (is_kept) execution.session().meet_table(execution);
  auto bound = known ? Result<sql::BoundInsert>(*std::move(known)) : co_await execution.bind(bind);
  if (!bound) co_return std::unexpected(std::move(bound).error());
  const sql::TableUse use = insert.replace ? sql::TableUse::replace : sql::TableUse::insert;
  CO_TRY(const auto table, table_of(execution, use, bound->table, bound->database, bound->name));
  if (bound->on_conflict == sql::OnConflict::update) {
    CO_TRY_STATUS(
        may_use(execution.session(), execution.running().context(), sql::TableUse::update, *table));
  }
  const auto definitions = execution.engine().catalog();
  CO_TRY_STATUS(
      may_read(execution.session(), execution.running().context(), *definitions, bound->rows));
  CO_TRY_STATUS(
      may_read(execution.session(), execution.running().context(), *definitions, bound->merge));
  TakenNumbers taken;
  auto work = [&]() -> Result<InsertCounts> {
    TRY(const InsertCounts counts, Inserter(execution, *bound, *table, &taken).run());
    TRY_STATUS(execution.running().commit_own());
    return counts;
  };
  // A commit of its own transaction has more to say.
  KeptPlan* const kept = is_kept ? execution.kept() : nullptr;
  const bool is_here = is_short(*bound, kept) && !execution.running().has_own_transaction();
  const auto counts = co_await execution.here_or_on_worker(is_here, std::move(work));
  if (!counts) co_return std::unexpected(counts.error());
  Done done;
  done.affected = counts->affected;
  done.insert_id = counts->insert_id();
  const bool several = insert.rows.size() > 1 || insert.query;
  if (several) {
    done.info = counts->info(bound->ignore, execution.state().notes().count());
  }
  if (counts->first_generated != 0) execution.state().last_insert_id = counts->first_generated;
  auto answer = co_await answer_written(execution, std::move(done));
  co_return answer;
}

Answered run_update(Execution& execution, const sql::Update& update) {
  return bind_and_edit<sql::Update>(execution, update, sql::bind_update, sql::bind_joined_update,
                                    sql::TableUse::update);
}

Answered run_delete(Execution& execution, const sql::Delete& statement) {
  return bind_and_edit<sql::Delete>(execution, statement, sql::bind_delete, sql::bind_joined_delete,
                                    sql::TableUse::erase);
}

}  // namespace octavo::mysql
