// $fill: constants in the place of null and of nothing, or what lies before and between, by
// windows.

#include <array>

#include "dialect/mongodb/error/error.h"
#include "dialect/mongodb/expression/parse.h"
#include "dialect/mongodb/pipeline/documents.h"
#include "dialect/mongodb/pipeline/names.h"
#include "dialect/mongodb/pipeline/operations.h"
#include "dialect/mongodb/pipeline/stage_tables.h"
#include "dialect/mongodb/pipeline/window.h"
#include "dialect/mongodb/type/print.h"
#include "dialect/mongodb/type/type.h"

namespace octavo::mongodb {
namespace {

using algebra::ExprPtr;
using algebra::PlanPtr;
using value::Field;
using value::Value;

constexpr std::string_view kStage = "$fill";
constexpr std::uint32_t kMissing = 40414;

const Value* given(const Value& document, std::string_view name) {
  const Value* field = document.find(name);
  return field == nullptr || field->is_null() ? nullptr : field;
}

// What is made of each field: constants first, then windows.
struct Filled {
  std::vector<std::pair<std::vector<std::string>, ExprPtr>> constants;  // path, value
  WindowSpec window;
};

struct MethodRow {
  std::string_view name;
  Result<WindowField> (*fill)(std::vector<std::string> path, const ExprPtr& value,
                              const WindowSpec& window);
  bool needs_order;
};
constexpr MethodRow kMethods[] = {
    {"locf", carried_forward, false},
    {"linear", filled_linearly, true},
};

Status read_method(Filled& filled, std::vector<std::string> path, const Field& field,
                   const Value& method) {
  constexpr std::uint32_t kNoMethod = 6050202;
  constexpr std::uint32_t kNoOrder = 605001;
  if (!method.is_string()) return wrong_type(kStage, "method", method, "string");
  for (const MethodRow& row : kMethods) {
    if (row.name != method.as_string()) continue;
    if (row.needs_order && filled.window.order.size() != 1) {
      return error(kNoOrder, "{} with method '{}' must have a 'sortBy' of exactly one field",
                   kStage, row.name);
    }
    TRY(const ExprPtr value,
        parse_expression(Value::string("$" + field.name), filled.window.row.variables));
    TRY(WindowField made, row.fill(std::move(path), value, filled.window));
    filled.window.fields.push_back(std::move(made));
    return {};
  }
  return error(kNoMethod, "Method must be either locf or linear, but found {}", method.as_string());
}

Status read_field(Filled& filled, const Field& field) {
  constexpr std::uint32_t kNotOne = 6050201;
  constexpr std::array<std::string_view, 2> kNames{"value", "method"};
  if (!field.value.is_object())
    return wrong_type("$fill.output", field.name, field.value, "object");
  TRY_STATUS(check_fields("$fill.output", field.value, kNames));
  const Value* value = field.value.find(kNames[0]);
  const Value* method = field.value.find(kNames[1]);
  if ((value == nullptr) == (method == nullptr)) {
    return error(kNotOne, "Each {} output must have exactly one of 'value' or 'method'", kStage);
  }
  TRY(std::vector<std::string> path, split_field_path(field.name));
  if (method != nullptr) return read_method(filled, std::move(path), field, *method);
  const Value otherwise =
      Value::object({{"$ifNull", Value::array({Value::string("$" + field.name), *value})}});
  TRY(ExprPtr expression, parse_expression(otherwise, filled.window.row.variables));
  filled.constants.emplace_back(std::move(path), std::move(expression));
  return {};
}

// By fields, or by an expression.
Status read_partition(Filled& filled, const Value& operand) {
  constexpr std::uint32_t kBoth = 6050204;
  constexpr std::uint32_t kDollar = 6050205;
  const Value* expression = given(operand, "partitionBy");
  const Value* fields = given(operand, "partitionByFields");
  if (expression != nullptr && fields != nullptr) {
    return error(kBoth,
                 "Maximum one of 'partitionBy' and 'partitionByFields can be specified in "
                 "'$fill'");
  }
  Value key;
  if (expression != nullptr) {
    key = *expression;
  } else if (fields != nullptr) {
    if (!fields->is_array()) return wrong_type(kStage, "partitionByFields", *fields, "array");
    std::vector<Value> parts;
    for (const Value& field : fields->as_array()) {
      if (!field.is_string()) return wrong_type(kStage, "partitionByFields", field, "string");
      if (field.as_string().starts_with('$')) {
        return error(kDollar,
                     "Each field listed in 'partitionByFields' must not begin with '$', {}",
                     field.as_string());
      }
      parts.push_back(Value::object(
          {{"$ifNull",
            Value::array({Value::string("$" + std::string(field.as_string())), Value()})}}));
    }
    if (parts.empty()) return {};
    // An array is no key of a partition, a document is.
    std::vector<value::Field> named;
    for (Value& part : parts)
      named.push_back({"p" + std::to_string(named.size()), std::move(part)});
    key = Value::object(std::move(named));
  } else {
    return {};
  }
  TRY(ExprPtr partition, parse_expression(key, filled.window.row.variables));
  filled.window.partition = call(op::kPartitionKey, {std::move(partition)});
  return {};
}

Result<Step> parse_fill(const Value& operand, StageContext& context) {
  constexpr std::array<std::string_view, 4> kNames{"partitionBy", "partitionByFields", "sortBy",
                                                   "output"};
  constexpr std::uint32_t kNoFields = 6050203;
  if (!operand.is_object()) {
    return error(ErrorCode::failed_to_parse,
                 "The {} stage specification must be an object, found {}", kStage,
                 type_alias(operand));
  }
  TRY_STATUS(check_fields(kStage, operand, kNames));
  const Value* output = operand.find("output");
  if (output == nullptr) {
    return error(kMissing, "BSON field '{}.output' is missing but a required field", kStage);
  }
  if (!output->is_object()) return wrong_type(kStage, "output", *output, "object");
  if (output->as_object().empty()) {
    return error(kNoFields, "{} must have at least one output field", kStage);
  }
  Filled filled{.constants = {}, .window = {.row = row_of(context), .order = {}, .fields = {}}};
  if (const Value* order = given(operand, "sortBy")) {
    if (!order->is_object()) return wrong_type(kStage, "sortBy", *order, "object");
    TRY(filled.window.order, parse_sort_pattern(*order, filled.window.row.variables));
  }
  TRY_STATUS(read_partition(filled, operand));
  for (const Field& field : output->as_object()) TRY_STATUS(read_field(filled, field));
  ExprPtr document = algebra::variable(filled.window.row.row);
  for (auto& [path, value] : filled.constants) {
    document = set_path_call(std::move(document), path, std::move(value));
  }
  const bool has_constants = !filled.constants.empty();
  const ExprPtr constants = row_lambda(filled.window.row.row, std::move(document));
  std::optional<Step> windows;
  if (!filled.window.fields.empty()) windows = make_window_step(std::move(filled.window));
  Step step;
  step.plan = [=](PlanPtr input) -> Result<PlanPtr> {
    PlanPtr plan = std::move(input);
    if (has_constants) plan = algebra::make_plan(algebra::Map{std::move(plan), constants});
    return windows ? windows->plan(std::move(plan)) : Result<PlanPtr>(std::move(plan));
  };
  return step;
}

constexpr StageRow kStages[] = {{.name = kStage, .flags = 0, .parse = parse_fill}};

}  // namespace

std::span<const StageRow> fill_stages() { return kStages; }

}  // namespace octavo::mongodb
