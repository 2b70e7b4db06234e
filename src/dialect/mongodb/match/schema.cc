// What $jsonSchema says of values and of their parts. A rule about a kind of values holds of all
// others.

#include <algorithm>
#include <cmath>

#include "dialect/mongodb/match/operation_tables.h"
#include "dialect/mongodb/match/operations.h"
#include "dialect/mongodb/match/predicate.h"
#include "dialect/mongodb/type/decimal128.h"
#include "dialect/mongodb/type/number.h"
#include "dialect/mongodb/type/pattern.h"
#include "dialect/mongodb/type/type.h"
#include "value/utf8.h"

namespace octavo::mongodb {
namespace {

using value::Order;
using value::Type;
using value::Value;

// The size that a rule is about; nothing: the value has none.
std::optional<std::size_t> length_of(const Value& value) {
  if (!value.is_string()) return std::nullopt;
  return value::count_code_points(value.as_string());
}
std::optional<std::size_t> items_of(const Value& value) {
  if (!value.is_array()) return std::nullopt;
  return value.as_array().size();
}
std::optional<std::size_t> properties_of(const Value& value) {
  if (!is_document(value)) return std::nullopt;
  return value.as_object().size();
}

template <std::optional<std::size_t> (*kSize)(const Value&), bool kLeast>
Result<bool> size_within(const Value* value, const Value& operand) {
  if (operand.type() != Type::int64) return wrong_operand();
  const auto size = value == nullptr ? std::nullopt : kSize(*value);
  if (!size) return true;
  return kLeast ? std::cmp_greater_equal(*size, operand.as_int64())
                : std::cmp_less_equal(*size, operand.as_int64());
}

Result<bool> unique_items(const Value* value, const Value& /*operand*/) {
  if (value == nullptr || !value->is_array()) return true;
  std::vector<Value> sorted(value->as_array().begin(), value->as_array().end());
  std::ranges::sort(sorted,
                    [](const Value& a, const Value& b) { return compare(a, b, Order::bson) < 0; });
  const auto same = [](const Value& a, const Value& b) { return equal(a, b); };
  return std::ranges::adjacent_find(sorted, same) == sorted.end();
}

Result<bool> multiple_of(const Value* value, const Value& operand) {
  if (!operand.is_number() || is_zero(operand)) return wrong_operand();
  if (value == nullptr || !value->is_number()) return true;
  // In decimals, where 0.3 is a multiple of 0.1.
  return decimal128::modulo(to_decimal(*value), to_decimal(operand)).is_zero();
}

constexpr Predicate kPredicates[] = {
    {op::kMinLength, "match.min_length", Leaf::whole, size_within<length_of, true>},
    {op::kMaxLength, "match.max_length", Leaf::whole, size_within<length_of, false>},
    {op::kMinItems, "match.min_items", Leaf::whole, size_within<items_of, true>},
    {op::kMaxItems, "match.max_items", Leaf::whole, size_within<items_of, false>},
    {op::kUniqueItems, "match.unique_items", Leaf::whole, unique_items},
    {op::kMinProperties, "match.min_properties", Leaf::whole, size_within<properties_of, true>},
    {op::kMaxProperties, "match.max_properties", Leaf::whole, size_within<properties_of, false>},
    {op::kMultipleOf, "match.multiple_of", Leaf::whole, multiple_of},
};

Item boolean(bool truth) { return Value::boolean(truth); }

// A function of the call applied to a part.
Result<bool> fulfils(LazyArguments& arguments, std::size_t function, const Value& part) {
  const Item items[] = {part};
  TRY(const Item result, arguments.apply(function, items));
  return is_truthy(result);
}

Result<Item> property(const OperationCall& /*call*/, LazyArguments& arguments) {
  TRY(const Item object, arguments.evaluate(0));
  TRY(const Value* const name, operand_of(arguments.expression(1)));
  if (!name->is_string()) return wrong_operand();
  if (!object || !is_document(*object)) return boolean(true);
  const Value* field = object->find(name->as_string());
  if (field == nullptr) return boolean(true);
  TRY(const bool holds, fulfils(arguments, 2, *field));
  return boolean(holds);
}

Result<Item> has_properties(const OperationCall& /*call*/, LazyArguments& arguments) {
  TRY(const Item object, arguments.evaluate(0));
  TRY(const value::ArrayView names, names_of(arguments.expression(1)));
  if (!object || !is_document(*object)) return boolean(true);
  return boolean(std::ranges::all_of(
      names, [&](const Value& name) { return object->find(name.as_string()) != nullptr; }));
}

Result<bool> name_matches(const Value& pattern, std::string_view name) {
  if (pattern.type() != Type::regex) return wrong_operand();
  TRY(const Pattern compiled, Pattern::compile(pattern.regex_pattern(), pattern.regex_options()));
  return compiled.matches(name);
}

Result<bool> is_named(value::ArrayView names, value::ArrayView patterns, std::string_view name) {
  const bool listed =
      std::ranges::any_of(names, [name](const Value& known) { return known.as_string() == name; });
  if (listed) return true;
  for (const Value& pattern : patterns) {
    TRY(const bool matches, name_matches(pattern, name));
    if (matches) return true;
  }
  return false;
}

Result<Item> other_properties(const OperationCall& call, LazyArguments& arguments) {
  TRY(const Item object, arguments.evaluate(0));
  TRY(const value::ArrayView names, names_of(arguments.expression(1)));
  TRY(const Value* const patterns, operand_of(arguments.expression(2)));
  if (!patterns->is_array()) return wrong_operand();
  if (!object || !is_document(*object)) return boolean(true);
  for (const value::Field& field : object->as_object()) {
    TRY_STATUS(call.context.check());
    TRY(const bool named, is_named(names, patterns->as_array(), field.name));
    if (named) continue;
    TRY(const bool holds, fulfils(arguments, 3, field.value));
    if (!holds) return boolean(false);
  }
  return boolean(true);
}

Result<Item> pattern_properties(const OperationCall& call, LazyArguments& arguments) {
  TRY(const Item object, arguments.evaluate(0));
  TRY(const Value* const pattern, operand_of(arguments.expression(1)));
  if (!object || !is_document(*object)) return boolean(true);
  for (const value::Field& field : object->as_object()) {
    TRY_STATUS(call.context.check());
    TRY(const bool matches, name_matches(*pattern, field.name));
    if (!matches) continue;
    TRY(const bool holds, fulfils(arguments, 2, field.value));
    if (!holds) return boolean(false);
  }
  return boolean(true);
}

// The elements that a rule is about: one, or all from one on.
template <bool kAllFrom>
Result<Item> items(const OperationCall& call, LazyArguments& arguments) {
  TRY(const Item array, arguments.evaluate(0));
  TRY(const Value* const first, operand_of(arguments.expression(1)));
  if (first->type() != Type::int64 || first->as_int64() < 0) return wrong_operand();
  if (!array || !array->is_array()) return boolean(true);
  const value::ArrayView elements = array->as_array();
  const auto begin = std::min(static_cast<std::size_t>(first->as_int64()), elements.size());
  const auto end = kAllFrom ? elements.size() : std::min(begin + 1, elements.size());
  for (std::size_t i = begin; i < end; ++i) {
    TRY_STATUS(call.context.check());
    TRY(const bool holds, fulfils(arguments, 2, elements[i]));
    if (!holds) return boolean(false);
  }
  return boolean(true);
}

constexpr OperationRow kRows[] = {
    {.number = op::kProperty, .name = "match.property", .least = 3, .lazy = property},
    {.number = op::kHasProperties,
     .name = "match.has_properties",
     .least = 2,
     .lazy = has_properties},
    {.number = op::kOtherProperties,
     .name = "match.other_properties",
     .least = 4,
     .lazy = other_properties},
    {.number = op::kPatternProperties,
     .name = "match.pattern_properties",
     .least = 3,
     .lazy = pattern_properties},
    {.number = op::kItems, .name = "match.items", .least = 3, .lazy = items<true>},
    {.number = op::kItem, .name = "match.item", .least = 3, .lazy = items<false>},
};

}  // namespace

std::span<const Predicate> schema_predicates() { return kPredicates; }
std::span<const OperationRow> schema_operations() { return kRows; }

}  // namespace octavo::mongodb
