#include "dialect/mongodb/expression/compare.h"

#include <algorithm>
#include <iterator>

#include "dialect/mongodb/expression/operands.h"
#include "dialect/mongodb/expression/operation_tables.h"
#include "dialect/mongodb/expression/operator_tables.h"
#include "dialect/mongodb/expression/operators.h"

namespace octavo::mongodb {
namespace {

using value::Value;

struct Comparison {
  std::uint16_t number;
  bool (*holds)(std::strong_ordering order);
};
constexpr Comparison kComparisons[] = {
    {op::kEq, [](std::strong_ordering order) { return order == 0; }},
    {op::kNe, [](std::strong_ordering order) { return order != 0; }},
    {op::kGt, [](std::strong_ordering order) { return order > 0; }},
    {op::kGte, [](std::strong_ordering order) { return order >= 0; }},
    {op::kLt, [](std::strong_ordering order) { return order < 0; }},
    {op::kLte, [](std::strong_ordering order) { return order <= 0; }},
};

Result<Item> holds(const OperationCall& call, std::span<const Item> arguments) {
  const auto* const comparison =
      std::ranges::find(kComparisons, call.call.function.number, &Comparison::number);
  TRY(const CollatedOrder order, collated_order(call));
  return Item(Value::boolean(comparison->holds(compare_items(arguments[0], arguments[1], order))));
}

Result<Item> compare_two(const OperationCall& call, std::span<const Item> arguments) {
  TRY(const CollatedOrder order, collated_order(call));
  const std::strong_ordering compared = compare_items(arguments[0], arguments[1], order);
  return Item(Value::int32(compared < 0 ? -1 : compared > 0 ? 1 : 0));
}

constexpr OperationRow kOperations[] = {
    {.number = op::kCmp,
     .name = "cmp",
     .least = 2,
     .flags = operation_flag::kCompares,
     .eager = compare_two},
    {.number = op::kEq,
     .name = "eq",
     .least = 2,
     .flags = operation_flag::kCompares,
     .eager = holds},
    {.number = op::kNe,
     .name = "ne",
     .least = 2,
     .flags = operation_flag::kCompares,
     .eager = holds},
    {.number = op::kGt,
     .name = "gt",
     .least = 2,
     .flags = operation_flag::kCompares,
     .eager = holds},
    {.number = op::kGte,
     .name = "gte",
     .least = 2,
     .flags = operation_flag::kCompares,
     .eager = holds},
    {.number = op::kLt,
     .name = "lt",
     .least = 2,
     .flags = operation_flag::kCompares,
     .eager = holds},
    {.number = op::kLte,
     .name = "lte",
     .least = 2,
     .flags = operation_flag::kCompares,
     .eager = holds},
};

constexpr OperatorRow kOperators[] = {
    {.name = "$cmp", .number = op::kCmp, .least = 2, .most = 2},
    {.name = "$eq", .number = op::kEq, .least = 2, .most = 2},
    {.name = "$ne", .number = op::kNe, .least = 2, .most = 2},
    {.name = "$gt", .number = op::kGt, .least = 2, .most = 2},
    {.name = "$gte", .number = op::kGte, .least = 2, .most = 2},
    {.name = "$lt", .number = op::kLt, .least = 2, .most = 2},
    {.name = "$lte", .number = op::kLte, .least = 2, .most = 2},
};

}  // namespace

std::strong_ordering compare_items(const Item& a, const Item& b, const CollatedOrder& order) {
  if (a && b) return order.compare(*a, *b);
  if (!a && !b) return std::strong_ordering::equal;
  const value::Type other = a ? a->type() : b->type();
  const bool above = other == value::Type::min_key || other == value::Type::undefined;
  const bool missing_is_first = !a;
  return above == missing_is_first ? std::strong_ordering::greater : std::strong_ordering::less;
}

std::vector<Value> sorted(value::ArrayView elements, const CollatedOrder& order, bool descending) {
  std::vector<const Value*> places;
  places.reserve(elements.size());
  for (const Value& element : elements) places.push_back(&element);
  // They lie behind each other, so their places tell equal ones apart.
  std::ranges::sort(places, [&order, descending](const Value* a, const Value* b) {
    const auto compared = order.compare(*a, *b);
    if (compared != 0) return descending ? compared > 0 : compared < 0;
    return a < b;
  });
  std::vector<Value> result;
  result.reserve(places.size());
  for (const Value* element : places) result.push_back(*element);
  return result;
}

std::span<const OperationRow> compare_operations() { return kOperations; }
std::span<const OperatorRow> compare_operators() { return kOperators; }

}  // namespace octavo::mongodb
