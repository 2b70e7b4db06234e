#pragma once

// Expressions of aggregation ({$add: ["$a", 1]}, "$a.b", "$$v", literals, documents and arrays of
// them) as expressions of the algebra.

#include <span>
#include <string_view>
#include <vector>

#include "algebra/expr.h"
#include "base/result.h"
#include "dialect/mongodb/expression/variables.h"
#include "value/value.h"

namespace octavo::mongodb {

// The free variables of the result are those that `variables` bound. What has no variables in it is
// computed here once, so its errors are errors of the request. Errors have MongoDB's codes.
Result<algebra::ExprPtr> parse_expression(const value::Value& spec, const Variables& variables);

// "$a.b" without its "$": the path below CURRENT; and "$$name.a" without both: below a variable.
Result<algebra::ExprPtr> parse_field_path(std::string_view path, const Variables& variables);

// The parts of a path of fields, checked as MongoDB checks them in expressions: 15998 for an empty
// part, 40352 for an empty path, 40353 for a dot at the end, 16410 for a part that begins with $.
Result<std::vector<std::string>> split_field_path(std::string_view path);

// A function of one row: what filters and projections are in plans.
algebra::ExprPtr row_lambda(algebra::VarId row, algebra::ExprPtr body);

// The value of an expression that is a constant; null when it is none. One that gives nothing
// ("$$REMOVE") is none.
const value::Value* constant_of(const algebra::ExprPtr& expression);

}  // namespace octavo::mongodb
