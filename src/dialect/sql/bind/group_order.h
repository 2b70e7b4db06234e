#pragma once

// ORDER BY by what rows are grouped by: groups come in the order of their keys, so that nothing is
// left to sort.

#include <span>

#include "algebra/plan.h"

namespace octavo::sql {

// Whether the rows of the plan are groups, and come in the order of these keys: the first ones that
// they are grouped by, ascending.
bool is_in_order(const algebra::PlanPtr& plan, std::span<const algebra::SortKey> keys);

}  // namespace octavo::sql
