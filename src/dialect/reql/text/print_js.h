#pragma once

// Functions as JavaScript source, as index_status, get_write_hook and info show them.

#include <string>

#include "algebra/expr.h"
#include "dialect/reql/val.h"

namespace octavo::reql {

std::string print_js(const algebra::ExprPtr& expression);       // `var_1("a").gt(3)`
std::string print_js_function(const algebra::ExprPtr& lambda);  // `function(var_1) { return …; }`
std::string print_function(const Function& function);           // with its captured variables

}  // namespace octavo::reql
