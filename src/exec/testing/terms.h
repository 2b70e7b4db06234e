#pragma once

// Expressions of ReQL and SQL over the row of a plan's lambda, functions by their names.

#include <string_view>
#include <vector>

#include "algebra/expr.h"

namespace octavo::exec::testing_support {

algebra::ExprPtr row();  // the parameter of `of_row`
// `add`, `get_field`, …: a name of ReQL's table of terms.
algebra::ExprPtr term(std::string_view name, std::vector<algebra::ExprPtr> arguments);
algebra::ExprPtr sql_term(std::string_view name, std::vector<algebra::ExprPtr> arguments);
algebra::ExprPtr field(algebra::ExprPtr of, std::string_view name);
algebra::ExprPtr text(std::string_view value);
algebra::ExprPtr of_row(algebra::ExprPtr body);  // row → body
bool is_row(const algebra::ExprPtr& lambda);     // row → row

}  // namespace octavo::exec::testing_support
