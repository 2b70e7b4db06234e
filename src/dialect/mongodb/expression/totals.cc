// Accumulators as functions of their arguments: of the elements where there is one argument and it
// is an array, else of the arguments themselves.

#include <algorithm>
#include <cmath>
#include <iterator>

#include "dialect/mongodb/expression/compare.h"
#include "dialect/mongodb/expression/operands.h"
#include "dialect/mongodb/expression/operation_tables.h"
#include "dialect/mongodb/expression/operator_tables.h"
#include "dialect/mongodb/expression/operators.h"
#include "dialect/mongodb/type/number.h"

namespace octavo::mongodb {
namespace {

using value::Value;

template <class Visit>
void for_each_value(std::span<const Item> arguments, Visit visit) {
  if (arguments.size() == 1 && is_array(arguments[0])) {
    for (const Value& element : arguments[0]->as_array()) visit(element);
    return;
  }
  for (const Item& argument : arguments) {
    if (argument) visit(*argument);
  }
}

Sum sum_of(std::span<const Item> arguments) {
  Sum sum;
  for_each_value(arguments, [&sum](const Value& value) { sum.add(value); });
  return sum;
}

Result<Item> total(const OperationCall& /*call*/, std::span<const Item> arguments) {
  return Item(sum_of(arguments).total());
}
Result<Item> average(const OperationCall& /*call*/, std::span<const Item> arguments) {
  return Item(sum_of(arguments).average());
}

// Of several that are equal, the first.
Result<Item> extreme(const OperationCall& call, std::span<const Item> arguments, bool largest) {
  TRY(const CollatedOrder collated, collated_order(call));
  Item best;
  for_each_value(arguments, [&](const Value& value) {
    if (is_nullish(value)) return;
    if (!best) {
      best = value;
      return;
    }
    const auto order = collated.compare(value, *best);
    if (largest ? order > 0 : order < 0) best = value;
  });
  return best ? best : null_item();
}
Result<Item> least(const OperationCall& call, std::span<const Item> arguments) {
  return extreme(call, arguments, false);
}
Result<Item> largest(const OperationCall& call, std::span<const Item> arguments) {
  return extreme(call, arguments, true);
}

// Welford's (1962): a mean and the squares of what differs from it, in one pass.
Item deviation(std::span<const Item> arguments, std::int64_t fewer) {
  std::int64_t count = 0;
  double mean = 0;
  double squares = 0;
  for_each_value(arguments, [&](const Value& value) {
    if (!value.is_number()) return;
    ++count;
    const double number = value.to_double();
    const double difference = number - mean;
    mean += difference / static_cast<double>(count);
    squares += difference * (number - mean);
  });
  if (count <= fewer) return null_item();
  return Value::float64(std::sqrt(squares / static_cast<double>(count - fewer)));
}
Result<Item> population(const OperationCall& /*call*/, std::span<const Item> arguments) {
  return deviation(arguments, 0);
}
Result<Item> sample(const OperationCall& /*call*/, std::span<const Item> arguments) {
  return deviation(arguments, 1);
}

constexpr OperationRow kOperations[] = {
    {.number = op::kSum, .name = "sum", .eager = total},
    {.number = op::kAvg, .name = "avg", .eager = average},
    {.number = op::kMin, .name = "min", .flags = operation_flag::kCompares, .eager = least},
    {.number = op::kMax, .name = "max", .flags = operation_flag::kCompares, .eager = largest},
    {.number = op::kStdDevPop, .name = "stdDevPop", .eager = population},
    {.number = op::kStdDevSamp, .name = "stdDevSamp", .eager = sample},
};

constexpr OperatorRow kOperators[] = {
    {.name = "$sum", .number = op::kSum, .least = 0, .most = OperatorRow::kAny},
    {.name = "$avg", .number = op::kAvg, .least = 0, .most = OperatorRow::kAny},
    {.name = "$min", .number = op::kMin, .least = 0, .most = OperatorRow::kAny},
    {.name = "$max", .number = op::kMax, .least = 0, .most = OperatorRow::kAny},
    {.name = "$stdDevPop", .number = op::kStdDevPop, .least = 0, .most = OperatorRow::kAny},
    {.name = "$stdDevSamp", .number = op::kStdDevSamp, .least = 0, .most = OperatorRow::kAny},
};

}  // namespace

std::span<const OperationRow> totals_operations() { return kOperations; }
std::span<const OperatorRow> totals_operators() { return kOperators; }

}  // namespace octavo::mongodb
