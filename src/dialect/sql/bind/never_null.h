#pragma once

#include "algebra/plan.h"
#include "dialect/sql/bind/binding.h"

namespace octavo::sql {

// Whether a function of the plan's rows (a lambda) gives a stored column that is declared NOT NULL,
// or what its text is compared by, and no join below puts nulls in the place of rows.
bool is_never_null(const algebra::Plan& plan, const algebra::ExprPtr& function,
                   const Binding& binding);

}  // namespace octavo::sql
