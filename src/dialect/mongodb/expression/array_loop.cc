// What applies an expression to each element: $map, $filter, $reduce; and $let, which does so once.

#include <array>

#include "dialect/mongodb/expression/access.h"
#include "dialect/mongodb/expression/operands.h"
#include "dialect/mongodb/expression/operation_tables.h"
#include "dialect/mongodb/expression/operator_tables.h"
#include "dialect/mongodb/expression/operators.h"
#include "dialect/mongodb/type/print.h"

namespace octavo::mongodb {
namespace {

using algebra::ExprPtr;
using algebra::VarId;
using value::Value;

constexpr std::string_view kThis = "this";    // the element, where "as" gives no name
constexpr std::string_view kSoFar = "value";  // of $reduce

// (input, element → result)
Result<Item> map_each(const OperationCall& call, LazyArguments& arguments) {
  TRY(const Item input, arguments.evaluate(0));
  if (is_nullish(input)) return null_item();
  if (!is_array(input)) {
    return error(16883, "input to $map must be an array not {}", type_alias(input));
  }
  TRY_STATUS(check_array_size(call, input->as_array().size()));
  std::vector<Value> results;
  results.reserve(input->as_array().size());
  for (const Value& element : input->as_array()) {
    TRY(Item result, arguments.apply(1, std::array{Item(element)}));
    results.push_back(result ? *std::move(result) : Value::null());
  }
  Value made = Value::array(std::move(results));
  TRY_STATUS(check_made(made));
  return Item(std::move(made));
}

// How many elements $filter gives at most: all where there is none.
Result<std::size_t> read_limit(const Item& limit) {
  if (is_nullish(limit)) return static_cast<std::size_t>(-1);
  const auto count = exact_int32(*limit);
  if (!count) {
    return error(327391, "$filter: limit must be represented as a 32-bit integral value: {}",
                 print_operand(limit));
  }
  if (*count < 1) return error(327392, "$filter: limit must be greater than 0: {}", *count);
  return static_cast<std::size_t>(*count);
}

// (input, element → whether, limit)
Result<Item> filter_each(const OperationCall& call, LazyArguments& arguments) {
  TRY(const Item input, arguments.evaluate(0));
  if (is_nullish(input)) return null_item();
  if (!is_array(input)) {
    return error(28651, "input to $filter must be an array not {}", type_alias(input));
  }
  TRY(const Item given, arguments.evaluate(2));
  TRY(const std::size_t limit, read_limit(given));
  TRY_STATUS(call.context.check());
  std::vector<Value> kept;
  for (const Value& element : input->as_array()) {
    if (kept.size() >= limit) break;
    TRY(const Item holds, arguments.apply(1, std::array{Item(element)}));
    if (is_truthy(holds)) kept.push_back(element);
  }
  return Item(Value::array(std::move(kept)));
}

// (input, beginning, (so far, element) → so far)
Result<Item> reduce_all(const OperationCall& /*call*/, LazyArguments& arguments) {
  TRY(const Item input, arguments.evaluate(0));
  if (is_nullish(input)) return null_item();
  if (!is_array(input)) {
    return error(40080, "$reduce requires that 'input' be an array, found: {}",
                 print_operand(input));
  }
  TRY(Item so_far, arguments.evaluate(1));
  for (const Value& element : input->as_array()) {
    TRY(so_far, arguments.apply(2, std::array{so_far, Item(element)}));
    if (so_far) TRY_STATUS(check_made(*so_far));
  }
  return so_far;
}

// (values …, function of them)
Result<Item> let_in(const OperationCall& /*call*/, LazyArguments& arguments) {
  const std::size_t last = arguments.size() - 1;
  std::vector<Item> values(last);
  for (std::size_t i = 0; i < last; ++i) {
    TRY(values[i], arguments.evaluate(i));
  }
  return arguments.apply(last, values);
}

Result<std::string_view> read_name(const Value* as, std::string_view of) {
  if (as == nullptr) return kThis;
  if (!as->is_string()) {
    return error(ErrorCode::failed_to_parse, "{}: 'as' must be a string, found {}", of,
                 type_alias(*as));
  }
  TRY_STATUS(check_variable_name(as->as_string()));
  return as->as_string();
}

// A function of one element of that name.
Result<ExprPtr> parse_element_lambda(const Value& body, std::string_view name,
                                     const Variables& variables) {
  const VarId element = variables.fresh();
  TRY(ExprPtr parsed, parse_operand(body, variables.with(name, algebra::variable(element))));
  return algebra::lambda({element}, std::move(parsed));
}

constexpr OperandField kMapFields[] = {
    {.name = "input", .missing = 16880}, {.name = "as"}, {.name = "in", .missing = 16882}};
constexpr OperandForm kMapForm{.not_object = 16878, .unknown = 16879, .fields = kMapFields};

Result<ExprPtr> parse_map(const OperatorUse& use) {
  TRY(const auto parts, read_form(use, kMapForm));
  TRY(const std::string_view name, read_name(parts[1], use.row.name));
  TRY(ExprPtr input, parse_operand(*parts[0], use.variables));
  TRY(ExprPtr body, parse_element_lambda(*parts[2], name, use.variables));
  return call(op::kMap, {std::move(input), std::move(body)});
}

constexpr OperandField kFilterFields[] = {{.name = "input", .missing = 28648},
                                          {.name = "as"},
                                          {.name = "cond", .missing = 28650},
                                          {.name = "limit"}};
constexpr OperandForm kFilterForm{.not_object = 28646, .unknown = 28647, .fields = kFilterFields};

Result<ExprPtr> parse_filter_each(const OperatorUse& use) {
  TRY(const auto parts, read_form(use, kFilterForm));
  TRY(const std::string_view name, read_name(parts[1], use.row.name));
  TRY(ExprPtr input, parse_operand(*parts[0], use.variables));
  TRY(ExprPtr body, parse_element_lambda(*parts[2], name, use.variables));
  ExprPtr limit = call(op::kAbsent, {});
  if (parts[3] != nullptr) {
    TRY(limit, parse_operand(*parts[3], use.variables));
  }
  return call(op::kFilter, {std::move(input), std::move(body), std::move(limit)});
}

constexpr OperandField kReduceFields[] = {{.name = "input", .missing = 40077},
                                          {.name = "initialValue", .missing = 40078},
                                          {.name = "in", .missing = 40079}};
constexpr OperandForm kReduceForm{.not_object = 40075, .unknown = 40076, .fields = kReduceFields};

Result<ExprPtr> parse_reduce(const OperatorUse& use) {
  TRY(const auto parts, read_form(use, kReduceForm));
  TRY(ExprPtr input, parse_operand(*parts[0], use.variables));
  TRY(ExprPtr beginning, parse_operand(*parts[1], use.variables));
  const VarId so_far = use.variables.fresh();
  const VarId element = use.variables.fresh();
  const Variables inner =
      use.variables.with(kSoFar, algebra::variable(so_far)).with(kThis, algebra::variable(element));
  TRY(ExprPtr body, parse_operand(*parts[2], inner));
  return call(op::kReduce, {std::move(input), std::move(beginning),
                            algebra::lambda({so_far, element}, std::move(body))});
}

constexpr OperandField kLetFields[] = {{.name = "vars", .missing = 16876},
                                       {.name = "in", .missing = 16877}};
constexpr OperandForm kLetForm{.not_object = 16874, .unknown = 16875, .fields = kLetFields};

Result<ExprPtr> parse_let(const OperatorUse& use) {
  TRY(const auto parts, read_form(use, kLetForm));
  // An array is a document whose names are numbers, and no names of variables.
  if (parts[0]->is_array() && !parts[0]->as_array().empty()) {
    return fail(check_variable_name("0").error());
  }
  if (!parts[0]->is_object() && !parts[0]->is_array()) {
    return error(10065, "invalid parameter: expected an object (vars)");
  }
  const value::ObjectView given =
      parts[0]->is_object() ? parts[0]->as_object() : value::ObjectView();
  Variables inner = use.variables;
  std::vector<ExprPtr> arguments;
  std::vector<VarId> parameters;
  for (const value::Field& variable : given) {
    TRY_STATUS(check_variable_name(variable.name));
    // Its value knows none of its siblings.
    TRY(ExprPtr content, parse_operand(variable.value, use.variables));
    arguments.push_back(std::move(content));
    parameters.push_back(use.variables.fresh());
    inner = inner.with(variable.name, algebra::variable(parameters.back()));
  }
  TRY(ExprPtr body, parse_operand(*parts[1], inner));
  arguments.push_back(algebra::lambda(std::move(parameters), std::move(body)));
  return call(op::kLet, std::move(arguments));
}

constexpr OperationRow kOperations[] = {
    {.number = op::kMap, .name = "map", .least = 2, .lazy = map_each},
    {.number = op::kFilter, .name = "filter", .least = 3, .lazy = filter_each},
    {.number = op::kReduce, .name = "reduce", .least = 3, .lazy = reduce_all},
    {.number = op::kLet, .name = "let", .least = 1, .lazy = let_in},
};

constexpr OperatorRow kOperators[] = {
    {.name = "$map", .number = op::kMap, .parse = parse_map},
    {.name = "$filter", .number = op::kFilter, .parse = parse_filter_each},
    {.name = "$reduce", .number = op::kReduce, .parse = parse_reduce},
    {.name = "$let", .number = op::kLet, .parse = parse_let},
};

}  // namespace

std::span<const OperationRow> array_loop_operations() { return kOperations; }
std::span<const OperatorRow> array_loop_operators() { return kOperators; }

}  // namespace octavo::mongodb
