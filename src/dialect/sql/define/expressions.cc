#include "dialect/sql/define/expressions.h"

#include "dialect/sql/bind/definition_expr.h"
#include "dialect/sql/error/error.h"
#include "dialect/sql/function/operators.h"
#include "function/family.h"

namespace octavo::sql {
namespace {

Result<Typed> bind_in(const SessionFacts& session, const Expr& expr, const ExpressionPlace& place,
                      const DefineContext& context) {
  Scope scope(kRowVariable, nullptr);
  std::vector<ScopeColumn> columns;
  for (const catalog::ColumnDefinition& column : place.table.columns) {
    if (column.generated == catalog::Generated::read) continue;
    columns.push_back(
        {.name = column.name, .typed = column_of_row(column), .original_name = column.name});
  }
  TRY_STATUS(scope.add({.database = std::string(place.database),
                        .name = place.table.name,
                        .alias = place.table.name,
                        .definition = &place.table},
                       std::move(columns)));
  return bind_definition_expr(expr, scope, {session, context.constants});
}

// Another session at another time.
SessionFacts another(const SessionFacts& session) {
  SessionFacts other = session;
  other.now_ns += 1'000'000'000'000'000'007;
  other.database = session.database.value_or("") + "-";
  other.user += "-";
  other.current_user += "-";
  other.connection_id += 1;
  other.last_insert_id += 1;
  other.found_rows += 1;
  other.row_count += 7;
  return other;
}

}  // namespace

Result<Typed> bind_over_row(const Expr& expr, const ExpressionPlace& place, Volatile may_vary,
                            const DefineContext& context) {
  TRY(Typed bound, bind_in(context.session, expr, place, context));
  TRY(const Typed elsewhere, bind_in(another(context.session), expr, place, context));
  if (!algebra::equal(bound.expression, elsewhere.expression)) {
    return not_supported("functions of the session or the time in definitions");
  }
  if (may_vary == Volatile::refused && !function::is_deterministic(bound.expression)) {
    return not_supported("functions that are not deterministic in definitions");
  }
  return bound;
}

Result<Bytes> row_function(const algebra::ExprPtr& expression) {
  Bytes encoded;
  TRY_STATUS(algebra::encode(algebra::lambda({kRowVariable}, expression), encoded));
  return encoded;
}

Typed column_of_row(const catalog::ColumnDefinition& column) {
  return bind_field(algebra::variable(kRowVariable), column.name,
                    column_type(column.type, column.nullable), column.name);
}

}  // namespace octavo::sql
