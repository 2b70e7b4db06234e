// Equality and order of values at a path. Values of different brackets of types do not compare,
// but that null is equal to what is missing and to `undefined`, and that the ends of the order
// compare with everything. Strings compare by the collation of the test.

#include <algorithm>

#include "dialect/mongodb/match/bracket.h"
#include "dialect/mongodb/match/operations.h"
#include "dialect/mongodb/match/predicate.h"
#include "dialect/mongodb/type/number.h"
#include "dialect/mongodb/type/pattern.h"
#include "dialect/mongodb/type/type.h"

namespace octavo::mongodb {
namespace {

using value::Order;
using value::Type;
using value::Value;

struct Outcomes {
  bool less;
  bool equal;
  bool greater;
};

constexpr Outcomes kEqual{.less = false, .equal = true, .greater = false};
constexpr Outcomes kGreater{.less = false, .equal = false, .greater = true};
constexpr Outcomes kGreaterOrEqual{.less = false, .equal = true, .greater = true};
constexpr Outcomes kLess{.less = true, .equal = false, .greater = false};
constexpr Outcomes kLessOrEqual{.less = true, .equal = true, .greater = false};

bool is_nothing(const Value* value) { return value == nullptr || value->type() == Type::undefined; }

// A time of SQL is the text that it is shown as.
using Test = Result<bool> (*)(const Value* value, const Value& operand,
                              const CollatedOrder& collated);
template <Test kTest>
Result<bool> as_shown(const Value* value, const Value& operand, const CollatedOrder& collated) {
  if (value == nullptr || (value->type() != Type::time_of_day && value->type() != Type::duration)) {
    return kTest(value, operand, collated);
  }
  const Value shown = as_bson(*value);
  return kTest(&shown, operand, collated);
}

template <const Outcomes& kOutcomes>
Result<bool> compares(const Value* value, const Value& operand, const CollatedOrder& collated) {
  if (operand.is_null() && is_nothing(value)) return kOutcomes.equal;
  if (value == nullptr || bracket(value->type()) != bracket(operand.type())) {
    if (operand.type() == Type::max_key) return kOutcomes.less;
    if (operand.type() == Type::min_key) return kOutcomes.greater;
    return false;
  }
  // A number that is none is equal to its like, and in no order with others.
  if (operand.is_number() && (is_nan(operand) || is_nan(*value))) {
    return kOutcomes.equal && is_nan(operand) && is_nan(*value);
  }
  const auto order = collated.compare(*value, operand);
  if (order < 0) return kOutcomes.less;
  return order == 0 ? kOutcomes.equal : kOutcomes.greater;
}

// By its characters, whatever the collation.
Result<bool> matches_pattern(const Value* value, const Value& operand) {
  if (operand.type() != Type::regex) return wrong_operand();
  if (value == nullptr) return false;
  if (value->type() == Type::regex) return compare(*value, operand, Order::bson) == 0;
  if (!value->is_string() && value->type() != Type::symbol) return false;
  TRY(const Pattern pattern, Pattern::compile(operand.regex_pattern(), operand.regex_options()));
  return pattern.matches(value->as_string());
}

Result<bool> matches(const Value* value, const Value& operand) {
  if (value == nullptr || (value->type() != Type::time_of_day && value->type() != Type::duration)) {
    return matches_pattern(value, operand);
  }
  const Value shown = as_bson(*value);
  return matches_pattern(&shown, operand);
}

Result<bool> in(const Value* value, const Value& operand, const CollatedOrder& collated) {
  if (!operand.is_array() || operand.as_array().size() != 2) return wrong_operand();
  const Value& values = operand.as_array()[0];
  const Value& patterns = operand.as_array()[1];
  if (!values.is_array() || !patterns.is_array()) return wrong_operand();
  const Value null;
  const value::ArrayView sorted = values.as_array();
  if (std::binary_search(sorted.begin(), sorted.end(), is_nothing(value) ? null : *value,
                         CollatedLess{collated})) {
    return true;
  }
  for (const Value& pattern : patterns.as_array()) {
    TRY(const bool holds, matches_pattern(value, pattern));
    if (holds) return true;
  }
  return false;
}

constexpr Predicate kRows[] = {
    {.number = op::kEqual,
     .name = "match.eq",
     .leaf = Leaf::elements,
     .compares = as_shown<compares<kEqual>>},
    {.number = op::kGreater,
     .name = "match.gt",
     .leaf = Leaf::elements,
     .compares = as_shown<compares<kGreater>>},
    {.number = op::kGreaterOrEqual,
     .name = "match.gte",
     .leaf = Leaf::elements,
     .compares = as_shown<compares<kGreaterOrEqual>>},
    {.number = op::kLess,
     .name = "match.lt",
     .leaf = Leaf::elements,
     .compares = as_shown<compares<kLess>>},
    {.number = op::kLessOrEqual,
     .name = "match.lte",
     .leaf = Leaf::elements,
     .compares = as_shown<compares<kLessOrEqual>>},
    {.number = op::kIn, .name = "match.in", .leaf = Leaf::elements, .compares = as_shown<in>},
    {.number = op::kMatches, .name = "match.regex", .leaf = Leaf::elements, .holds = matches},
};

}  // namespace

std::span<const Predicate> comparison_predicates() { return kRows; }

}  // namespace octavo::mongodb
