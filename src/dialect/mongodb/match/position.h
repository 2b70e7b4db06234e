#pragma once

// Which element of an array made a filter hold: for the positional operator ($) of updates and
// projections.

#include <cstddef>
#include <optional>

#include "algebra/expr.h"
#include "base/result.h"
#include "function/family.h"
#include "value/value.h"

namespace octavo::mongodb {

// The position of the first element of an array with which a test of the filter holds. As in
// MongoDB it is that of the filter and not of one array: of several tests that looked into arrays
// the last one counts, in MongoDB's order of them. Nothing: the filter does not hold, or no test of
// it did so; those that are negated do not, nor those of $or, unless they are about one path.
Result<std::optional<std::size_t>> matched_element(const algebra::ExprPtr& filter,
                                                   const value::Value& document,
                                                   function::EvalContext& context);

}  // namespace octavo::mongodb
