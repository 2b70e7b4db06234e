// $setWindowFields.

#include "dialect/mongodb/pipeline/window.h"

#include <array>

#include "dialect/mongodb/error/error.h"
#include "dialect/mongodb/expression/collation.h"
#include "dialect/mongodb/expression/parse.h"
#include "dialect/mongodb/pipeline/documents.h"
#include "dialect/mongodb/pipeline/names.h"
#include "dialect/mongodb/pipeline/operations.h"
#include "dialect/mongodb/pipeline/stage_tables.h"
#include "dialect/mongodb/type/number.h"
#include "dialect/mongodb/type/print.h"
#include "dialect/mongodb/type/type.h"

namespace octavo::mongodb {
namespace {

using algebra::ExprPtr;
using algebra::PlanPtr;
using value::Field;
using value::Value;

constexpr std::string_view kStage = "$setWindowFields";

const Value* given(const Value& document, std::string_view name) {
  const Value* field = document.find(name);
  return field == nullptr || field->is_null() ? nullptr : field;
}

Result<Step> parse_window(const Value& operand, StageContext& context) {
  constexpr std::uint32_t kMissing = 40414;
  constexpr std::array<std::string_view, 3> kNames{"partitionBy", "sortBy", "output"};
  if (!operand.is_object()) {
    return error(ErrorCode::failed_to_parse,
                 "the {} stage specification must be an object, found {}", kStage,
                 type_alias(operand));
  }
  TRY_STATUS(check_fields(kStage, operand, kNames));
  WindowSpec window{.row = row_of(context), .order = {}, .fields = {}};
  if (const Value* partition = operand.find("partitionBy")) {
    TRY(ExprPtr key, parse_expression(*partition, window.row.variables));
    window.partition = call(op::kPartitionKey, {std::move(key)});
  }
  if (const Value* order = given(operand, "sortBy")) {
    if (!order->is_object()) return wrong_type(kStage, "sortBy", *order, "object");
    TRY(window.order, parse_sort_pattern(*order, window.row.variables));
  }
  const Value* output = operand.find("output");
  if (output == nullptr) {
    return error(kMissing, "BSON field '{}.output' is missing but a required field", kStage);
  }
  if (!output->is_object()) return wrong_type(kStage, "output", *output, "object");
  for (const Field& field : output->as_object()) {
    TRY(WindowField made, parse_window_field(field, window));
    window.fields.push_back(std::move(made));
  }
  return make_window_step(std::move(window));
}

constexpr StageRow kStages[] = {{.name = kStage, .flags = 0, .parse = parse_window}};

// --- Operations ---

Result<Item> partition_key(const OperationCall& /*call*/, std::span<const Item> arguments) {
  if (!arguments[0]) return Item(Value());
  if (arguments[0]->is_array()) {
    return error(ErrorCode::type_mismatch,
                 "An expression used to partition cannot evaluate to value of type array");
  }
  return arguments[0];
}

Result<Item> window_number(const OperationCall& /*call*/, std::span<const Item> arguments) {
  const auto number =
      arguments[0] && arguments[0]->is_number() ? arguments[0]->to_int64() : std::nullopt;
  if (!number) return fail(Code::type_mismatch, "a window gives no number");
  return Item(of_integer(*number, NumberKind::int32));
}

Result<Item> element(const OperationCall& /*call*/, std::span<const Item> arguments) {
  const auto number =
      arguments[1] && arguments[1]->is_number() ? arguments[1]->to_int64() : std::nullopt;
  const bool fits = arguments[0] && arguments[0]->is_array() && number && *number >= 0 &&
                    static_cast<std::size_t>(*number) < arguments[0]->as_array().size();
  if (!fits) return fail(Code::type_mismatch, "a window gives fewer results");
  return Item(arguments[0]->as_array()[static_cast<std::size_t>(*number)]);
}

Result<Item> range_key(const OperationCall& /*call*/, std::span<const Item> arguments) {
  constexpr std::uint32_t kNoNumber = 5429414;
  constexpr std::uint32_t kNoDate = 5429513;
  const bool is_date = bson_type(arguments[0]) == BsonType::date;
  if (is_truthy(arguments[1])) {
    if (is_date) return arguments[0];
    return error(kNoDate, "Invalid range: Expected the sortBy field to be a Date, but it was {}",
                 type_alias(arguments[0]));
  }
  if (arguments[0] && arguments[0]->is_number()) return arguments[0];
  return error(kNoNumber, "Invalid range: Expected the sortBy field to be a number, but it was {}",
               type_alias(arguments[0]));
}

Result<Item> known_point(const OperationCall& /*call*/, std::span<const Item> arguments) {
  constexpr std::uint32_t kNoNumber = 605001;
  if (is_nullish(arguments[1])) return Item(Value());
  if (!arguments[1]->is_number()) {
    return error(kNoNumber, "Value to be filled must be numeric or nullish, but found {}",
                 type_alias(arguments[1]));
  }
  return Item(Value::array({arguments[0] ? *arguments[0] : Value(), *arguments[1]}));
}

// A date as a number, a number as it is.
Result<Value> position_of(const Value& key) {
  constexpr std::uint32_t kNoPosition = 605002;
  if (key.is_number()) return key;
  if (bson_type(key) == BsonType::date) {
    return Value::int64(date_millis(as_bson(key).as_timestamp()));
  }
  return error(kNoPosition, "$linearFill requires sortBy field to be numeric or a date");
}

Result<Item> linear_fill(const OperationCall& /*call*/, std::span<const Item> arguments) {
  constexpr std::uint32_t kRepeated = 6050106;
  const auto is_point = [](const Item& item) {
    return item && item->is_array() && item->as_array().size() == 2;
  };
  if (!is_nullish(arguments[1])) return arguments[1];
  if (!is_point(arguments[2]) || !is_point(arguments[3])) return Item(Value());
  const auto before = arguments[2]->as_array();
  const auto behind = arguments[3]->as_array();
  TRY(const Value x, position_of(arguments[0] ? *arguments[0] : Value()));
  TRY(const Value x0, position_of(before[0]));
  TRY(const Value x1, position_of(behind[0]));
  const Value distance = subtract(x1, x0);
  if (is_zero(distance) || equal(x, x0) || equal(x, x1)) {
    return error(kRepeated, "There can be no repeated values in the sort field");
  }
  const Value slope = divide(subtract(behind[1], before[1]), distance);
  return Item(add(before[1], multiply(slope, subtract(x, x0))));
}

constexpr OperationRow kOperations[] = {
    {.number = op::kPartitionKey, .name = "partition_key", .least = 1, .eager = partition_key},
    {.number = op::kWindowNumber, .name = "window_number", .least = 1, .eager = window_number},
    {.number = op::kElement, .name = "element", .least = 2, .eager = element},
    {.number = op::kRangeKey, .name = "range_key", .least = 2, .eager = range_key},
    {.number = op::kKnownPoint, .name = "known_point", .least = 2, .eager = known_point},
    {.number = op::kLinearFill, .name = "linear_fill", .least = 4, .eager = linear_fill},
};

}  // namespace

std::span<const StageRow> window_stages() { return kStages; }
std::span<const OperationRow> window_operations() { return kOperations; }

// A row of the Window is an array: the document, and what each function gives.
Step make_window_step(WindowSpec window) {
  const Variables& variables = window.row.variables;
  const algebra::VarId made = variables.fresh();
  const auto part = [&](std::size_t number) {
    return call(op::kElement, {algebra::variable(made),
                               algebra::constant(Value::int64(static_cast<std::int64_t>(number)))});
  };
  algebra::Window node{.compared_in = value::Order::bson};
  if (window.partition != nullptr) {
    const std::string_view collation = collation_of(variables);
    ExprPtr key = window.partition;
    if (!collation.empty()) key = collate(call(op::kCollationKey, {std::move(key)}), collation);
    node.partition.push_back(row_lambda(window.row.row, std::move(key)));
  }
  node.order = sort_keys(window.order, variables);
  ExprPtr document = part(0);
  for (WindowField& field : window.fields) {
    std::vector<ExprPtr> results;
    for (algebra::WindowFunction& function : field.functions) {
      node.functions.push_back(std::move(function));
      results.push_back(part(node.functions.size()));
    }
    document =
        set_path_call(std::move(document), field.path, field.value(std::move(results), part(0)));
  }
  Step step;
  step.plan = [node = std::move(node),
               function = row_lambda(made, std::move(document))](PlanPtr input) -> Result<PlanPtr> {
    algebra::Window above = node;
    above.input = std::move(input);
    return algebra::make_plan(algebra::Map{algebra::make_plan(std::move(above)), function});
  };
  return step;
}

}  // namespace octavo::mongodb
