#pragma once

// Sets of types as operands of tests.

#include "dialect/mongodb/type/type.h"

namespace octavo::mongodb {

// An array of the numbers of the types, ascending.
value::Value numbers_of(const TypeSet& types);

}  // namespace octavo::mongodb
