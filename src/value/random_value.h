#pragma once

// Seeded values of every type for property tests and fuzz seeds: biased to small domains and to
// the edges (ties, signed zeros, doubles next to integers), where orders go wrong.

#include "base/random.h"
#include "value/value.h"

namespace octavo::value {

Value random_value(Random& random, int max_depth = 3);
Value random_number(Random& random);
Value random_of_type(Random& random, Type type, int max_depth = 3);

}  // namespace octavo::value
