#pragma once

// Numbers of all kinds compare and hash by exact value: int64 9007199254740993 is above
// float64 9007199254740992 and equal to the decimal of the same digits.

#include <compare>
#include <cstdint>

#include "value/value.h"

namespace octavo::value {

// Both must be numbers. NaN is below every number and equal to itself.
std::strong_ordering compare_numbers(const Value& a, const Value& b);

// The largest double that is not above the number, and whether it is the number itself.
struct FloorDouble {
  double value = 0;
  bool exact = true;
};
FloorDouble floor_double(const Value& number);

}  // namespace octavo::value
