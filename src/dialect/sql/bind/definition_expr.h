#pragma once

// Expressions of definitions: defaults, conditions, generated columns, parts of keys.

#include "dialect/sql/ast/expr.h"
#include "dialect/sql/bind/scope.h"
#include "dialect/sql/function/session_facts.h"
#include "dialect/sql/type/typed.h"

namespace octavo::sql {

// Over the columns of one row and nothing else: no subqueries, parameters and variables.
Result<Typed> bind_definition_expr(const Expr& expr, Scope& scope, const CallContext& calls);

}  // namespace octavo::sql
