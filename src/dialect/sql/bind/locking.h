#pragma once

// The clauses that lock rows: which tables of a query block they are about.

#include <vector>

#include "dialect/sql/bind/binding.h"
#include "dialect/sql/bind/row_locks.h"
#include "dialect/sql/bind/scope.h"

namespace octavo::sql {

// None: the block locks nothing. 3568, 3569.
Result<std::vector<LockedTable>> locked_tables(const Scope& scope, const Binding& binding);

// Whether it names something of a query around, so that it cannot be run by itself.
bool names_parameters(const algebra::Plan& plan, const Binding& binding);
bool names_parameters(const algebra::ExprPtr& expression, const Binding& binding);

}  // namespace octavo::sql
