#pragma once

#include <functional>
#include <utility>
#include <vector>

#include "algebra/children.h"
#include "algebra/expr.h"

namespace octavo::sql {

// The expression with each largest part for which `find` has another one replaced by that; null:
// the part stays, and its own parts are looked at.
template <class Find>
algebra::ExprPtr replace_parts(const algebra::ExprPtr& expression, const Find& find) {
  if (algebra::ExprPtr other = find(expression)) return other;
  return algebra::map_children(
      expression, [&](const algebra::ExprPtr& part) { return replace_parts(part, find); });
}

// Null: it is no variable.
inline const algebra::Var* variable_of(const algebra::ExprPtr& expression) {
  return std::get_if<algebra::Var>(&expression->node);
}

// What variables are, where they are named.
using VariableValues = std::vector<std::pair<algebra::VarId, algebra::ExprPtr>>;

inline algebra::ExprPtr replace_variables(const algebra::ExprPtr& expression,
                                          const VariableValues& values) {
  return replace_parts(expression, [&](const algebra::ExprPtr& part) -> algebra::ExprPtr {
    const algebra::Var* const variable = variable_of(part);
    if (variable == nullptr) return nullptr;
    for (const auto& [id, value] : values) {
      if (id == variable->id) return value;
    }
    return nullptr;
  });
}

}  // namespace octavo::sql
