#pragma once

// What programs (function/program.h) make of calls that have no kernel themselves. Defined in
// dialect/families.cc, as the families are.

#include <optional>
#include <string>
#include <vector>

#include "algebra/expr.h"

namespace octavo::function {

// A call on a document, as calls that have kernels: for every document they give what the call
// gives, miss what it misses, or defer. Null: there is no such form. Programs alone see it, and the
// interpreter never.
algebra::ExprPtr in_kernel_terms(const algebra::Call& call);

// The argument of a call that gives an array of that alone, or an empty one where it is missing.
// Null: the call is another.
algebra::ExprPtr value_or_nothing(const algebra::Call& call);

// The fields of its row that a function needs, in a dialect that may see rows as a whole, when no
// more than `result` is looked at of what it gives; null: all of that. A row that has these alone,
// in the order in which it has them, is as good. Nothing: the function may see all of the row.
std::optional<std::vector<std::string>> fields_seen(const algebra::ExprPtr& function,
                                                    const std::vector<std::string>* result);

}  // namespace octavo::function
