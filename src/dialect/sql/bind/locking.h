#pragma once

// The clauses that lock rows: which tables of a query block they are about.

#include <vector>

#include "dialect/sql/bind/binding.h"
#include "dialect/sql/bind/row_locks.h"
#include "dialect/sql/bind/scope.h"

namespace octavo::sql {

// None: the block locks nothing. 3568, 3569.
Result<std::vector<LockedTable>> locked_tables(const Scope& scope, const Binding& binding);

}  // namespace octavo::sql
