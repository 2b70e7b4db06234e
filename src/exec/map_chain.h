#pragma once

// Maps right above each other as one operator.

#include <vector>

#include "algebra/expr.h"
#include "exec/operators.h"

namespace octavo::exec {

// Each row goes through all of the functions (at least one), the first of them first.
OperatorPtr make_map_chain(std::vector<algebra::ExprPtr> functions, OperatorPtr input,
                           const OperatorContext& context);

}  // namespace octavo::exec
