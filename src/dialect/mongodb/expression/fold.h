#pragma once

// Constant parts of an expression, computed once: as MongoDB does it, so that errors of theirs are
// found before there is a document. What takes long or becomes large stays as it is.

#include "algebra/expr.h"
#include "base/result.h"

namespace octavo::mongodb {

Result<algebra::ExprPtr> fold(const algebra::ExprPtr& expression);

}  // namespace octavo::mongodb
