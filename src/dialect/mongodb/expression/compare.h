#pragma once

// The order of items in expressions: what is missing is above MinKey and undefined, and below all
// else.

#include <compare>
#include <vector>

#include "dialect/mongodb/expression/operation.h"

namespace octavo::mongodb {

std::strong_ordering compare_items(const Item& a, const Item& b);

// The elements in their order, or the opposite one; those that are equal stay as they were.
std::vector<value::Value> sorted(value::ArrayView elements, bool descending = false);

// For sets that are sorted.
struct ValueLess {
  bool operator()(const value::Value& a, const value::Value& b) const {
    return value::compare(a, b, value::Order::bson) < 0;
  }
};

}  // namespace octavo::mongodb
