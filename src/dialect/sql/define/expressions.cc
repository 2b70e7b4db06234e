#include "dialect/sql/define/expressions.h"

#include "dialect/sql/bind/binding.h"
#include "dialect/sql/function/operators.h"

namespace octavo::sql {

Result<Typed> bind_over_row(const Expr&, const ExpressionPlace&, Volatile, const DefineContext&) {
  return not_supported("expressions in definitions");
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
