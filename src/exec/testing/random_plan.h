#pragma once

// Plans of every node from a seed, of which the result is determined: as a sequence or as a bag,
// apart from a limit at the root, which may take any rows of a bag (rows.h).

#include "base/random.h"
#include "exec/testing/tables.h"

namespace octavo::exec::testing_support {

// Of some of the tables, whose ids are set. Many plans fail for some row: expressions are of ReQL
// and not always about what the rows have. Aggregates are those that the executor knows itself; one
// that a family brings is tested where it is.
algebra::PlanPtr random_plan(Random& random, const Tables& tables);

}  // namespace octavo::exec::testing_support
