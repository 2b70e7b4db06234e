#pragma once

// What the printers of expressions and of plans share.

#include <string>

#include "algebra/expr.h"

namespace octavo::algebra {

void print_expression(const ExprPtr& expression, FunctionNamer name_of, std::string& out);
// On one line.
void print_plan(const PlanPtr& plan, FunctionNamer name_of, std::string& out);
void print_function(FunctionId function, FunctionNamer name_of, std::string& out);
// ` :name expression`; a name that is no word is quoted.
void print_option(const Option& option, FunctionNamer name_of, std::string& out);

}  // namespace octavo::algebra
