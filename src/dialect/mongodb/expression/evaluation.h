#pragma once

// The evaluator: a walk over the tree of a lambda's body, an operation at a time.

#include <span>
#include <utility>
#include <vector>

#include "dialect/mongodb/expression/operation.h"

namespace octavo::mongodb {

// What a lambda gives for arguments. Where an argument is `undefined` its parameter is missing, and
// so is what it gives where there is nothing: that is how what is missing passes through plans.
// (BSON's own `undefined` is deprecated; within documents it stays what it is.)
Result<Item> evaluate_item(const algebra::ExprPtr& lambda, std::span<const value::Value> arguments,
                           function::EvalContext& context);

// An expression without variables, as constants in requests are.
Result<Item> evaluate_constant(const algebra::ExprPtr& expression, function::EvalContext& context);

}  // namespace octavo::mongodb
