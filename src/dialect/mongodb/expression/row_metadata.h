#pragma once

// Metadata of rows ({$meta: "textScore"}), which is computed of the row: what `with_meta` binds is
// then a call whose argument 0 stands for it.

#include "algebra/expr.h"

namespace octavo::mongodb {

// The call for a row; what has no arguments stays as it is.
algebra::ExprPtr on_row(const algebra::ExprPtr& meaning, const algebra::ExprPtr& row);

}  // namespace octavo::mongodb
