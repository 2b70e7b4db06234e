// Arrays as sets: order and repetitions do not matter. What is given as a set has the order of its
// elements.

#include <algorithm>

#include "dialect/mongodb/expression/compare.h"
#include "dialect/mongodb/expression/fold.h"
#include "dialect/mongodb/expression/operands.h"
#include "dialect/mongodb/expression/operation_tables.h"
#include "dialect/mongodb/expression/operator_tables.h"
#include "dialect/mongodb/expression/operators.h"
#include "dialect/mongodb/expression/parse.h"

namespace octavo::mongodb {
namespace {

using algebra::ExprPtr;
using value::ArrayView;
using value::Value;

// Sorted, each once: of what is equal, the first.
std::vector<Value> set_of(ArrayView elements, const CollatedOrder& order) {
  std::vector<Value> set = sorted(elements, order);
  const auto repeats = std::ranges::unique(
      set, [&order](const Value& a, const Value& b) { return order.equal(a, b); });
  set.erase(repeats.begin(), repeats.end());
  return set;
}

bool has(const std::vector<Value>& set, const Value& element, const CollatedOrder& order) {
  return std::ranges::binary_search(set, element, CollatedLess{order});
}

Result<Item> united(const OperationCall& call, std::span<const Item> arguments) {
  TRY(const CollatedOrder order, collated_order(call));
  std::vector<Value> all;
  for (const Item& argument : arguments) {
    if (is_nullish(argument)) return null_item();
    if (!is_array(argument)) {
      return error(17043, "All operands of $setUnion must be arrays. One argument is of type: {}",
                   type_alias(argument));
    }
    const ArrayView part = argument->as_array();
    TRY_STATUS(check_array_size(call, all.size() + part.size()));
    all.insert(all.end(), part.begin(), part.end());
  }
  return Item(Value::array(set_of(all, order)));
}

Result<Item> intersected(const OperationCall& call, std::span<const Item> arguments) {
  TRY(const CollatedOrder order, collated_order(call));
  std::vector<Value> common;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const Item& argument = arguments[i];
    if (is_nullish(argument)) return null_item();
    if (!is_array(argument)) {
      return error(17047,
                   "All operands of $setIntersection must be arrays. One argument is of type: {}",
                   type_alias(argument));
    }
    TRY_STATUS(check_array_size(call, argument->as_array().size()));
    std::vector<Value> set = set_of(argument->as_array(), order);
    if (i == 0) {
      common = std::move(set);
    } else {
      std::erase_if(common, [&](const Value& element) { return !has(set, element, order); });
    }
  }
  return Item(Value::array(std::move(common)));
}

// In the order of the first array.
Result<Item> difference(const OperationCall& call, std::span<const Item> arguments) {
  if (any_nullish(arguments)) return null_item();
  const Item& from = arguments[0];
  const Item& without = arguments[1];
  if (!is_array(from)) {
    return error(17048,
                 "both operands of $setDifference must be arrays. First argument is of "
                 "type: {}",
                 type_alias(from));
  }
  if (!is_array(without)) {
    return error(17049,
                 "both operands of $setDifference must be arrays. Second argument is of "
                 "type: {}",
                 type_alias(without));
  }
  TRY_STATUS(check_array_size(call, from->as_array().size() + without->as_array().size()));
  TRY(const CollatedOrder order, collated_order(call));
  std::vector<Value> candidates = set_of(from->as_array(), order);
  const std::vector<Value> excluded = set_of(without->as_array(), order);
  std::erase_if(candidates, [&](const Value& element) { return has(excluded, element, order); });
  std::vector<bool> given(candidates.size(), false);
  std::vector<Value> left;
  for (const Value& element : from->as_array()) {
    const auto at = std::ranges::lower_bound(candidates, element, CollatedLess{order});
    if (at == candidates.end() || !order.equal(*at, element)) continue;
    const auto place = static_cast<std::size_t>(at - candidates.begin());
    if (given[place]) continue;
    given[place] = true;
    left.push_back(element);
  }
  return Item(Value::array(std::move(left)));
}

Result<Item> all_equal(const OperationCall& call, std::span<const Item> arguments) {
  TRY(const CollatedOrder order, collated_order(call));
  std::vector<Value> first;
  bool same = true;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const Item& argument = arguments[i];
    if (!is_array(argument)) {
      return error(17044,
                   "All operands of $setEquals must be arrays. {}-th argument is of type: {}",
                   i + 1, type_alias(argument));
    }
    TRY_STATUS(check_array_size(call, argument->as_array().size()));
    std::vector<Value> set = set_of(argument->as_array(), order);
    if (i == 0) {
      first = std::move(set);
    } else {
      same = same && std::ranges::equal(first, set, [&order](const Value& a, const Value& b) {
               return order.equal(a, b);
             });
    }
  }
  return Item(Value::boolean(same));
}

Result<Item> is_subset(const OperationCall& call, std::span<const Item> arguments) {
  const Item& part = arguments[0];
  const Item& whole = arguments[1];
  if (!is_array(part)) {
    return error(17046,
                 "both operands of $setIsSubset must be arrays. First argument is of "
                 "type: {}",
                 type_alias(part));
  }
  if (!is_array(whole)) {
    return error(17042,
                 "both operands of $setIsSubset must be arrays. Second argument is of "
                 "type: {}",
                 type_alias(whole));
  }
  TRY_STATUS(check_array_size(call, whole->as_array().size()));
  TRY(const CollatedOrder order, collated_order(call));
  const std::vector<Value> set = set_of(whole->as_array(), order);
  const bool within = std::ranges::all_of(
      part->as_array(), [&](const Value& element) { return has(set, element, order); });
  return Item(Value::boolean(within));
}

Result<Item> any_true(const OperationCall& /*call*/, std::span<const Item> arguments) {
  const Item& array = arguments[0];
  if (!is_array(array)) {
    return error(17041, "$anyElementTrue's argument must be an array, but is {}",
                 type_alias(array));
  }
  const bool one = std::ranges::any_of(array->as_array(),
                                       [](const Value& element) { return is_truthy(element); });
  return Item(Value::boolean(one));
}
Result<Item> all_true(const OperationCall& /*call*/, std::span<const Item> arguments) {
  const Item& array = arguments[0];
  if (!is_array(array)) {
    return error(17040, "$allElementsTrue's argument must be an array, but is {}",
                 type_alias(array));
  }
  const bool all = std::ranges::all_of(array->as_array(),
                                       [](const Value& element) { return is_truthy(element); });
  return Item(Value::boolean(all));
}

Result<ExprPtr> parse_set_equals(const OperatorUse& use) {
  TRY(std::vector<ExprPtr> arguments, parse_operands(use));
  if (arguments.size() < 2) {
    return error(17045, "$setEquals needs at least two arguments had: {}", arguments.size());
  }
  for (const ExprPtr& argument : arguments) {
    TRY(const ExprPtr folded, fold(argument));
    const Value* constant = constant_of(folded);
    if (constant == nullptr || constant->is_array()) continue;
    return error(5887502, "All operands of $setEquals must be arrays. One argument is of type: {}",
                 type_alias(*constant));
  }
  return call(op::kSetEquals, std::move(arguments));
}

constexpr OperationRow kOperations[] = {
    {.number = op::kSetUnion,
     .name = "setUnion",
     .flags = operation_flag::kCompares,
     .eager = united},
    {.number = op::kSetIntersection,
     .name = "setIntersection",
     .flags = operation_flag::kCompares,
     .eager = intersected},
    {.number = op::kSetDifference,
     .name = "setDifference",
     .least = 2,
     .flags = operation_flag::kCompares,
     .eager = difference},
    {.number = op::kSetEquals,
     .name = "setEquals",
     .flags = operation_flag::kCompares,
     .eager = all_equal},
    {.number = op::kSetIsSubset,
     .name = "setIsSubset",
     .least = 2,
     .flags = operation_flag::kCompares,
     .eager = is_subset},
    {.number = op::kAnyElementTrue, .name = "anyElementTrue", .least = 1, .eager = any_true},
    {.number = op::kAllElementsTrue, .name = "allElementsTrue", .least = 1, .eager = all_true},
};

constexpr OperatorRow kOperators[] = {
    {.name = "$setUnion", .number = op::kSetUnion, .least = 0, .most = OperatorRow::kAny},
    {.name = "$setIntersection",
     .number = op::kSetIntersection,
     .least = 0,
     .most = OperatorRow::kAny},
    {.name = "$setDifference", .number = op::kSetDifference, .least = 2, .most = 2},
    {.name = "$setEquals", .number = op::kSetEquals, .parse = parse_set_equals},
    {.name = "$setIsSubset", .number = op::kSetIsSubset, .least = 2, .most = 2},
    {.name = "$anyElementTrue", .number = op::kAnyElementTrue},
    {.name = "$allElementsTrue", .number = op::kAllElementsTrue},
};

}  // namespace

std::span<const OperationRow> set_operations() { return kOperations; }
std::span<const OperatorRow> set_operators() { return kOperators; }

}  // namespace octavo::mongodb
