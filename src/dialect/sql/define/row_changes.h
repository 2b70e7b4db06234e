#pragma once

// What a changed definition makes of the rows that are there.

#include "catalog/alteration.h"
#include "dialect/sql/define/context.h"

namespace octavo::sql {

// Whether rows that obey `before` may have to be written again, or looked at, for `after`.
bool concerns_rows(const catalog::TableDefinition& before, const catalog::TableDefinition& after);

// How. Columns are the same whose id is.
Result<catalog::RowsMoved> row_changes(const catalog::TableDefinition& before,
                                       const catalog::TableDefinition& after,
                                       const DefineContext& context);

}  // namespace octavo::sql
