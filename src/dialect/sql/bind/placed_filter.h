#pragma once

// Where in a plan a condition with a query in it is asked: as deep as it pays, as the joins above
// may make many rows of one.

#include "dialect/sql/bind/unnest.h"

namespace octavo::sql {

// Those of the rows for which the condition, which is deterministic, holds.
Result<algebra::PlanPtr> filter_by_query(const FilteredRows& rows, const Typed& condition,
                                         Binding& binding);

}  // namespace octavo::sql
