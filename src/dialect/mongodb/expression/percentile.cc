// $percentile and $median of the numbers of an array: discrete ones, which are among the numbers.

#include <algorithm>
#include <cmath>

#include "dialect/mongodb/expression/operands.h"
#include "dialect/mongodb/expression/operation_tables.h"
#include "dialect/mongodb/expression/operator_tables.h"
#include "dialect/mongodb/expression/operators.h"
#include "dialect/mongodb/expression/parse.h"
#include "dialect/mongodb/type/print.h"

namespace octavo::mongodb {
namespace {

using algebra::ExprPtr;
using value::Value;

constexpr std::string_view kApproximate = "approximate";

std::vector<double> numbers_of(const Item& input) {
  std::vector<double> numbers;
  const auto add = [&numbers](const Value& value) {
    if (value.is_number() && !std::isnan(value.to_double())) numbers.push_back(value.to_double());
  };
  if (is_array(input)) {
    std::ranges::for_each(input->as_array(), add);
  } else if (input) {
    add(*input);
  }
  std::ranges::sort(numbers);
  return numbers;
}

Value percentile_of(const std::vector<double>& sorted, double share) {
  if (sorted.empty()) return Value::null();
  const double rank = std::ceil(share * static_cast<double>(sorted.size()));
  const auto place = static_cast<std::size_t>(std::max(rank - 1, 0.0));
  return Value::float64(sorted[std::min(place, sorted.size() - 1)]);
}

bool is_share(const Value& share) {
  return share.is_number() && share.to_double() >= 0 && share.to_double() <= 1;
}

// (input, shares)
Result<Item> percentiles(const OperationCall& call, std::span<const Item> arguments) {
  const Item& shares = arguments[1];
  if (!is_array(shares) || !std::ranges::all_of(shares->as_array(), is_share)) {
    return malformed("percentile");
  }
  if (is_array(arguments[0])) TRY_STATUS(check_array_size(call, arguments[0]->as_array().size()));
  const std::vector<double> sorted = numbers_of(arguments[0]);
  std::vector<Value> results;
  for (const Value& share : shares->as_array()) {
    results.push_back(percentile_of(sorted, share.to_double()));
  }
  return Item(Value::array(std::move(results)));
}
Result<Item> median(const OperationCall& call, std::span<const Item> arguments) {
  constexpr double kMiddle = 0.5;
  if (is_array(arguments[0])) TRY_STATUS(check_array_size(call, arguments[0]->as_array().size()));
  return Item(percentile_of(numbers_of(arguments[0]), kMiddle));
}

Status check_method(const Value& method, std::string_view of) {
  if (!method.is_string()) {
    return error(ErrorCode::type_mismatch,
                 "BSON field '{}.method' is the wrong type '{}', expected "
                 "type 'string'",
                 of, type_alias(method));
  }
  if (method.as_string() == kApproximate) return {};
  return error(ErrorCode::bad_value,
               "Currently only 'approximate' can be used as percentile 'method'.");
}

// The shares are constant.
Result<Value> read_shares(const Value& given, const Variables& variables) {
  TRY(const ExprPtr parsed, parse_expression(given, variables));
  const Value* shares = constant_of(parsed);
  if (shares == nullptr || !shares->is_array() || shares->as_array().empty()) {
    return error(7750301,
                 "The $percentile 'p' field must be an array of constant numbers, found {}",
                 print(given));
  }
  for (const Value& share : shares->as_array()) {
    if (!share.is_number()) {
      return error(7750302,
                   "The $percentile 'p' field must be an array of numbers from [0.0, 1.0]");
    }
    if (!is_share(share)) {
      return error(7750303,
                   "The $percentile 'p' field must be an array of numbers from "
                   "[0.0, 1.0], but found: {}",
                   print(share));
    }
  }
  return *shares;
}

constexpr auto kMissing = static_cast<std::uint32_t>(40414);
constexpr auto kUnknown = static_cast<std::uint32_t>(40415);
constexpr OperandField kFields[] = {{.name = "input", .missing = kMissing},
                                    {.name = "p", .missing = kMissing},
                                    {.name = "method", .missing = kMissing}};
constexpr OperandForm kForm{.not_object = 7429703, .unknown = kUnknown, .fields = kFields};
constexpr OperandField kMedianFields[] = {{.name = "input", .missing = kMissing},
                                          {.name = "method", .missing = kMissing}};
constexpr OperandForm kMedianForm{
    .not_object = 7436100, .unknown = kUnknown, .fields = kMedianFields};

Result<ExprPtr> parse_percentile(const OperatorUse& use) {
  TRY(const auto parts, read_form(use, kForm));
  TRY(ExprPtr input, parse_operand(*parts[0], use.variables));
  TRY(Value shares, read_shares(*parts[1], use.variables));
  TRY_STATUS(check_method(*parts[2], use.row.name));
  return call(op::kPercentile, {std::move(input), algebra::constant(std::move(shares))});
}
Result<ExprPtr> parse_median(const OperatorUse& use) {
  TRY(const auto parts, read_form(use, kMedianForm));
  TRY(ExprPtr input, parse_operand(*parts[0], use.variables));
  TRY_STATUS(check_method(*parts[1], use.row.name));
  return call(op::kMedian, {std::move(input)});
}

constexpr OperationRow kOperations[] = {
    {.number = op::kPercentile, .name = "percentile", .least = 2, .eager = percentiles},
    {.number = op::kMedian, .name = "median", .least = 1, .eager = median},
};

constexpr OperatorRow kOperators[] = {
    {.name = "$percentile", .number = op::kPercentile, .parse = parse_percentile},
    {.name = "$median", .number = op::kMedian, .parse = parse_median},
};

}  // namespace

std::span<const OperationRow> percentile_operations() { return kOperations; }
std::span<const OperatorRow> percentile_operators() { return kOperators; }

}  // namespace octavo::mongodb
