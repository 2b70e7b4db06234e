#include "dialect/sql/bind/defaults.h"

#include <utility>

#include "algebra/expr.h"
#include "dialect/sql/error/error.h"
#include "dialect/sql/function/call_binder.h"
#include "dialect/sql/function/fold.h"
#include "dialect/sql/function/name_row.h"
#include "dialect/sql/function/operators.h"
#include "dialect/sql/function/store.h"

namespace octavo::sql {
namespace {

// The time of the statement, to the digits that the column has.
Result<Typed> now(const catalog::ColumnDefinition& column, const Binding& binding) {
  const NameRow* const row = find_function("NOW");
  if (row == nullptr) return not_supported("NOW");
  std::vector<CallArgument> arguments;
  arguments.push_back({.value = typed_constant(value::Value::int64(column.type->precision),
                                               with_null(big_integer(), false))});
  return bind_call(*row, std::move(arguments), binding.calls());
}

}  // namespace

bool has_first_member(const catalog::ColumnDefinition& column) {
  return column.type->kind == value::Kind::enumeration;
}

Result<Typed> default_of(const catalog::ColumnDefinition& column, const Binding& binding) {
  const Type type = column_type(column.type, column.nullable);
  if (column.default_now) return now(column, binding);
  if (column.default_value.empty()) {
    // The next number takes the place of a null.
    const bool may_be_null = column.nullable || column.auto_increment;
    if (may_be_null) return typed_constant(value::Value(), with_null(type, true));
    if (!has_first_member(column)) return error<1364>(column.name);
    return typed_constant(implicit_default(*column.type), type);
  }
  ByteReader reader(column.default_value);
  TRY(const algebra::ExprPtr function, algebra::decode(reader));
  const auto* const lambda = std::get_if<algebra::Lambda>(&function->node);
  if (lambda == nullptr) {
    return fail(Code::corrupt, "The default of column '" + column.name + "' is no function.");
  }
  if (!is_constant(lambda->body)) return not_supported("DEFAULT of other columns");
  TRY(value::Value value, compute(lambda->body, binding.calls()));
  return typed_constant(std::move(value), type);
}

}  // namespace octavo::sql
