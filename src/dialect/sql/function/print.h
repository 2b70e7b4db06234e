#pragma once

// Expressions as messages show them: "(`db`.`t`.`a` + 1)".

#include <string>

#include "algebra/expr.h"

namespace octavo::sql {

std::string print_expression(const algebra::Expr& expression);
std::string print_call(const algebra::Call& call);

}  // namespace octavo::sql
