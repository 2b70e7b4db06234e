#pragma once

// IEEE 754-2008 decimal128, which BSON has, over value::Decimal, which may have more digits: 34
// digits, exponents -6176 to 6111, rounding half to even. All operations round operands first, and
// none fails: what is too large is infinite, what is not defined NaN.

#include "value/decimal.h"

namespace octavo::mongodb::decimal128 {

constexpr int kDigits = 34;
constexpr int kLeastExponent = -6176;  // of the last digit
constexpr int kMostExponent = 6111;

using value::Decimal;

Decimal round(const Decimal& number);  // what fits stays as it is, trailing zeros too

Decimal add(const Decimal& a, const Decimal& b);
Decimal subtract(const Decimal& a, const Decimal& b);
Decimal multiply(const Decimal& a, const Decimal& b);
Decimal divide(const Decimal& a, const Decimal& b);  // by zero: infinite, or NaN for 0 / 0
Decimal modulo(const Decimal& a, const Decimal& b);  // with the sign of `a`; by zero: NaN

// From a double, as MongoDB converts: 15 significant digits.
Decimal from_double(double number);
// The 34 digits nearest to what the double is, without zeros at the end.
Decimal from_double_exactly(double number);
// To so many digits after the point, which may be negative, or to as many as there is room for.
Decimal quantize(const Decimal& number, int places, value::Rounding rounding);
Decimal floor(const Decimal& number);
Decimal ceil(const Decimal& number);

// Each as the function of <cmath> of its name, right to the last digit or next to it. Outside of
// where it is defined: NaN.
Decimal sqrt(const Decimal& x);
Decimal exp(const Decimal& x);
Decimal ln(const Decimal& x);
Decimal log10(const Decimal& x);
Decimal sin(const Decimal& x);
Decimal cos(const Decimal& x);
Decimal tan(const Decimal& x);
Decimal asin(const Decimal& x);
Decimal acos(const Decimal& x);
Decimal atan(const Decimal& x);
Decimal sinh(const Decimal& x);
Decimal cosh(const Decimal& x);
Decimal tanh(const Decimal& x);
Decimal asinh(const Decimal& x);
Decimal acosh(const Decimal& x);
Decimal atanh(const Decimal& x);
Decimal to_radians(const Decimal& degrees);
Decimal to_degrees(const Decimal& radians);
Decimal pow(const Decimal& base, const Decimal& exponent);
Decimal atan2(const Decimal& y, const Decimal& x);

}  // namespace octavo::mongodb::decimal128
