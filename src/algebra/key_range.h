#pragma once

#include "algebra/plan.h"

namespace octavo::algebra {

// Whether a key is in the range, in the dialect's order: `order(a, b)` is a three-way comparison.
template <class Order>
bool contains(const KeyRange& range, const value::Value& key, Order order) {
  if (range.lower.value) {
    const auto ordering = order(key, *range.lower.value);
    if (ordering < 0 || (ordering == 0 && !range.lower.inclusive)) return false;
  }
  if (range.upper.value) {
    const auto ordering = order(key, *range.upper.value);
    if (ordering > 0 || (ordering == 0 && !range.upper.inclusive)) return false;
  }
  return true;
}

}  // namespace octavo::algebra
