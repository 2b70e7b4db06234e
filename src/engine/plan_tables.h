#pragma once

#include <vector>

#include "algebra/plan.h"
#include "base/id.h"

namespace octavo::engine {

// The tables that a plan reads; one may be there more than once.
std::vector<TableId> tables_of(const algebra::PlanPtr& plan);

}  // namespace octavo::engine
