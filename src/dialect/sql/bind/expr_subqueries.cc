// Subqueries that name nothing of the query around them: they are run when the statement is bound,
// and their rows are constants.

#include <utility>

#include "dialect/sql/bind/bound.h"
#include "dialect/sql/bind/expr_binder.h"
#include "dialect/sql/bind/query_binder.h"
#include "dialect/sql/error/error.h"
#include "dialect/sql/function/operators.h"

namespace octavo::sql {

Result<ExprBinder::SubqueryRows> ExprBinder::run(const Query& query, std::size_t most) {
  const Surroundings around{.outer = place_.scope, .common = place_.around.common};
  TRY(BoundQuery bound, bind_inner_query(query, around, binding_));
  SubqueryRows result;
  for (OutputColumn& column : bound.columns) result.types.push_back(std::move(column.type));
  Subqueries* const subqueries = binding_.context().subqueries;
  if (subqueries == nullptr) {
    // As if there were one row of nulls: only types are asked for.
    result.rows.push_back(nulls(result.types));
    return result;
  }
  if (most != kAllRows) {
    bound.plan = algebra::make_plan(algebra::Limit{.input = bound.plan, .count = most});
  }
  TRY(const std::vector<value::Value> rows, subqueries->rows(bound.plan));
  for (const value::Value& row : rows) {
    Columns columns;
    for (std::size_t i = 0; i < result.types.size(); ++i) {
      columns.push_back(typed_constant(row.as_array()[i], result.types[i]));
    }
    result.rows.push_back(std::move(columns));
  }
  return result;
}

ExprBinder::Columns ExprBinder::nulls(const std::vector<Type>& types) {
  Columns columns;
  for (const Type& type : types) {
    columns.push_back(typed_constant(value::Value(), with_null(type, true)));
  }
  return columns;
}

Result<ExprBinder::Columns> ExprBinder::bind_subquery(const Query& query) {
  TRY(SubqueryRows result, run(query, 2));
  if (result.rows.size() > 1) return error<1242>();
  return result.rows.empty() ? nulls(result.types) : std::move(result.rows.front());
}

Result<Typed> ExprBinder::bind_exists(const Query& query) {
  TRY(const SubqueryRows result, run(query, 1));
  return truth(!result.rows.empty());
}

// x = ANY (query), x > ALL (query): a comparison with each of the rows.
Result<Typed> ExprBinder::bind_quantified(const Quantified& quantified) {
  TRY(const Columns operand, bind_columns(*quantified.left));
  TRY(SubqueryRows result, run(*quantified.query, kAllRows));
  if (result.types.size() != operand.size()) return error<1241>(std::to_string(operand.size()));
  if (result.rows.empty()) return truth(quantified.all);
  if (!quantified.all && quantified.op == BinaryOperator::equal) {
    return bind_in_rows(false, operand, std::move(result.rows));
  }
  if (quantified.all && quantified.op == BinaryOperator::not_equal) {
    return bind_in_rows(true, operand, std::move(result.rows));
  }
  std::vector<Typed> parts;
  for (const Columns& row : result.rows) {
    TRY(Typed part, compare_columns(quantified.op, operand, row));
    parts.push_back(std::move(part));
  }
  return either(quantified.all, std::move(parts));
}

}  // namespace octavo::sql
