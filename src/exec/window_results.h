#pragma once

// What a window function gives for each row of a partition.

#include <span>
#include <vector>

#include "algebra/plan.h"
#include "exec/partition.h"

namespace octavo::exec {

// A result for each row. `order`: the keys of the window. Fails when the query is to end.
Result<std::vector<value::Value>> window_results(const algebra::WindowFunction& function,
                                                 std::span<const algebra::SortKey> order,
                                                 const Partition& partition, QueryContext& query);

}  // namespace octavo::exec
