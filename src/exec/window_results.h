#pragma once

// What a window function gives for each row of a partition.

#include <vector>

#include "algebra/plan.h"
#include "exec/partition.h"

namespace octavo::exec {

// A result for each row; `function` is one of the window. Fails when the query is to end.
Result<std::vector<value::Value>> window_results(const algebra::WindowFunction& function,
                                                 const algebra::Window& window,
                                                 const Partition& partition, QueryContext& query);

}  // namespace octavo::exec
