// What type a value has.

#include "dialect/mongodb/expression/operands.h"
#include "dialect/mongodb/expression/operation_tables.h"
#include "dialect/mongodb/expression/operator_tables.h"
#include "dialect/mongodb/expression/operators.h"

namespace octavo::mongodb {
namespace {

using value::Value;

Result<Item> type_of(const OperationCall& /*call*/, std::span<const Item> arguments) {
  return Item(Value::string(type_alias(arguments[0])));
}
Result<Item> is_numeric(const OperationCall& /*call*/, std::span<const Item> arguments) {
  return Item(Value::boolean(is_number(arguments[0])));
}
Result<Item> is_list(const OperationCall& /*call*/, std::span<const Item> arguments) {
  return Item(Value::boolean(is_array(arguments[0])));
}

constexpr OperationRow kOperations[] = {
    {.number = op::kType, .name = "type", .least = 1, .eager = type_of},
    {.number = op::kIsNumber, .name = "isNumber", .least = 1, .eager = is_numeric},
    {.number = op::kIsArray, .name = "isArray", .least = 1, .eager = is_list},
};

constexpr OperatorRow kOperators[] = {
    {.name = "$type", .number = op::kType},
    {.name = "$isNumber", .number = op::kIsNumber},
    {.name = "$isArray", .number = op::kIsArray},
};

}  // namespace

std::span<const OperationRow> types_operations() { return kOperations; }
std::span<const OperatorRow> types_operators() { return kOperators; }

}  // namespace octavo::mongodb
