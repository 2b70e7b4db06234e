#pragma once

// Columns that CREATE TABLE … SELECT makes of those of its query.

#include <span>
#include <vector>

#include "catalog/model.h"
#include "dialect/sql/bind/bound.h"
#include "dialect/sql/define/context.h"

namespace octavo::sql {

// As MySQL makes them: one of a table keeps its type, default and comment, what is computed gets
// the type of a column that holds it. Without ids.
std::vector<catalog::ColumnDefinition> selected_columns(std::span<const OutputColumn> columns,
                                                        const catalog::CatalogState& state,
                                                        const CallContext& calls);

// Of a column that holds what has the type.
value::LogicalType stored_type(const Type& type);

}  // namespace octavo::sql
