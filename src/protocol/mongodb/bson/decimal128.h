#pragma once

// IEEE 754's decimal128 in the binary encoding of its significand, as BSON has it: 34 digits,
// exponents from -6176 to 6111. https://github.com/mongodb/specifications, "BSON Decimal128".

#include <cstdint>

#include "value/decimal.h"

namespace octavo::mongodb {

struct Decimal128Bits {
  std::uint64_t low = 0;
  std::uint64_t high = 0;

  friend bool operator==(const Decimal128Bits&, const Decimal128Bits&) = default;
};

// Rounded half to even where there are more digits; what is too large is an infinity, what is too
// small 0. Zeros behind the point are kept, as far as there is room for them.
Decimal128Bits to_decimal128(const value::Decimal& decimal);
// Exact. Significands that the encoding does not use are 0, as the standard says.
value::Decimal from_decimal128(Decimal128Bits bits);

}  // namespace octavo::mongodb
