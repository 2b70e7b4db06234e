#pragma once

// ORDER BY by the order of a key: the primary one, or that of an index.

#include <cstdint>
#include <optional>
#include <vector>

#include "algebra/plan.h"
#include "dialect/sql/bind/binding.h"
#include "dialect/sql/bind/order.h"
#include "dialect/sql/bind/scope.h"

namespace octavo::sql {

// A scan of the scope's one table, or filters over one, in the order that `keys` ask for, where the
// key that it reads has that order; none of `keys` are left then. A scan that reads all rows may go
// by an index instead, where no more than `most` of its rows are taken and looking each of them up
// is less than to read and to sort all. Nothing: all rows are taken.
Result<algebra::PlanPtr> order_scan(algebra::PlanPtr plan, std::vector<OrderKey>& keys,
                                    std::optional<std::uint64_t> most, const Scope& scope,
                                    const Binding& binding);

}  // namespace octavo::sql
