#include "protocol/mysql/language/statement_binding.h"

#include <utility>

#include "dialect/sql/error/error.h"
#include "dialect/sql/state/words.h"
#include "engine/table_statistics.h"
#include "protocol/mysql/language/execution.h"
#include "protocol/mysql/language/grants.h"
#include "protocol/mysql/language/schema_tables.h"
#include "protocol/mysql/language/sql_session.h"

namespace octavo::mysql {
namespace {

using sql::VariableScope;

const value::Collation& system_collation() { return *value::find_collation("utf8mb3_general_ci"); }

// A variable as an expression has it: numbers and switches are integers, the rest is text.
sql::Constant constant_of(const sql::VariableRow& row, value::Value value) {
  switch (row.kind) {
    case sql::VariableKind::boolean:
    case sql::VariableKind::integer:
      return {std::move(value), sql::big_integer(row.most > INT64_MAX)};
    case sql::VariableKind::real: return {std::move(value), sql::double_type()};
    case sql::VariableKind::text:
    case sql::VariableKind::choice: break;
  }
  const auto characters =
      value.is_null() ? 0U : static_cast<std::uint32_t>(value.as_string().size());
  return {std::move(value),
          sql::text_type(system_collation(), characters, sql::Coercibility::system)};
}

}  // namespace

StatementBinding::StatementBinding(Execution& execution, SchemaScope scope,
                                   std::span<const sql::Constant> parameters, sql::Reuse* reuse)
    : execution_(execution),
      session_(execution.session()),
      running_(execution.running()),
      scope_(std::move(scope)),
      all_(execution.engine().catalog()),
      definitions_(session_.temporary().over(all_)),
      facts_(execution.state().facts()),
      locker_(session_, running_, refused_),
      context_{.definitions = *definitions_,
               .shared_definitions = definitions_ == all_ ? nullptr : all_.get(),
               .session = facts_,
               .tables = *this,
               .variables = *this,
               .constants = running_.context().evaluation,
               .parameters = parameters,
               .parameter_types = execution.parameter_types(),
               .subqueries = this,
               .locks = execution.runs() ? &locker_ : nullptr,
               .reuse = reuse} {
  if (execution.writes()) locker_.lock_reads_of_write();
}

// With autocommit off, here the transaction begins.
Status StatementBinding::may(sql::TableUse use, const catalog::TableDefinition& table,
                             const std::string* as) {
  if (as != nullptr) hold_for_this();
  TRY_STATUS(as == nullptr ? may_use(session_, use, table)
                           : may_use_as(session_, *as, use, table, running_.context()));
  const bool writes = use != sql::TableUse::read && use != sql::TableUse::lock;
  if (writes && !table.temporary && execution_.runs() &&
      session_.transaction().characteristics().read_only) {
    return sql::error<1792>();
  }
  // Of a view the tables are locked that it reads; whoever only tells of it needs none.
  if (!describes_) TRY_STATUS(session_.locked_tables().check(use, table));
  if (!execution_.runs() || !execution_.in_transaction()) return {};
  if (use == sql::TableUse::read && execution_.edits()) session_.read_for_edit();
  session_.meet_table(execution_);
  return {};
}

Status StatementBinding::may(sql::TableUse use, const catalog::ViewDefinition& view,
                             const std::string* as) {
  hold_for_this();
  return as == nullptr ? may_use(session_, use, view) : may_use_as(session_, *as, use, view);
}

Result<sql::InferredColumns> StatementBinding::inferred(const catalog::TableDefinition& table) {
  hold_for_this();
  engine::Engine& engine = execution_.engine();
  exec::QueryContext& context = running_.context();
  const bool sees_own = session_.transaction().has_written(table.id);
  // A sample is no part of what the statement reads: that stays of one version.
  const bool one_version = std::exchange(context.one_version, false);
  auto reads = std::exchange(context.statement_reads, nullptr);
  // What others have committed is what all of them are told.
  exec::Transaction* const transaction = context.transaction;
  if (!sees_own) context.transaction = nullptr;
  // Its view begins with what the client reads.
  const bool newest = std::exchange(context.read_newest, true);
  auto columns = sees_own ? InferenceCache::sampled(engine, table, context)
                          : session_.shared().inferences.columns(engine, table, context);
  context.read_newest = newest;
  context.transaction = transaction;
  context.statement_reads = std::move(reads);
  context.one_version = one_version;
  if (!columns && columns.error().code == Code::would_block) refused_ = true;
  return columns;
}

Result<std::optional<sql::ComputedTable>> StatementBinding::computed(std::string_view database,
                                                                     std::string_view table) {
  const SchemaScope scope = std::exchange(scope_, {});
  SchemaContext context{.session = session_,
                        // What is of the session alone is found by its name, and in no list.
                        .definitions = scope.table.empty() ? *all_ : *definitions_,
                        .scope = scope,
                        .query = running_.context(),
                        .refused = refused_,
                        .binding = &context_};
  const bool describes = std::exchange(describes_, true);  // of a view, which is bound
  auto found = computed_table(database, table, context);
  describes_ = describes;
  if (!found || *found) hold_for_this();
  return found;
}

// Rows of other layouts would have to be counted.
std::optional<std::uint64_t> StatementBinding::estimated_rows(
    const catalog::TableDefinition& table) {
  if (table.layout != catalog::Layout::row) return std::nullopt;
  const auto count = session_.shared().service.engine.estimate_count(table.id, running_.context());
  return count ? std::optional(*count) : std::nullopt;
}

statistics::TablePointer StatementBinding::statistics(const catalog::TableDefinition& table) {
  return engine::statistics_of(session_.shared().service.engine).find(table);
}

Result<sql::Constant> StatementBinding::user(std::string_view name) {
  hold_for_this();
  const sql::UserValue* variable = session_.state().find_user_variable(name);
  if (variable == nullptr) return sql::Constant{value::Value(), sql::null_type()};
  return sql::Constant{variable->value, variable->type};
}

Result<sql::Constant> StatementBinding::system(const sql::SystemVariable& variable) {
  hold_for_this();
  const std::string name = sql::lower_case(variable.path.back());
  const sql::VariableRow* row = variable.path.size() == 1 ? sql::find_variable(name) : nullptr;
  if (row == nullptr) return sql::error<1193>(name);
  const bool wants_global =
      variable.scope != VariableScope::none && variable.scope != VariableScope::session;
  if (wants_global && !row->has(sql::variable_flag::kGlobal)) {
    return sql::error<1238>(row->name, "SESSION");
  }
  if (variable.scope == VariableScope::session && !row->has(sql::variable_flag::kSession)) {
    return sql::error<1238>(row->name, "GLOBAL");
  }
  const bool global = wants_global || !row->has(sql::variable_flag::kSession);
  return constant_of(*row,
                     global ? session_.shared().globals.get(*row) : session_.state().get(*row));
}

Result<std::vector<value::Value>> StatementBinding::rows(const algebra::PlanPtr& plan) {
  hold_for_this();
  exec::QueryContext& context = running_.context();
  if (!context.may_wait) {
    refused_ = true;
    return fail(Code::would_block, "Subqueries run on worker threads.");
  }
  running_.set_read();
  TRY_STATUS(may_read(session_, running_.context(), *definitions_, plan));
  TRY(const auto query, session_.shared().service.engine.query(plan, context));
  std::vector<value::Value> out;
  for (std::size_t before = 0;; before = out.size()) {
    TRY_STATUS(query->next(exec::kBatchRows, out));
    if (out.size() == before) return out;
  }
}

}  // namespace octavo::mysql
