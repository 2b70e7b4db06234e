#pragma once

#include "algebra/plan.h"
#include "exec/context.h"

namespace octavo::exec {

// The plan with the keys of each ScanBy computed: scans, and no rows where a key is null. What an
// Apply runs for each row is left, as its keys are not known yet.
Result<algebra::PlanPtr> with_scan_keys(const algebra::PlanPtr& plan, QueryContext& query);

}  // namespace octavo::exec
