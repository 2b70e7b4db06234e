#pragma once

// What conditions say of the keys that a scan has to read: the primary key, or one index.

#include <span>

#include "algebra/plan.h"
#include "catalog/model.h"
#include "dialect/sql/bind/binding.h"
#include "dialect/sql/bind/scope.h"
#include "dialect/sql/type/typed.h"

namespace octavo::sql {

// A scan of the scope's one table with the fewest keys that hold all rows for which the conditions
// are true; of these rows they still have to be asked. Keys may be of the queries around, or made
// by queries in the conditions: they are computed when the plan runs. Other plans stay as they are.
algebra::PlanPtr restrict_scan(algebra::PlanPtr plan, std::span<const Typed> conditions,
                               const Scope& scope, const Binding& binding);

// For each condition whether it says nothing of rows but which primary keys they have, and the
// plan, a scan of the scope's one table, reads no others: no row has to be asked.
std::vector<bool> said_by_keys(const algebra::PlanPtr& plan, std::span<const Typed> conditions,
                               const Scope& scope);

// The scope's one table, if it is what is scanned.
const catalog::TableDefinition* table_of(TableId scanned, const Scope& scope);

}  // namespace octavo::sql
