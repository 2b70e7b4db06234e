#pragma once

// MongoDB's row of the table of families (function/family.h).

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "algebra/expr.h"
#include "function/family.h"

namespace octavo::mongodb {

// `missing_value` where the lambda gives nothing.
Result<value::Value> evaluate_lambda(const algebra::ExprPtr& lambda,
                                     std::span<const value::Value> arguments,
                                     function::EvalContext& context);
bool lambda_is_deterministic(const algebra::ExprPtr& expression);
std::optional<std::vector<std::string>> fields_read(const algebra::ExprPtr& lambda);
std::string_view operation_name(std::uint16_t number);  // "add"

}  // namespace octavo::mongodb
