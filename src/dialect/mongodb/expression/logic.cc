// Booleans and conditions. What is not needed is not computed.

#include "dialect/mongodb/expression/operands.h"
#include "dialect/mongodb/expression/operation_tables.h"
#include "dialect/mongodb/expression/operator_tables.h"
#include "dialect/mongodb/expression/operators.h"

namespace octavo::mongodb {
namespace {

using algebra::ExprPtr;
using value::Value;

// Whether one of the arguments is `wanted`.
Result<bool> any_is(LazyArguments& arguments, bool wanted) {
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    TRY(const Item item, arguments.evaluate(i));
    if (is_truthy(item) == wanted) return true;
  }
  return false;
}

Result<Item> all_hold(const OperationCall& /*call*/, LazyArguments& arguments) {
  TRY(const bool one_fails, any_is(arguments, false));
  return Item(Value::boolean(!one_fails));
}
Result<Item> one_holds(const OperationCall& /*call*/, LazyArguments& arguments) {
  TRY(const bool one, any_is(arguments, true));
  return Item(Value::boolean(one));
}
Result<Item> not_so(const OperationCall& /*call*/, std::span<const Item> arguments) {
  return Item(Value::boolean(!is_truthy(arguments[0])));
}

Result<Item> one_of_two(const OperationCall& /*call*/, LazyArguments& arguments) {
  TRY(const Item when, arguments.evaluate(0));
  return arguments.evaluate(is_truthy(when) ? 1 : 2);
}

Result<Item> first_not_null(const OperationCall& /*call*/, LazyArguments& arguments) {
  const std::size_t last = arguments.size() - 1;
  for (std::size_t i = 0; i < last; ++i) {
    TRY(Item item, arguments.evaluate(i));
    if (!is_nullish(item)) return item;
  }
  return arguments.evaluate(last);
}

// (case, then) … and the default, where there is one.
Result<Item> branch(const OperationCall& /*call*/, LazyArguments& arguments) {
  const std::size_t pairs = arguments.size() / 2;
  for (std::size_t i = 0; i < pairs; ++i) {
    TRY(const Item when, arguments.evaluate(2 * i));
    if (is_truthy(when)) return arguments.evaluate(2 * i + 1);
  }
  if (arguments.size() % 2 != 0) return arguments.evaluate(arguments.size() - 1);
  return error(40066,
               "$switch could not find a matching branch for an input, and no default was "
               "specified.");
}

constexpr OperandField kCondFields[] = {
    {.name = "if", .missing = 17080},
    {.name = "then", .missing = 17081},
    {.name = "else", .missing = 17082},
};
constexpr OperandForm kCondForm{.not_object = 17079, .unknown = 17083, .fields = kCondFields};

Result<ExprPtr> parse_cond(const OperatorUse& use) {
  if (!use.operand.is_object()) return parse_positional(use);
  TRY(const auto parts, read_form(use, kCondForm));
  std::vector<ExprPtr> arguments;
  for (const Value* part : parts) {
    TRY(ExprPtr argument, parse_operand(*part, use.variables));
    arguments.push_back(std::move(argument));
  }
  return call(op::kCond, std::move(arguments));
}

Result<ExprPtr> parse_if_null(const OperatorUse& use) {
  TRY(std::vector<ExprPtr> arguments, parse_operands(use));
  if (arguments.size() < 2) {
    return error(1257300, "$ifNull needs at least two arguments, had: {}", arguments.size());
  }
  return call(op::kIfNull, std::move(arguments));
}

constexpr OperandField kSwitchFields[] = {{.name = "branches"}, {.name = "default"}};
constexpr OperandForm kSwitchForm{.not_object = 40060, .unknown = 40067, .fields = kSwitchFields};
constexpr OperandField kBranchFields[] = {{.name = "case", .missing = 40064},
                                          {.name = "then", .missing = 40065}};
constexpr OperandForm kBranchForm{.not_object = 40062, .unknown = 40063, .fields = kBranchFields};

Result<ExprPtr> parse_switch(const OperatorUse& use) {
  TRY(const auto parts, read_form(use, kSwitchForm));
  const Value* branches = parts[0];
  if (branches != nullptr && !branches->is_array()) {
    return error(40061, "$switch expected an array for 'branches', found: {}",
                 type_alias(*branches));
  }
  if (branches == nullptr || branches->as_array().empty()) {
    return error(40068, "$switch requires at least one branch.");
  }
  std::vector<ExprPtr> arguments;
  for (const Value& given : branches->as_array()) {
    const OperatorUse of_branch{.row = use.row, .operand = given, .variables = use.variables};
    TRY(const auto pair, read_form(of_branch, kBranchForm));
    for (const Value* part : pair) {
      TRY(ExprPtr argument, parse_operand(*part, use.variables));
      arguments.push_back(std::move(argument));
    }
  }
  if (parts[1] != nullptr) {
    TRY(ExprPtr otherwise, parse_operand(*parts[1], use.variables));
    arguments.push_back(std::move(otherwise));
  }
  return call(op::kSwitch, std::move(arguments));
}

constexpr OperationRow kOperations[] = {
    {.number = op::kAnd, .name = "and", .lazy = all_hold},
    {.number = op::kOr, .name = "or", .lazy = one_holds},
    {.number = op::kNot, .name = "not", .least = 1, .eager = not_so},
    {.number = op::kCond, .name = "cond", .least = 3, .lazy = one_of_two},
    {.number = op::kIfNull, .name = "ifNull", .least = 1, .lazy = first_not_null},
    {.number = op::kSwitch, .name = "switch", .lazy = branch},
};

constexpr OperatorRow kOperators[] = {
    {.name = "$and", .number = op::kAnd, .least = 0, .most = OperatorRow::kAny},
    {.name = "$or", .number = op::kOr, .least = 0, .most = OperatorRow::kAny},
    {.name = "$not", .number = op::kNot},
    {.name = "$cond", .number = op::kCond, .least = 3, .most = 3, .parse = parse_cond},
    {.name = "$ifNull", .number = op::kIfNull, .parse = parse_if_null},
    {.name = "$switch", .number = op::kSwitch, .parse = parse_switch},
};

}  // namespace

std::span<const OperationRow> logic_operations() { return kOperations; }
std::span<const OperatorRow> logic_operators() { return kOperators; }

}  // namespace octavo::mongodb
