#pragma once

// The text that `print` makes, read back: for golden files of plans, and for tests of passes that
// start from text.

#include <optional>
#include <string_view>

#include "algebra/plan.h"

namespace octavo::algebra {

// The function of that name, as the namer given to `print` wrote it.
using FunctionFinder = std::optional<FunctionId> (*)(std::string_view name);

// Errors are `invalid_argument` and say what was expected at which byte.
Result<ExprPtr> parse_expression(std::string_view text, FunctionFinder find);
Result<PlanPtr> parse_plan(std::string_view text, FunctionFinder find);

}  // namespace octavo::algebra
