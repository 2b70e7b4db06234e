// Arrays by the order of their elements: $sortArray, and the first, last, least and largest n.

#include <algorithm>
#include <utility>

#include "dialect/mongodb/expression/compare.h"
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

// A key of $sortArray as the call has it: [names of the path, whether it descends]. Without a path:
// the element itself.
bool is_key(const Value& key) {
  if (!key.is_array() || key.as_array().size() != 2) return false;
  const ArrayView parts = key.as_array();
  return parts[0].is_array() && parts[1].type() == value::Type::boolean &&
         std::ranges::all_of(parts[0].as_array(),
                             [](const Value& name) { return name.is_string(); });
}

// An array on the way has no fields.
// What is missing is null here.
Value below(const Value& element, ArrayView path) {
  const Value* at = &element;
  for (const Value& name : path) {
    at = at->find(name.as_string());
    if (at == nullptr) return Value::null();
  }
  return *at;
}

struct Keyed {
  std::vector<Value> keys;
  const Value* element;
};

bool before(const Keyed& a, const Keyed& b, ArrayView order, const CollatedOrder& collated) {
  for (std::size_t i = 0; i < order.size(); ++i) {
    const auto compared = collated.compare(a.keys[i], b.keys[i]);
    if (compared == 0) continue;
    const bool descends = order[i].as_array()[1].as_boolean();
    return descends ? compared > 0 : compared < 0;
  }
  // Those that are equal stay as they were: the elements lie behind each other.
  return a.element < b.element;
}

// (array, keys)
Result<Item> sort_array(const OperationCall& call, std::span<const Item> arguments) {
  const Item& input = arguments[0];
  const Item& order = arguments[1];
  if (is_nullish(input)) return null_item();
  if (!is_array(input)) {
    return error(2942504, "The input argument to $sortArray must be an array, but was of type: {}",
                 type_alias(input));
  }
  if (!is_array(order) || !std::ranges::all_of(order->as_array(), is_key)) {
    return malformed("sortArray");
  }
  const ArrayView elements = input->as_array();
  TRY_STATUS(check_array_size(call, elements.size() * (2 + order->as_array().size())));
  std::vector<Keyed> keyed;
  keyed.reserve(elements.size());
  for (const Value& element : elements) {
    Keyed with{.keys = {}, .element = &element};
    for (const Value& key : order->as_array()) {
      with.keys.push_back(below(element, key.as_array()[0].as_array()));
    }
    keyed.push_back(std::move(with));
  }
  TRY(const CollatedOrder collated, collated_order(call));
  std::ranges::sort(keyed, [&](const Keyed& a, const Keyed& b) {
    return before(a, b, order->as_array(), collated);
  });
  std::vector<Value> in_order;
  in_order.reserve(keyed.size());
  for (const Keyed& with : keyed) in_order.push_back(*with.element);
  return Item(Value::array(std::move(in_order)));
}

// A path of any names, which may begin with $; empty: the element itself.
Value key_of(std::string_view path, bool descends) {
  std::vector<Value> names;
  for (std::size_t begin = 0; begin < path.size();) {
    const std::size_t end = std::min(path.find('.', begin), path.size());
    names.push_back(Value::string(path.substr(begin, end - begin)));
    begin = end + 1;
  }
  return Value::array({Value::array(std::move(names)), Value::boolean(descends)});
}

Result<bool> read_direction(const Value& direction, std::uint32_t code) {
  const auto sign = direction.is_number() ? direction.to_int64() : std::nullopt;
  if (!sign || (*sign != 1 && *sign != -1)) {
    return error(code,
                 "Invalid sort specification. Only the numbers 1 and -1 are allowed, found {}",
                 print_operand(direction));
  }
  return *sign < 0;
}

Result<Value> read_order(const Value& sort_by) {
  if (sort_by.is_number()) {
    TRY(const bool descends, read_direction(sort_by, 2942506));
    return Value::array({key_of({}, descends)});
  }
  if (!sort_by.is_object()) {
    return error(2942507,
                 "The sortBy argument to $sortArray must be either a number or an object, "
                 "found {}",
                 type_alias(sort_by));
  }
  if (sort_by.as_object().empty()) {
    return error(2942505, "$sortArray: sortBy must name at least one field");
  }
  std::vector<Value> keys;
  for (const value::Field& field : sort_by.as_object()) {
    if (field.name.empty()) {
      return error(40352, "FieldPath cannot be constructed with empty string");
    }
    TRY(const bool descends, read_direction(field.value, 2942505));
    keys.push_back(key_of(field.name, descends));
  }
  return Value::array(std::move(keys));
}

constexpr OperandField kSortFields[] = {{.name = "input", .missing = 2942502},
                                        {.name = "sortBy", .missing = 2942503}};
constexpr OperandForm kSortForm{.not_object = 2942500, .unknown = 2942501, .fields = kSortFields};

Result<ExprPtr> parse_sort_array(const OperatorUse& use) {
  TRY(const auto parts, read_form(use, kSortForm));
  TRY(ExprPtr input, parse_operand(*parts[0], use.variables));
  TRY(Value order, read_order(*parts[1]));
  return call(op::kSortArray, {std::move(input), algebra::constant(std::move(order))});
}

// The two arguments of all that give n of an array.
struct Wanted {
  ArrayView elements;
  std::size_t count = 0;
};
Result<Wanted> read_wanted(std::span<const Item> arguments) {
  const Item& n = arguments[0];
  const Item& input = arguments[1];
  if (!is_array(input)) return error(5788200, "Input must be an array");
  if (!is_number(n)) {
    return error(5787902, "Value for 'n' must be of integral type, but found {}", print_operand(n));
  }
  const auto count = n->to_int64();
  if (!count) {
    return error(5787903, "Value for 'n' must be of integral type, but found {}", print_operand(n));
  }
  if (*count <= 0) return error(5787908, "'n' must be greater than 0, found {}", *count);
  const ArrayView elements = input->as_array();
  return Wanted{.elements = elements,
                .count = std::min(static_cast<std::size_t>(*count), elements.size())};
}

Item array_of(ArrayView elements) { return Value::array({elements.begin(), elements.end()}); }

Result<Item> first_n(const OperationCall& /*call*/, std::span<const Item> arguments) {
  TRY(const Wanted wanted, read_wanted(arguments));
  return array_of(wanted.elements.first(wanted.count));
}
Result<Item> last_n(const OperationCall& /*call*/, std::span<const Item> arguments) {
  TRY(const Wanted wanted, read_wanted(arguments));
  return array_of(wanted.elements.last(wanted.count));
}

// What is null does not count.
Result<Item> extreme_n(const OperationCall& call, std::span<const Item> arguments, bool largest) {
  TRY(const Wanted wanted, read_wanted(arguments));
  TRY_STATUS(check_array_size(call, wanted.elements.size()));
  std::vector<Value> candidates;
  for (const Value& element : wanted.elements) {
    if (!is_nullish(element)) candidates.push_back(element);
  }
  TRY(const CollatedOrder order, collated_order(call));
  candidates = sorted(candidates, order, largest);
  candidates.resize(std::min(candidates.size(), wanted.count));
  return Item(Value::array(std::move(candidates)));
}
Result<Item> min_n(const OperationCall& call, std::span<const Item> arguments) {
  return extreme_n(call, arguments, false);
}
Result<Item> max_n(const OperationCall& call, std::span<const Item> arguments) {
  return extreme_n(call, arguments, true);
}

constexpr OperandField kCountFields[] = {{.name = "n", .missing = 5787906},
                                         {.name = "input", .missing = 5787907}};
constexpr OperandForm kCountForm{.not_object = 5787801, .unknown = 5787901, .fields = kCountFields};

constexpr OperationRow kOperations[] = {
    {.number = op::kSortArray,
     .name = "sortArray",
     .least = 2,
     .flags = operation_flag::kCompares,
     .eager = sort_array},
    {.number = op::kFirstN, .name = "firstN", .least = 2, .eager = first_n},
    {.number = op::kLastN, .name = "lastN", .least = 2, .eager = last_n},
    {.number = op::kMinN,
     .name = "minN",
     .least = 2,
     .flags = operation_flag::kCompares,
     .eager = min_n},
    {.number = op::kMaxN,
     .name = "maxN",
     .least = 2,
     .flags = operation_flag::kCompares,
     .eager = max_n},
};

constexpr OperatorRow kOperators[] = {
    {.name = "$sortArray", .number = op::kSortArray, .parse = parse_sort_array},
    {.name = "$firstN", .number = op::kFirstN, .form = &kCountForm},
    {.name = "$lastN", .number = op::kLastN, .form = &kCountForm},
    {.name = "$minN", .number = op::kMinN, .form = &kCountForm},
    {.name = "$maxN", .number = op::kMaxN, .form = &kCountForm},
};

}  // namespace

std::span<const OperationRow> array_order_operations() { return kOperations; }
std::span<const OperatorRow> array_order_operators() { return kOperators; }

}  // namespace octavo::mongodb
