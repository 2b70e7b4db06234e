// VALUES ROW(1, 2), ROW(3, 4)

#include <utility>

#include "dialect/sql/bind/expr_binder.h"
#include "dialect/sql/bind/query_binder.h"
#include "dialect/sql/bind/rows_plan.h"
#include "dialect/sql/error/error.h"
#include "dialect/sql/function/fold.h"
#include "dialect/sql/function/operators.h"
#include "dialect/sql/type/common.h"

namespace octavo::sql {
namespace {

using Row = std::vector<Typed>;

Result<Type> type_of_column(const std::vector<Row>& rows, std::size_t column) {
  std::vector<Type> types;
  for (const Row& row : rows) types.push_back(row[column].type);
  return common_type(types, "VALUES");
}

}  // namespace

Result<BoundQuery> bind_values(const Values& values, const Surroundings& around, Binding& binding) {
  TRY_STATUS(binding.begin_block());
  ExprBinder binder(binding, {.clause = Clause::values, .around = around});
  std::vector<Row> rows;
  for (const RowOf& row : values.rows) {
    if (row.items.size() != values.rows.front().items.size()) {
      return error<1136>(std::to_string(rows.size() + 1));
    }
    Row& bound = rows.emplace_back();
    for (const Expr& item : row.items) {
      TRY(Typed typed, binder.bind(item));
      bound.push_back(std::move(typed));
    }
  }
  BoundQuery query;
  const std::size_t width = rows.empty() ? 0 : rows.front().size();
  for (std::size_t i = 0; i < width; ++i) {
    TRY(Type type, type_of_column(rows, i));
    for (Row& row : rows) {
      TRY(row[i], convert_to(std::move(row[i]), type, binding.calls()));
      row[i].expression = fold(row[i].expression, binding.calls());
    }
    query.columns.push_back({.name = "column_" + std::to_string(i), .type = std::move(type)});
  }
  RowsPlan plan(binding);
  for (const Row& row : rows) {
    std::vector<algebra::ExprPtr> parts;
    for (const Typed& typed : row) parts.push_back(typed.expression);
    plan.add(std::move(parts));
  }
  query.plan = plan.finish();
  return query;
}

}  // namespace octavo::sql
