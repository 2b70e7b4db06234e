#pragma once

// What expressions of MongoDB do with the rows of a batch at once (function/kernel.h): the tests of
// filters over fields, their connectives, and the keys of groups.

#include <optional>
#include <span>

#include "algebra/expr.h"
#include "function/kernel.h"

namespace octavo::mongodb {

std::span<const function::KernelRow> kernel_rows();
// A path: its last name, of what the names before it lead to. An array on the way has to be left to
// the interpreter, as fields of vectors do.
std::optional<function::FieldAccess> field_of(const algebra::Call& call);
// function/kernel_terms.h.
algebra::ExprPtr in_kernel_terms(const algebra::Call& call);

}  // namespace octavo::mongodb
