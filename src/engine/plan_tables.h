#pragma once

#include <vector>

#include "algebra/plan.h"
#include "base/id.h"

namespace octavo::engine {

// The tables that a plan reads, those of plans in its expressions as well; one may be there more
// than once.
std::vector<TableId> tables_of(const algebra::PlanPtr& plan);
// Those of the plans that stand in an expression.
std::vector<TableId> tables_of(const algebra::ExprPtr& expression);

}  // namespace octavo::engine
