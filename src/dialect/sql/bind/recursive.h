#pragma once

// Common tables, and those that name themselves: WITH RECURSIVE.

#include <cstddef>

#include "dialect/sql/bind/binding.h"
#include "dialect/sql/bind/bound.h"

namespace octavo::sql {

// Table number `i` of those.
Result<BoundQuery> bind_common_table(const CommonTables& tables, std::size_t i, Binding& binding);

// What a common table stands for within itself: the rows of the last step. `around`: where it is
// named. 3577.
Result<BoundQuery> bind_recursion(Recursion& recursion, const Surroundings& around);

// A block in a part of a common table that has named it: 3575, 3576, and 1235 for ORDER BY, LIMIT
// and DISTINCT. `is_counted`: it has groups, aggregates or windows.
Status check_recursive_block(const Select& select, bool is_counted, bool has_tail,
                             const Surroundings& around);

}  // namespace octavo::sql
