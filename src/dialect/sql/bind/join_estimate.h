#pragma once

// How many rows joins of a plan are thought to give, as the nodes themselves tell.

#include "algebra/plan.h"
#include "catalog/model.h"

namespace octavo::sql {

class RowEstimates;

double rows_of_join(const algebra::Join& join, RowEstimates& estimates);
double rows_of_lookups(const algebra::LookupJoin& join, const catalog::TableDefinition* table,
                       RowEstimates& estimates);

}  // namespace octavo::sql
