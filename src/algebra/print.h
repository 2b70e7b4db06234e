#pragma once

// Pieces that the printers of expressions and of plans share.

#include <string>

#include "algebra/expr.h"
#include "value/value.h"

namespace octavo::algebra {

// JSON, with `#type` before values that JSON lacks.
void print_value(const value::Value& value, std::string& out);
void print_expression(const ExprPtr& expression, FunctionNamer name_of, std::string& out);

}  // namespace octavo::algebra
