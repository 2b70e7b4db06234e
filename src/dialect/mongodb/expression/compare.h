#pragma once

// The order of items in expressions: what is missing is above MinKey and undefined, and below all
// else.

#include <compare>
#include <vector>

#include "dialect/mongodb/expression/collation.h"
#include "dialect/mongodb/expression/operation.h"

namespace octavo::mongodb {

std::strong_ordering compare_items(const Item& a, const Item& b, const CollatedOrder& order = {});

// The elements in their order, or the opposite one; those that are equal stay as they were.
std::vector<value::Value> sorted(value::ArrayView elements, const CollatedOrder& order,
                                 bool descending = false);

}  // namespace octavo::mongodb
