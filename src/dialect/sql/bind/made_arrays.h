#pragma once

#include "algebra/expr.h"

namespace octavo::sql {

// The expression with elements of arrays that are made right there as what they are made of, so
// that it can be seen which columns they are.
algebra::ExprPtr without_arrays(const algebra::ExprPtr& expression);

}  // namespace octavo::sql
