// Arrays that are built: from arrays, from numbers, from documents and into them.

#include <algorithm>
#include <limits>
#include <utility>

#include "dialect/mongodb/expression/access.h"
#include "dialect/mongodb/expression/operands.h"
#include "dialect/mongodb/expression/operation_tables.h"
#include "dialect/mongodb/expression/operator_tables.h"
#include "dialect/mongodb/expression/operators.h"
#include "dialect/mongodb/type/print.h"

namespace octavo::mongodb {
namespace {

using algebra::ExprPtr;
using value::ArrayView;
using value::Value;

Result<Item> concatenate(const OperationCall& call, std::span<const Item> arguments) {
  std::size_t size = 0;
  for (const Item& argument : arguments) {
    if (is_nullish(argument)) return null_item();
    if (!is_array(argument)) {
      return error(28664, "$concatArrays only supports arrays, not {}", type_alias(argument));
    }
    size += argument->as_array().size();
  }
  TRY_STATUS(check_array_size(call, size));
  std::vector<Value> elements;
  elements.reserve(size);
  for (const Item& argument : arguments) {
    const ArrayView part = argument->as_array();
    elements.insert(elements.end(), part.begin(), part.end());
  }
  return Item(Value::array(std::move(elements)));
}

Result<Item> reverse(const OperationCall& /*call*/, std::span<const Item> arguments) {
  const Item& array = arguments[0];
  if (is_nullish(array)) return null_item();
  if (!is_array(array)) {
    return error(34435, "The argument to $reverseArray must be an array, but was of type: {}",
                 type_alias(array));
  }
  const ArrayView elements = array->as_array();
  return Item(Value::array({elements.rbegin(), elements.rend()}));
}

Result<std::int64_t> read_range_number(const Item& number, std::string_view which,
                                       std::uint32_t not_number, std::uint32_t not_integral) {
  if (!is_number(number)) {
    return error(not_number, "$range requires a numeric {} value, found value of type: {}", which,
                 type_alias(number));
  }
  const auto integral = exact_int32(*number);
  if (!integral) {
    return error(not_integral,
                 "$range requires a {} value that can be represented as a 32-bit integer, found "
                 "value: {}",
                 which, print_operand(number));
  }
  return *integral;
}

Result<Item> range(const OperationCall& call, std::span<const Item> arguments) {
  TRY(const std::int64_t begin, read_range_number(arguments[0], "starting", 34443, 34444));
  TRY(const std::int64_t end, read_range_number(arguments[1], "ending", 34445, 34446));
  std::int64_t step = 1;
  if (arguments.size() > 2) {
    TRY(step, read_range_number(arguments[2], "step", 34447, 34448));
  }
  if (step == 0) return error(34449, "$range requires a non-zero step value");
  const std::int64_t distance = step > 0 ? end - begin : begin - end;
  const std::int64_t stride = step > 0 ? step : -step;
  const std::int64_t count = distance <= 0 ? 0 : (distance + stride - 1) / stride;
  constexpr std::int64_t kMostBytes = 100 * 1'024 * 1'024;
  constexpr std::int64_t kMostElements = kMostBytes / static_cast<std::int64_t>(sizeof(Value));
  if (count > kMostElements) {
    return error(ErrorCode::exceeded_memory_limit,
                 "$range would use too much memory ({} elements) and cannot spill to disk", count);
  }
  TRY_STATUS(check_array_size(call, static_cast<std::size_t>(count)));
  std::vector<Value> numbers;
  numbers.reserve(static_cast<std::size_t>(count));
  for (std::int64_t i = 0; i < count; ++i) {
    numbers.push_back(Value::int32(static_cast<std::int32_t>(begin + i * step)));
  }
  return Item(Value::array(std::move(numbers)));
}

// (arrays, defaults, whether the longest counts)
Result<Item> zip(const OperationCall& call, std::span<const Item> arguments) {
  if (!is_array(arguments[0]) || !is_array(arguments[1])) return malformed("zip");
  const ArrayView inputs = arguments[0]->as_array();
  const ArrayView defaults = arguments[1]->as_array();
  const bool longest = is_truthy(arguments[2]);
  std::size_t rows = longest ? 0 : std::numeric_limits<std::size_t>::max();
  bool nothing = false;
  for (const Value& input : inputs) {
    if (is_nullish(input)) {
      nothing = true;
      continue;
    }
    if (!input.is_array()) {
      return error(34468, "$zip found a non-array expression in input: {}", print_operand(input));
    }
    const std::size_t size = input.as_array().size();
    rows = longest ? std::max(rows, size) : std::min(rows, size);
  }
  if (nothing) return null_item();
  TRY_STATUS(check_array_size(call, rows * (inputs.size() + 1)));
  std::vector<Value> zipped;
  zipped.reserve(rows);
  for (std::size_t row = 0; row < rows; ++row) {
    std::vector<Value> parts;
    parts.reserve(inputs.size());
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      const ArrayView input = inputs[i].as_array();
      const Value otherwise = i < defaults.size() ? defaults[i] : Value::null();
      parts.push_back(row < input.size() ? input[row] : otherwise);
    }
    zipped.push_back(Value::array(std::move(parts)));
  }
  return Item(Value::array(std::move(zipped)));
}

constexpr OperandField kZipFields[] = {
    {.name = "inputs"}, {.name = "defaults"}, {.name = "useLongestLength"}};
constexpr OperandForm kZipForm{.not_object = 34460, .unknown = 34464, .fields = kZipFields};

Result<ExprPtr> parse_zip(const OperatorUse& use) {
  TRY(const auto parts, read_form(use, kZipForm));
  const Value* inputs = parts[0];
  const Value* defaults = parts[1];
  const Value* longest = parts[2];
  if (inputs != nullptr && !inputs->is_array()) {
    return error(34461, "inputs must be an array of expressions, found {}", type_alias(*inputs));
  }
  if (defaults != nullptr && !defaults->is_array()) {
    return error(34462, "defaults must be an array of expressions, found {}",
                 type_alias(*defaults));
  }
  if (longest != nullptr && longest->type() != value::Type::boolean) {
    return error(34463, "useLongestLength must be a bool, found {}", type_alias(*longest));
  }
  if (inputs == nullptr || inputs->as_array().empty()) {
    return error(34465, "$zip requires at least one input array");
  }
  const bool takes_longest = longest != nullptr && longest->as_boolean();
  if (defaults != nullptr && !defaults->as_array().empty()) {
    if (!takes_longest) {
      return error(34466, "cannot specify defaults unless useLongestLength is true");
    }
    if (defaults->as_array().size() != inputs->as_array().size()) {
      return error(34467, "defaults and inputs must have the same length");
    }
  }
  TRY(ExprPtr arrays, parse_operand(*inputs, use.variables));
  TRY(ExprPtr otherwise,
      parse_operand(defaults == nullptr ? Value::array({}) : *defaults, use.variables));
  return call(op::kZip, {std::move(arrays), std::move(otherwise),
                         algebra::constant(Value::boolean(takes_longest))});
}

namespace pair_field {
constexpr std::string_view kKey = "k";
constexpr std::string_view kValue = "v";
}  // namespace pair_field

Result<Item> to_pairs(const OperationCall& call, std::span<const Item> arguments) {
  const Item& object = arguments[0];
  if (is_nullish(object)) return null_item();
  if (!object->is_object()) {
    return error(40390, "$objectToArray requires a document input, found: {}", type_alias(object));
  }
  const value::ObjectView fields = object->as_object();
  TRY_STATUS(check_array_size(call, fields.size()));
  std::vector<Value> pairs;
  pairs.reserve(fields.size());
  for (const value::Field& field : fields) {
    pairs.push_back(Value::object({{std::string(pair_field::kKey), Value::string(field.name)},
                                   {std::string(pair_field::kValue), field.value}}));
  }
  return Item(Value::array(std::move(pairs)));
}

struct Pair {
  Value name;
  Value content;
};

Result<Pair> read_array_pair(const Value& pair) {
  if (!pair.is_array()) {
    return error(40396,
                 "$arrayToObject requires a consistent input format. Elements must all be "
                 "arrays or all be objects. Array was detected, now found: {}",
                 type_alias(pair));
  }
  const ArrayView parts = pair.as_array();
  if (parts.size() != 2) {
    return error(40397, "$arrayToObject requires an array of size 2 arrays,found array of size: {}",
                 parts.size());
  }
  if (!parts[0].is_string()) {
    return error(40395,
                 "$arrayToObject requires an array of key-value pairs, where the key must "
                 "be of type string. Found key type: {}",
                 type_alias(parts[0]));
  }
  if (parts[0].as_string().find('\0') != std::string_view::npos) {
    return error(4940400, "Key field cannot contain an embedded null byte");
  }
  return Pair{.name = parts[0], .content = parts[1]};
}

Result<Pair> read_object_pair(const Value& pair) {
  if (!pair.is_object()) {
    return error(40391,
                 "$arrayToObject requires a consistent input format. Elements must all be "
                 "arrays or all be objects. Object was detected, now found: {}",
                 type_alias(pair));
  }
  if (pair.as_object().size() != 2) {
    return error(40392,
                 "$arrayToObject requires an object keys of 'k' and 'v'. Found incorrect "
                 "number of keys:{}",
                 pair.as_object().size());
  }
  const Value* name = pair.find(pair_field::kKey);
  const Value* content = pair.find(pair_field::kValue);
  if (name == nullptr || content == nullptr) {
    return error(40393,
                 "$arrayToObject requires an object with keys 'k' and 'v'. Missing either "
                 "or both keys from: {}",
                 print_operand(pair));
  }
  if (!name->is_string()) {
    return error(40394,
                 "$arrayToObject requires an object with keys 'k' and 'v', where the value "
                 "of 'k' must be of type string. Found type: {}",
                 type_alias(*name));
  }
  if (name->as_string().find('\0') != std::string_view::npos) {
    return error(4940401, "Key field cannot contain an embedded null byte");
  }
  return Pair{.name = *name, .content = *content};
}

Result<Item> from_pairs(const OperationCall& /*call*/, std::span<const Item> arguments) {
  const Item& array = arguments[0];
  if (is_nullish(array)) return null_item();
  if (!is_array(array)) {
    return error(40386, "$arrayToObject requires an array input, found: {}", type_alias(array));
  }
  value::ObjectBuilder object;
  const ArrayView pairs = array->as_array();
  if (pairs.empty()) return Item(std::move(object).build());
  const bool arrays = pairs.front().is_array();
  if (!arrays && !pairs.front().is_object()) {
    return error(40398, "Unrecognised input type format for $arrayToObject: {}",
                 type_alias(pairs.front()));
  }
  for (const Value& given : pairs) {
    TRY(Pair pair, arrays ? read_array_pair(given) : read_object_pair(given));
    object.set(pair.name.as_string(), std::move(pair.content));
  }
  return Item(std::move(object).build());
}

constexpr OperationRow kOperations[] = {
    {.number = op::kConcatArrays, .name = "concatArrays", .eager = concatenate},
    {.number = op::kReverseArray, .name = "reverseArray", .least = 1, .eager = reverse},
    {.number = op::kRange, .name = "range", .least = 2, .eager = range},
    {.number = op::kZip, .name = "zip", .least = 3, .eager = zip},
    {.number = op::kObjectToArray, .name = "objectToArray", .least = 1, .eager = to_pairs},
    {.number = op::kArrayToObject, .name = "arrayToObject", .least = 1, .eager = from_pairs},
};

constexpr OperatorRow kOperators[] = {
    {.name = "$concatArrays", .number = op::kConcatArrays, .least = 0, .most = OperatorRow::kAny},
    {.name = "$reverseArray", .number = op::kReverseArray},
    {.name = "$range", .number = op::kRange, .least = 2, .most = 3},
    {.name = "$zip", .number = op::kZip, .parse = parse_zip},
    {.name = "$objectToArray", .number = op::kObjectToArray},
    {.name = "$arrayToObject", .number = op::kArrayToObject},
};

}  // namespace

std::span<const OperationRow> array_build_operations() { return kOperations; }
std::span<const OperatorRow> array_build_operators() { return kOperators; }

}  // namespace octavo::mongodb
