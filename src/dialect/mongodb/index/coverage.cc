#include "dialect/mongodb/index/coverage.h"

#include <algorithm>

namespace octavo::mongodb {
namespace {

using value::Value;

bool is_lower(ConditionKind kind) {
  return kind == ConditionKind::greater || kind == ConditionKind::greater_or_equal;
}
bool is_upper(ConditionKind kind) {
  return kind == ConditionKind::less || kind == ConditionKind::less_or_equal;
}
bool is_strict(ConditionKind kind) {
  return kind == ConditionKind::greater || kind == ConditionKind::less;
}

bool same_bracket(const Value& a, const Value& b) {
  return a.type() == b.type() || (a.is_number() && b.is_number());
}

// Whether a value that fulfils `given` fulfils `wanted`, both of one path.
bool is_narrower(const Condition& given, const Condition& wanted) {
  const auto order = [&] { return wanted.order.compare(given.operand, wanted.operand); };
  const bool by_one_order = given.order.name() == wanted.order.name() || !has_text(given.operand) ||
                            !has_text(wanted.operand);
  const bool compares = by_one_order && same_bracket(given.operand, wanted.operand);
  switch (wanted.kind) {
    case ConditionKind::exists:
      return given.kind == ConditionKind::exists ||
             ((given.kind == ConditionKind::equal || is_lower(given.kind) ||
               is_upper(given.kind)) &&
              !given.operand.is_null());
    case ConditionKind::equal:
      return given.kind == ConditionKind::equal && compares && order() == 0;
    case ConditionKind::greater:
    case ConditionKind::greater_or_equal:
      if (!compares || !(is_lower(given.kind) || given.kind == ConditionKind::equal)) return false;
      if (order() != 0) return order() > 0;
      return !is_strict(wanted.kind) || is_strict(given.kind);
    case ConditionKind::less:
    case ConditionKind::less_or_equal:
      if (!compares || !(is_upper(given.kind) || given.kind == ConditionKind::equal)) return false;
      if (order() != 0) return order() < 0;
      return !is_strict(wanted.kind) || is_strict(given.kind);
    default: return false;
  }
}

// Fulfilled by documents alone that have the field.
bool needs_the_field(const Condition& condition) {
  switch (condition.kind) {
    case ConditionKind::exists:
    case ConditionKind::regex:
    case ConditionKind::element:
    case ConditionKind::element_is:
    case ConditionKind::size:
    case ConditionKind::geo_within:
    case ConditionKind::geo_intersects:
    case ConditionKind::near: return true;
    case ConditionKind::equal:
    case ConditionKind::greater:
    case ConditionKind::greater_or_equal:
    case ConditionKind::less:
    case ConditionKind::less_or_equal: return !condition.operand.is_null();
    case ConditionKind::in:
      return condition.operand.is_array() &&
             std::ranges::none_of(condition.operand.as_array(), &Value::is_null);
    default: return false;
  }
}

}  // namespace

bool implies(const Conditions& filter, const Conditions& partial) {
  if (!partial.rest.empty()) return false;
  return std::ranges::all_of(partial.conditions, [&](const Condition& wanted) {
    return std::ranges::any_of(filter.conditions, [&](const Condition& given) {
      return given.path == wanted.path && is_narrower(given, wanted);
    });
  });
}

bool has_a_field(const Conditions& filter, const KeyPattern& pattern) {
  return std::ranges::any_of(filter.conditions, [&](const Condition& condition) {
    return needs_the_field(condition) &&
           std::ranges::any_of(pattern.fields, [&](const KeyField& field) {
             return std::ranges::equal(field.names, condition.path);
           });
  });
}

}  // namespace octavo::mongodb
