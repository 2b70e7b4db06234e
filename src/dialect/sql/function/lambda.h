#pragma once

// SQL's row of the table of families (function/family.h).

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "algebra/expr.h"
#include "function/family.h"

namespace octavo::sql {

Result<value::Value> evaluate_lambda(const algebra::ExprPtr& lambda,
                                     std::span<const value::Value> arguments,
                                     function::EvalContext& context);
bool lambda_is_deterministic(const algebra::ExprPtr& expression);
std::optional<std::vector<std::string>> fields_read(const algebra::ExprPtr& lambda);
std::string_view operation_name(std::uint16_t number);  // "sql.add_integer"
// field(row, name), with a constant name.
std::optional<function::FieldAccess> field_of(const algebra::Call& call);

}  // namespace octavo::sql
