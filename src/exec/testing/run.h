#pragma once

// Plans that read no tables, run by the operators.

#include "algebra/plan.h"
#include "exec/context.h"
#include "exec/operator.h"

namespace octavo::exec::testing_support {

// The rows of a plan, pulled `at_once` at a time.
Result<Rows> run(const algebra::PlanPtr& plan, QueryContext& query, std::size_t at_once = 100);

}  // namespace octavo::exec::testing_support
