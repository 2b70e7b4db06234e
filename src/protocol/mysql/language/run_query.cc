// SELECT and what is like it.

#include <limits>
#include <optional>
#include <utility>

#include "base/text.h"
#include "dialect/sql/bind/bound.h"
#include "dialect/sql/bind/reuse.h"
#include "dialect/sql/error/error.h"
#include "dialect/sql/print/print.h"
#include "dialect/sql/state/words.h"
#include "protocol/mysql/language/expressions.h"
#include "protocol/mysql/language/query_rows.h"
#include "protocol/mysql/language/run_statements.h"
#include "protocol/mysql/language/schema_scope.h"
#include "protocol/mysql/language/wire_column.h"

namespace octavo::mysql {
namespace {

// SELECT … INTO @a, @b
Answered select_into(Execution& execution, const sql::Into& into, sql::BoundQuery bound) {
  using Kind = sql::Into::Kind;
  if (into.kind != Kind::variables) {
    co_return sql::not_supported(into.kind == Kind::outfile ? "INTO OUTFILE" : "INTO DUMPFILE");
  }
  if (into.variables.size() != bound.columns.size()) co_return sql::error<1222>();
  for (const sql::Expr& variable : into.variables) {
    const auto* user = std::get_if<sql::UserVariable>(&variable.node);
    if (user == nullptr) co_return sql::error<1327>(sql::print(variable));
  }
  auto rows = co_await first_rows(execution, bound.plan, 2);
  if (!rows) co_return std::unexpected(std::move(rows).error());
  if (rows->size() > 1) co_return sql::error<1172>();
  Done done;
  done.affected = rows->size();
  if (rows->empty()) {
    const Error none = sql::error<1329>().error();
    execution.state().notes().add(function::NoteLevel::warning, none.number, none.what);
  } else {
    const value::ArrayView values = rows->front().as_array();
    for (std::size_t i = 0; i < values.size(); ++i) {
      const sql::Constant constant = {values[i], bound.columns[i].type};
      CO_TRY(auto kept, user_value(constant, execution));
      const auto& name = std::get<sql::UserVariable>(into.variables[i].node).name;
      execution.state().set_user_variable(name, std::move(kept));
    }
  }
  execution.state().row_count = static_cast<std::int64_t>(done.affected);
  Answer answer;
  answer.what = done;
  co_return answer;
}

// sql_select_limit: for who asks for all rows.
void limit_rows(const sql::Query& query, const sql::Settings& settings, sql::BoundQuery& bound) {
  if (query.limit || settings.select_limit == std::numeric_limits<std::uint64_t>::max()) return;
  bound.plan = algebra::make_plan(
      algebra::Limit{.input = std::move(bound.plan), .count = settings.select_limit});
}

// What a SELECT may take: /*+ MAX_EXECUTION_TIME(milliseconds) */ of it as a whole, or the
// session's.
Nanoseconds time_of(const sql::Query& query, const sql::Settings& settings) {
  constexpr std::string_view kHint = "MAX_EXECUTION_TIME";
  const auto* select = std::get_if<sql::Ref<sql::Select>>(&query.body);
  if (select == nullptr) return settings.select_time;
  std::string_view hints = (*select)->hints;
  for (; hints.size() > kHint.size(); hints.remove_prefix(1)) {
    if (!sql::same_word(hints.substr(0, kHint.size()), kHint)) continue;
    const std::string_view behind = sql::trimmed(hints.substr(kHint.size()));
    const std::size_t end = behind.find(')');
    if (!behind.starts_with('(') || end == behind.npos) continue;
    const auto given = parse_number<std::uint32_t>(sql::trimmed(behind.substr(1, end - 1)));
    if (given) return std::chrono::milliseconds(*given);
  }
  return settings.select_time;
}

// What is kept of it, or is now; nothing: it is bound for this execution alone.
template <class Bind>
std::optional<KeptQuery> reused(Execution& execution, const sql::Query& query, const Bind& bind) {
  KeptPlan* const kept = execution.kept();
  if (kept == nullptr || !sql::may_be_reused(query)) return std::nullopt;
  const KeptQuery* known = kept->find<KeptQuery>(execution);
  if (known == nullptr && kept->wants(execution)) {
    if (auto bound = execution.bind_for_reuse(bind)) {
      const sql::Settings& settings = execution.state().settings();
      limit_rows(query, settings, *bound);
      known = kept->keep(execution, kept_query(*std::move(bound), settings));
    }
  }
  if (known == nullptr) return std::nullopt;
  execution.session().meet_table(execution);
  const auto parameters = execution.parameters();
  return KeptQuery{.plan = sql::with_parameters(known->plan, parameters),
                   .without_limit = sql::with_parameters(known->without_limit, parameters),
                   .form = known->form};
}

}  // namespace

Answered run_query(Execution& execution, const sql::Query& query) {
  const sql::Settings& settings = execution.state().settings();
  execution.running().statement().start_clock(time_of(query, settings));
  const auto bind = [&query](sql::BindContext& context) { return sql::bind_query(query, context); };
  if (auto known = reused(execution, query, bind)) {
    auto answer = co_await answer_with(execution, *std::move(known));
    co_return answer;
  }
  execution.narrow(schema_scope_of(query, execution.state().database.value_or("")));
  auto bound = co_await execution.bind(bind);
  if (!bound) co_return std::unexpected(std::move(bound).error());
  limit_rows(query, settings, *bound);
  if (query.into) {
    auto stored = co_await select_into(execution, *query.into, *std::move(bound));
    co_return stored;
  }
  auto answer = co_await answer_with(execution, *std::move(bound));
  co_return answer;
}

Described columns_of_query(Execution& execution, const sql::Query& query) {
  std::vector<Column> columns;
  if (query.into) co_return columns;
  const auto bind = [&query](sql::BindContext& context) {
    context.subqueries = nullptr;
    return sql::bind_query(query, context);
  };
  auto bound = co_await execution.bind(bind);
  if (!bound) co_return std::unexpected(std::move(bound).error());
  for (const sql::OutputColumn& column : bound->columns) {
    columns.push_back(wire_column(column, execution.state().settings()));
  }
  co_return columns;
}

Answered run_do(Execution& execution, const sql::Do& statement) {
  std::vector<sql::Expr> expressions(statement.exprs.begin(), statement.exprs.end());
  const auto values = co_await evaluate(execution, std::move(expressions));
  if (!values) co_return std::unexpected(values.error());
  execution.state().row_count = 0;
  Answer answer;
  answer.what = Done();
  co_return answer;
}

}  // namespace octavo::mysql
