#pragma once

// What a filter may have once, and only where it must hold of what is found: $near and $text.

#include "algebra/expr.h"
#include "base/result.h"

namespace octavo::mongodb {

// 2 BadValue. `body`: of the lambda of a filter.
Status check_whole_filter(const algebra::ExprPtr& body);

}  // namespace octavo::mongodb
