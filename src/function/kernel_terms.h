#pragma once

// What programs (function/program.h) make of calls that have no kernel themselves. Defined in
// dialect/families.cc, as the families are.

#include "algebra/expr.h"

namespace octavo::function {

// A call on a document, as calls that have kernels: for every document they give what the call
// gives, miss what it misses, or defer. Null: there is no such form. Programs alone see it, and the
// interpreter never.
algebra::ExprPtr in_kernel_terms(const algebra::Call& call);

// The argument of a call that gives an array of that alone, or an empty one where it is missing.
// Null: the call is another.
algebra::ExprPtr value_or_nothing(const algebra::Call& call);

}  // namespace octavo::function
