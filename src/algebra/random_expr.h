#pragma once

#include "algebra/expr.h"
#include "base/random.h"

namespace octavo::algebra {

// A seeded tree of every kind of node, for property tests and fuzz seeds.
ExprPtr random_expression(Random& random, int max_depth = 4);

}  // namespace octavo::algebra
