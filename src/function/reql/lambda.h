#pragma once

// ReQL's rows of the table of families (function/family.h).

#include <span>
#include <string_view>

#include "algebra/expr.h"
#include "function/family.h"

namespace octavo::function::reql {

Result<value::Value> evaluate_lambda(const algebra::ExprPtr& lambda,
                                     std::span<const value::Value> arguments, EvalContext& context);
bool lambda_is_deterministic(const algebra::ExprPtr& expression);
std::string_view term_name(std::uint16_t number);  // "reql.add"

}  // namespace octavo::function::reql
