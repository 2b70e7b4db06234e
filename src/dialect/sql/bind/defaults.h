#pragma once

#include "catalog/column.h"
#include "dialect/sql/bind/binding.h"
#include "dialect/sql/type/typed.h"

namespace octavo::sql {

// What DEFAULT stands for: null where the column may be null and says nothing. 1364: there is none.
Result<Typed> default_of(const catalog::ColumnDefinition& column, const Binding& binding);

}  // namespace octavo::sql
