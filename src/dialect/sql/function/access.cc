// Fields of documents and elements of rows. What is not there is null.

#include "dialect/sql/error/error.h"
#include "dialect/sql/function/numbers.h"
#include "dialect/sql/function/operation_tables.h"
#include "dialect/sql/function/operators.h"

namespace octavo::sql {
namespace {

using value::Value;

Result<Value> field(const SingleCall& /*call*/, std::span<const Value> arguments) {
  if (!arguments[1].is_string()) return fail(Code::type_mismatch, "a field's name is no text");
  const Value* found = arguments[0].find(arguments[1].as_string());
  return found == nullptr ? Value() : *found;
}

Result<Value> element(const SingleCall& /*call*/, std::span<const Value> arguments) {
  const auto place = arguments[1].is_number() ? arguments[1].to_int64() : std::nullopt;
  if (!arguments[0].is_array() || !place) return Value();
  const value::ArrayView elements = arguments[0].as_array();
  const auto at = static_cast<std::uint64_t>(*place);
  return at < elements.size() ? elements[at] : Value();
}

Result<Value> only_row(const SingleCall& /*call*/, std::span<const Value> arguments) {
  if (!arguments[0].is_array()) return fail(Code::type_mismatch, "rows are no array");
  const value::ArrayView rows = arguments[0].as_array();
  if (rows.size() > 1) return error<1242>();
  return rows.empty() ? Value() : rows[0];
}

constexpr OperationRow kRows[] = {
    {.number = op::kField, .name = "sql.field", .least = 2, .single = field},
    {.number = op::kElement, .name = "sql.element", .least = 2, .single = element},
    {.number = op::kOnlyRow, .name = "sql.only_row", .least = 1, .single = only_row},
};

Typed access(std::uint16_t number, const algebra::ExprPtr& row, Value which, Type type,
             std::string_view shown) {
  std::vector<algebra::ExprPtr> arguments{row, algebra::constant(std::move(which))};
  if (!shown.empty()) arguments.push_back(algebra::constant(Value::string(shown)));
  return {algebra::call({kFamily, number}, std::move(arguments)), std::move(type)};
}

}  // namespace

std::span<const OperationRow> access_operations() { return kRows; }

Typed bind_field(const algebra::ExprPtr& row, std::string_view name, Type type,
                 std::string_view shown) {
  return access(op::kField, row, Value::string(name), std::move(type), shown);
}

Typed bind_element(const algebra::ExprPtr& row, std::size_t place, Type type,
                   std::string_view shown) {
  return access(op::kElement, row, Value::int64(static_cast<std::int64_t>(place)), std::move(type),
                shown);
}

}  // namespace octavo::sql
