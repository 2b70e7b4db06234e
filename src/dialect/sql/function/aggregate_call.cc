#include "dialect/sql/function/aggregate_call.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/rows.h"
#include "dialect/sql/aggregate/rows.h"
#include "dialect/sql/error/error.h"
#include "dialect/sql/function/call_binder.h"
#include "dialect/sql/function/named_numbers.h"
#include "dialect/sql/function/operation.h"
#include "dialect/sql/function/operators.h"
#include "dialect/sql/type/common.h"

namespace octavo::sql {
namespace {

using algebra::ExprPtr;
using value::Value;

constexpr std::uint64_t kMaxWidth = 0xffff'ffffU / 4;
constexpr int kSumDigits = 22;  // that a sum has before those of what is added

struct Aggregating {
  AggregateCall& call;
  CallBinder& binder;
  const CallContext& context;
};

BoundAggregate make(AggregateNumber number, ExprPtr argument, Type type,
                    std::vector<algebra::Option> options = {}) {
  type.flags = 0;
  return {.aggregate = {.kind = algebra::AggregateKind::function,
                        .argument = std::move(argument),
                        .required = false,
                        .function = {kFamily, std::to_underlying(number)},
                        .options = std::move(options)},
          .type = std::move(type)};
}

algebra::Option option(std::string name, Value value) {
  return {std::move(name), algebra::constant(std::move(value))};
}

std::vector<algebra::Option> distinct_option(const AggregateCall& call) {
  std::vector<algebra::Option> options;
  if (call.distinct) options.push_back(option("distinct", Value::boolean(true)));
  return options;
}

Result<ExprPtr> keys_of(std::span<const Typed> operands, const CallContext& context) {
  std::vector<ExprPtr> keys;
  for (const Typed& operand : operands) {
    TRY(ExprPtr key, comparison_key(operand, context));
    keys.push_back(std::move(key));
  }
  return algebra::make_array(std::move(keys));
}

Result<BoundAggregate> bind_count(Aggregating& of, AggregateNumber number) {
  const Type type = with_null(big_integer(), false);
  if (of.call.distinct) {
    TRY(ExprPtr keys, keys_of(of.call.arguments, of.context));
    return make(AggregateNumber::count_distinct, std::move(keys), type);
  }
  const bool of_rows = of.call.arguments.empty() || !of.call.arguments[0].type.nullable;
  if (of_rows) return BoundAggregate{.aggregate = {}, .type = type};
  return make(number, of.call.arguments[0].expression, type);
}

// Exact, unless the argument has no digits of its own.
Result<BoundAggregate> bind_sum(Aggregating& of, AggregateNumber number) {
  TRY_STATUS(of.binder.to_number(0));
  const bool averages = number == AggregateNumber::average_exact;
  std::vector<algebra::Option> options = distinct_option(of.call);
  const auto digits = digits_of(of.binder.type(0));
  if (!digits) {
    const auto real = averages ? AggregateNumber::average_real : AggregateNumber::sum_real;
    return make(real, of.binder[0].expression, double_type(), std::move(options));
  }
  const int increment = averages ? of.context.session.div_precision_increment : 0;
  const int scale = std::min<int>(digits->scale + increment, kMaxDecimalScale);
  const int whole = digits->whole + (averages ? 0 : kSumDigits);
  options.push_back(option("scale", Value::int64(scale)));
  return make(number, of.binder[0].expression, decimal_type(whole + scale, scale),
              std::move(options));
}

Result<BoundAggregate> bind_extreme(Aggregating& of, AggregateNumber number) {
  // Members of ENUM and SET are compared as the texts that they are here.
  if (of.binder.type(0).is_text()) TRY_STATUS(of.binder.to_text(0));
  if (of.binder.type(0).kind() == Kind::boolean) TRY_STATUS(of.binder.to_integer(0));
  const Typed& operand = of.binder[0];
  const Type type = with_null(operand.type, true);
  if (compares_as_it_is(type)) return make(number, operand.expression, type);
  TRY(ExprPtr key, comparison_key(operand, of.context));
  const auto by_key = number == AggregateNumber::minimum ? AggregateNumber::minimum_by
                                                         : AggregateNumber::maximum_by;
  return make(by_key, algebra::make_array({std::move(key), operand.expression}), type);
}

Result<BoundAggregate> bind_bits(Aggregating& of, AggregateNumber number) {
  TRY_STATUS(of.binder.to_integer(0));
  return make(number, of.binder[0].expression, with_null(big_integer(true), false));
}

Result<BoundAggregate> bind_spread(Aggregating& of, AggregateNumber number) {
  TRY_STATUS(of.binder.to_double(0));
  return make(number, of.binder[0].expression, double_type());
}

// ORDER BY 2 is by the second argument.
Result<const Typed*> ordered_by(const AggregateCall& call, const Typed& key) {
  const Value* constant = key.constant();
  if (constant == nullptr || !key.type.has(type_flag::kLiteral) || !key.type.is_integer()) {
    return &key;
  }
  const auto place = constant->to_int64().value_or(0);
  if (place < 1 || static_cast<std::size_t>(place) > call.arguments.size()) {
    return error<1054>(std::to_string(place), "order clause");
  }
  return &call.arguments[static_cast<std::size_t>(place - 1)];
}

Result<BoundAggregate> bind_group_concat(Aggregating& of, AggregateNumber number) {
  std::vector<ExprPtr> parts{nullptr};
  if (of.call.distinct) {
    TRY(ExprPtr keys, keys_of(of.call.arguments, of.context));
    parts.push_back(std::move(keys));
  } else {
    parts.push_back(algebra::constant(Value()));
  }
  std::vector<Value> descending;
  for (const AggregateCall::Order& order : of.call.order) {
    TRY(const Typed* key, ordered_by(of.call, order.key));
    TRY(ExprPtr sorted_by, comparison_key(*key, of.context));
    parts.push_back(std::move(sorted_by));
    descending.push_back(Value::boolean(order.descending));
  }
  const std::uint64_t most = of.context.session.group_concat_max_len;
  for (std::size_t i = 0; i < of.binder.size(); ++i) TRY_STATUS(of.binder.to_string(i));
  const bool binary = std::ranges::any_of(
      of.binder.types(), [](const Type& type) { return type.kind() == Kind::bytes; });
  const auto width = static_cast<std::uint32_t>(std::min<std::uint64_t>(most, kMaxWidth));
  Type type = bytes_type(width);
  if (!binary) {
    TRY(const value::Collation* collation, of.binder.to_common_collation());
    type = text_type(*collation, width);
  }
  parts[0] = of.binder.size() == 1 ? of.binder[0].expression
                                   : of.binder.make(op::kConcat, type).expression;
  std::vector<algebra::Option> options = distinct_option(of.call);
  options.push_back(option("separator", Value::string(of.call.separator.value_or(","))));
  options.push_back(option("most", Value::uint64(most)));
  if (binary) options.push_back(option("binary", Value::boolean(true)));
  if (!descending.empty()) {
    options.push_back(option("descending", Value::array(std::move(descending))));
  }
  return make(number, algebra::make_array(std::move(parts)), type, std::move(options));
}

Result<BoundAggregate> bind_json_array(Aggregating& of, AggregateNumber number) {
  TRY_STATUS(of.binder.to_json(0));
  return make(number, of.binder[0].expression, json_type());
}

Result<BoundAggregate> bind_json_object(Aggregating& of, AggregateNumber number) {
  TRY_STATUS(of.binder.to_text(0));
  TRY_STATUS(of.binder.to_json(1));
  return make(number, algebra::make_array({of.binder[0].expression, of.binder[1].expression}),
              json_type());
}

struct Row {
  std::string_view name;
  AggregateNumber number;
  std::size_t least, most;  // arguments
  Result<BoundAggregate> (*bind)(Aggregating& of, AggregateNumber number);
};
constexpr std::size_t kAny = 4'096;

constexpr std::array kRows = std::to_array<Row>({
    {"AVG", AggregateNumber::average_exact, 1, 1, bind_sum},
    {"BIT_AND", AggregateNumber::bit_and, 1, 1, bind_bits},
    {"BIT_OR", AggregateNumber::bit_or, 1, 1, bind_bits},
    {"BIT_XOR", AggregateNumber::bit_xor, 1, 1, bind_bits},
    {"COUNT", AggregateNumber::count, 0, kAny, bind_count},
    {"GROUP_CONCAT", AggregateNumber::group_concat, 1, kAny, bind_group_concat},
    {"JSON_ARRAYAGG", AggregateNumber::json_array, 1, 1, bind_json_array},
    {"JSON_OBJECTAGG", AggregateNumber::json_object, 2, 2, bind_json_object},
    {"MAX", AggregateNumber::maximum, 1, 1, bind_extreme},
    {"MIN", AggregateNumber::minimum, 1, 1, bind_extreme},
    {"STD", AggregateNumber::deviation, 1, 1, bind_spread},
    {"STDDEV_SAMP", AggregateNumber::sample_deviation, 1, 1, bind_spread},
    {"SUM", AggregateNumber::sum_exact, 1, 1, bind_sum},
    {"VARIANCE", AggregateNumber::variance, 1, 1, bind_spread},
    {"VAR_SAMP", AggregateNumber::sample_variance, 1, 1, bind_spread},
});
static_assert(rows_differ(kRows, &Row::name));

const Row* find_row(std::string_view name) {
  const auto* row = std::ranges::find(kRows, name, &Row::name);
  return row == kRows.end() ? nullptr : row;
}

}  // namespace

bool is_aggregate(std::string_view upper_name) { return find_row(upper_name) != nullptr; }

Result<BoundAggregate> bind_aggregate(AggregateCall call, const CallContext& context) {
  const Row* row = find_row(call.name);
  if (row == nullptr) return not_supported(call.name);
  if (call.arguments.size() < row->least || call.arguments.size() > row->most) {
    return error<1582>(call.name);
  }
  std::vector<CallArgument> arguments;
  for (const Typed& argument : call.arguments) arguments.push_back({.value = argument});
  CallBinder binder(call.name, std::move(arguments), context);
  Aggregating of{call, binder, context};
  return row->bind(of, row->number);
}

BoundAggregate bind_any_value(Typed operand) {
  return make(AggregateNumber::any_value, std::move(operand.expression), std::move(operand.type));
}

}  // namespace octavo::sql
