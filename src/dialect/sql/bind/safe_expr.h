#pragma once

// What can be told of an expression before it is bound.

#include "dialect/sql/ast/expr.h"

namespace octavo::sql {

// Whether binding it is cheap, runs nothing and leaves nothing behind: it has no subqueries and
// assigns nothing.
bool may_be_bound_twice(const Expr& expr);

// Each part of AND, or the expression itself.
template <class Visit>
void for_each_conjunct(const Expr& expr, Visit&& visit) {
  const auto* const junction = std::get_if<Junction>(&expr.node);
  if (junction == nullptr || !junction->all) return visit(expr);
  for (const Expr& part : junction->operands) for_each_conjunct(part, visit);
}

}  // namespace octavo::sql
