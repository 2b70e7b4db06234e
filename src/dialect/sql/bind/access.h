#pragma once

// What conditions and orders say of the keys that a scan has to read: the primary key, or one
// index.

#include <span>
#include <vector>

#include "algebra/plan.h"
#include "dialect/sql/bind/binding.h"
#include "dialect/sql/bind/order.h"
#include "dialect/sql/bind/scope.h"
#include "dialect/sql/type/typed.h"

namespace octavo::sql {

// A scan of the scope's one table with the fewest keys that hold all rows for which the conditions
// are true; of these rows they still have to be asked. Keys may be of the queries around, or made
// by queries in the conditions: they are computed when the plan runs. Other plans stay as they are.
algebra::PlanPtr restrict_scan(algebra::PlanPtr plan, std::span<const Typed> conditions,
                               const Scope& scope, const Binding& binding);

// A scan, or filters over one, in the order of its primary key, where that is what `keys` ask for:
// none are left then.
algebra::PlanPtr order_scan(algebra::PlanPtr plan, std::vector<OrderKey>& keys, const Scope& scope);

}  // namespace octavo::sql
