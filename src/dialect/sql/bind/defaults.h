#pragma once

#include "catalog/column.h"
#include "dialect/sql/bind/binding.h"
#include "dialect/sql/type/typed.h"

namespace octavo::sql {

// Whether a column that takes no null and says no default has one all the same: ENUM, whose first
// member it is.
bool has_first_member(const catalog::ColumnDefinition& column);

// What DEFAULT stands for: null where the column may be null and says nothing. 1364: there is none.
Result<Typed> default_of(const catalog::ColumnDefinition& column, const Binding& binding);

}  // namespace octavo::sql
