// Elements and parts of arrays.

#include <algorithm>
#include <limits>

#include "dialect/mongodb/expression/collation.h"
#include "dialect/mongodb/expression/operands.h"
#include "dialect/mongodb/expression/operation_tables.h"
#include "dialect/mongodb/expression/operator_tables.h"
#include "dialect/mongodb/expression/operators.h"
#include "dialect/mongodb/type/print.h"

namespace octavo::mongodb {
namespace {

using value::ArrayView;
using value::Value;

// From the end where it is negative. Nothing: it is beyond.
Item element_at(ArrayView elements, std::int64_t index) {
  const auto size = static_cast<std::int64_t>(elements.size());
  if (index < 0) index += size;
  if (index < 0 || index >= size) return std::nullopt;
  return elements[static_cast<std::size_t>(index)];
}

Result<Item> element(const OperationCall& /*call*/, std::span<const Item> arguments) {
  if (any_nullish(arguments)) return null_item();
  const Item& array = arguments[0];
  const Item& index = arguments[1];
  if (!is_array(array)) {
    return error(28689, "$arrayElemAt's first argument must be an array, but is {}",
                 type_alias(array));
  }
  if (!is_number(index)) {
    return error(28690, "$arrayElemAt's second argument must be a numeric value, but is {}",
                 type_alias(index));
  }
  const auto at = exact_int32(*index);
  if (!at) {
    return error(28691,
                 "$arrayElemAt's second argument must be representable as a 32-bit integer: {}",
                 print_operand(index));
  }
  return element_at(array->as_array(), *at);
}

Result<Item> end_of(const Item& array, std::string_view name, std::int64_t index) {
  if (is_nullish(array)) return null_item();
  if (!is_array(array)) {
    return error(28689, "{}'s argument must be an array, but is {}", name, type_alias(array));
  }
  return element_at(array->as_array(), index);
}
Result<Item> first(const OperationCall& /*call*/, std::span<const Item> arguments) {
  return end_of(arguments[0], "$first", 0);
}
Result<Item> last(const OperationCall& /*call*/, std::span<const Item> arguments) {
  return end_of(arguments[0], "$last", -1);
}

Result<Item> size(const OperationCall& /*call*/, std::span<const Item> arguments) {
  const Item& array = arguments[0];
  if (!is_array(array)) {
    return error(17124, "The argument to $size must be an array, but was of type: {}",
                 type_alias(array));
  }
  return Item(Value::int32(static_cast<std::int32_t>(array->as_array().size())));
}

Result<Item> has(const OperationCall& call, std::span<const Item> arguments) {
  const Item& wanted = arguments[0];
  const Item& array = arguments[1];
  if (!is_array(array)) {
    return error(40081, "$in requires an array as a second argument, found: {}", type_alias(array));
  }
  TRY_STATUS(call.context.spend(array->as_array().size()));
  TRY(const CollatedOrder order, collated_order(call));
  const bool found = wanted && std::ranges::any_of(array->as_array(), [&](const Value& element) {
                       return order.equal(element, *wanted);
                     });
  return Item(Value::boolean(found));
}

// Where a search begins or ends.
Result<std::int64_t> read_bound(const Item& bound, std::string_view which) {
  const auto index = bound ? exact_int32(*bound) : std::nullopt;
  if (!index) {
    return error(40096, "$indexOfArray requires an integral {} index, found a value of type: {}",
                 which, type_alias(bound));
  }
  if (*index < 0) {
    return error(40097, "$indexOfArray requires a nonnegative {} index, found: {}", which, *index);
  }
  return *index;
}

Result<Item> index_of(const OperationCall& call, std::span<const Item> arguments) {
  const Item& array = arguments[0];
  if (is_nullish(array)) return null_item();
  if (!is_array(array)) {
    return error(40090, "$indexOfArray requires an array as a first argument, found: {}",
                 type_alias(array));
  }
  const ArrayView elements = array->as_array();
  auto end = static_cast<std::int64_t>(elements.size());
  std::int64_t begin = 0;
  if (arguments.size() > 2) {
    TRY(begin, read_bound(arguments[2], "starting"));
  }
  if (arguments.size() > 3) {
    TRY(const std::int64_t limit, read_bound(arguments[3], "ending"));
    end = std::min(end, limit);
  }
  const Item& wanted = arguments[1];
  TRY(const CollatedOrder order, collated_order(call));
  for (std::int64_t i = begin; i < end; ++i) {
    TRY_STATUS(call.context.spend(1));
    const Value& element = elements[static_cast<std::size_t>(i)];
    if (wanted && order.equal(element, *wanted))
      return Item(Value::int32(static_cast<std::int32_t>(i)));
  }
  return Item(Value::int32(-1));
}

Result<std::int64_t> read_slice_number(const Item& number, std::string_view which,
                                       std::uint32_t not_number, std::uint32_t not_integral) {
  if (!is_number(number)) {
    return error(not_number, "{} argument to $slice must be numeric, but is of type: {}", which,
                 type_alias(number));
  }
  const auto integral = exact_int32(*number);
  if (!integral) {
    return error(not_integral, "{} argument to $slice can't be represented as a 32-bit integer: {}",
                 which, print_operand(number));
  }
  return *integral;
}

// (array, count), from the end where it is negative; (array, from, count)
Result<Item> slice(const OperationCall& /*call*/, std::span<const Item> arguments) {
  if (any_nullish(arguments)) return null_item();
  const Item& array = arguments[0];
  if (!is_array(array)) {
    return error(28724, "First argument to $slice must be an array, but is of type: {}",
                 type_alias(array));
  }
  const ArrayView elements = array->as_array();
  const auto total = static_cast<std::int64_t>(elements.size());
  TRY(const std::int64_t number, read_slice_number(arguments[1], "Second", 28725, 28726));
  std::int64_t from = 0;
  std::int64_t count = number;
  if (arguments.size() > 2) {
    TRY(count, read_slice_number(arguments[2], "Third", 28727, 28728));
    if (count <= 0) {
      return error(28729, "Third argument to $slice must be positive: {}",
                   print_operand(arguments[2]));
    }
    from = number < 0 ? std::max<std::int64_t>(0, total + number) : std::min(number, total);
  } else if (number < 0) {
    count = std::min(-number, total);
    from = total - count;
  }
  const std::int64_t end = std::min(from + count, total);
  const ArrayView part =
      elements.subspan(static_cast<std::size_t>(from), static_cast<std::size_t>(end - from));
  return Item(Value::array({part.begin(), part.end()}));
}

constexpr OperationRow kOperations[] = {
    {.number = op::kArrayElemAt, .name = "arrayElemAt", .least = 2, .eager = element},
    {.number = op::kFirst, .name = "first", .least = 1, .eager = first},
    {.number = op::kLast, .name = "last", .least = 1, .eager = last},
    {.number = op::kSize, .name = "size", .least = 1, .eager = size},
    {.number = op::kIn, .name = "in", .least = 2, .flags = operation_flag::kCompares, .eager = has},
    {.number = op::kIndexOfArray,
     .name = "indexOfArray",
     .least = 2,
     .flags = operation_flag::kCompares,
     .eager = index_of},
    {.number = op::kSlice, .name = "slice", .least = 2, .eager = slice},
};

constexpr OperatorRow kOperators[] = {
    {.name = "$arrayElemAt", .number = op::kArrayElemAt, .least = 2, .most = 2},
    {.name = "$first", .number = op::kFirst},
    {.name = "$last", .number = op::kLast},
    {.name = "$size", .number = op::kSize},
    {.name = "$in", .number = op::kIn, .least = 2, .most = 2},
    {.name = "$indexOfArray", .number = op::kIndexOfArray, .least = 2, .most = 4},
    {.name = "$slice", .number = op::kSlice, .least = 2, .most = 3},
};

}  // namespace

std::span<const OperationRow> array_read_operations() { return kOperations; }
std::span<const OperatorRow> array_read_operators() { return kOperators; }

}  // namespace octavo::mongodb
