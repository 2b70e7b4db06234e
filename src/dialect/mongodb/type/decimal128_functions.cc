// Functions of decimal128 by 100 digits of Boost.Multiprecision: what cancels in them (a sine near
// a multiple of pi) leaves more than the 34 that are wanted.

#include <boost/multiprecision/cpp_dec_float.hpp>

#include <algorithm>
#include <ios>
#include <string>

#include "dialect/mongodb/type/decimal128.h"

namespace octavo::mongodb::decimal128 {
namespace {

using Real = boost::multiprecision::number<boost::multiprecision::cpp_dec_float<100>,
                                           boost::multiprecision::et_off>;

// Above this, e^x is no decimal128; below its opposite it is 0.
constexpr int kMostExponentOfE = 15'000;

Real real_of(const Decimal& number) {
  const Real magnitude(number.digit_text() + "e" + std::to_string(-number.scale()));
  return number.is_negative() ? -magnitude : magnitude;
}

bool is_integral(const Decimal& number) { return floor(number) == number; }

// What is exact or whole has no trailing zeros.
Decimal decimal_of(const Real& number) {
  if (isnan(number)) return Decimal::nan();
  if (isinf(number)) return Decimal::infinity(number < 0);
  constexpr std::streamsize kDigitsMore = kDigits + 16;
  const auto parsed = Decimal::parse(number.str(kDigitsMore, std::ios_base::scientific));
  // Its exponent is none of a Decimal.
  if (!parsed) return abs(number) < 1 ? Decimal(false, {}, 0) : Decimal::infinity(number < 0);
  const Decimal rounded = round(*parsed);
  return round(is_integral(rounded) ? rounded.normalized() : parsed->normalized());
}

Real pi() { return boost::multiprecision::default_ops::get_constant_pi<Real::backend_type>(); }

bool is_nan(const Decimal& number) { return number.kind() == Decimal::Kind::nan; }
bool is_odd(const Decimal& integral) {
  const Decimal two = Decimal::from_int64(2);
  return !modulo(integral, two).is_zero();
}

Decimal above_all(bool negative) { return Decimal::infinity(negative); }

// A function that is defined for all finite numbers.
template <class Function>
Decimal of_finite(const Decimal& x, Function function) {
  return x.is_finite() ? decimal_of(function(real_of(round(x)))) : Decimal::nan();
}

// One that is so within [-1, 1].
template <class Function>
Decimal of_unit(const Decimal& x, Function function) {
  if (!x.is_finite()) return Decimal::nan();
  const Real real = real_of(round(x));
  return abs(real) > 1 ? Decimal::nan() : decimal_of(function(real));
}

Real e_to(const Real& x) { return boost::multiprecision::exp(x); }
bool is_far(const Real& x) { return abs(x) > kMostExponentOfE; }

// 34 digits, trailing zeros too.
Decimal with_all_digits(const Decimal& number) {
  if (!number.is_finite() || number.is_zero()) return number;
  const int missing = kDigits - number.digits();
  const int places = std::min(number.scale() + missing, -kLeastExponent);
  return quantize(number, places, value::Rounding::half_even);
}

}  // namespace

Decimal sqrt(const Decimal& number) {
  const Decimal x = round(number);
  if (is_nan(x)) return x;
  if (x.is_zero()) return Decimal(x.is_negative(), {}, (x.scale() + 1) / 2);
  if (x.is_negative()) return Decimal::nan();
  if (!x.is_finite()) return x;
  const Real real = real_of(x);
  const Real root = boost::multiprecision::sqrt(real);
  const Decimal result = decimal_of(root);
  // An exact one has half the places of its square.
  const int places = x.scale() >= 0 ? (x.scale() + 1) / 2 : x.scale() / 2;
  if (result.scale() >= places || decimal128::multiply(result, result) != x) return result;
  return quantize(result, std::min(places, result.scale() + kDigits - result.digits()),
                  value::Rounding::half_even);
}

Decimal exp(const Decimal& x) {
  if (is_nan(x)) return x;
  if (!x.is_finite()) return x.is_negative() ? Decimal() : x;
  const Real real = real_of(round(x));
  if (!is_far(real)) return decimal_of(e_to(real));
  return real < 0 ? Decimal(false, {}, -kLeastExponent) : Decimal::infinity(false);
}

Decimal ln(const Decimal& x) {
  if (is_nan(x) || (x.is_negative() && !x.is_zero())) return Decimal::nan();
  if (x.is_zero()) return Decimal::infinity(true);
  return x.is_finite() ? decimal_of(log(real_of(round(x)))) : x;
}

Decimal log10(const Decimal& x) {
  if (is_nan(x) || (x.is_negative() && !x.is_zero())) return Decimal::nan();
  if (x.is_zero()) return Decimal::infinity(true);
  if (!x.is_finite()) return x;
  const Decimal plain = round(x).normalized();
  // A power of ten has an exact one.
  if (plain.digits() == 1 && plain.coefficient() == value::Uint256(1)) {
    return Decimal::from_int64(plain.exponent());
  }
  return decimal_of(log(real_of(plain)) / log(Real(10)));
}

Decimal sin(const Decimal& x) {
  return of_finite(x, [](const Real& real) { return boost::multiprecision::sin(real); });
}
Decimal cos(const Decimal& x) {
  return of_finite(x, [](const Real& real) { return boost::multiprecision::cos(real); });
}
Decimal tan(const Decimal& x) {
  return of_finite(x, [](const Real& real) { return boost::multiprecision::tan(real); });
}
Decimal asin(const Decimal& x) {
  return of_unit(x, [](const Real& real) { return boost::multiprecision::asin(real); });
}
Decimal acos(const Decimal& x) {
  return of_unit(x, [](const Real& real) { return boost::multiprecision::acos(real); });
}
Decimal atan(const Decimal& x) {
  if (is_nan(x)) return x;
  if (!x.is_finite()) return decimal_of(x.is_negative() ? -pi() / 2 : pi() / 2);
  return decimal_of(boost::multiprecision::atan(real_of(round(x))));
}

Decimal sinh(const Decimal& x) {
  if (!x.is_finite()) return x;
  const Real real = real_of(round(x));
  if (is_far(real)) return above_all(real < 0);
  return decimal_of(boost::multiprecision::sinh(real));
}
Decimal cosh(const Decimal& x) {
  if (is_nan(x)) return x;
  if (!x.is_finite()) return above_all(false);
  const Real real = real_of(round(x));
  return is_far(real) ? above_all(false) : decimal_of(boost::multiprecision::cosh(real));
}
Decimal tanh(const Decimal& x) {
  if (is_nan(x)) return x;
  const Decimal one = Decimal::from_int64(x.is_negative() ? -1 : 1);
  if (!x.is_finite()) return one;
  const Real real = real_of(round(x));
  return is_far(real) ? one : decimal_of(boost::multiprecision::tanh(real));
}
Decimal asinh(const Decimal& x) {
  if (!x.is_finite()) return x;
  const Real real = real_of(round(x));
  const Real magnitude = abs(real);
  const Real result = log(magnitude + boost::multiprecision::sqrt(magnitude * magnitude + 1));
  return decimal_of(real < 0 ? Real(-result) : result);
}
Decimal acosh(const Decimal& x) {
  if (is_nan(x)) return x;
  if (!x.is_finite()) return x.is_negative() ? Decimal::nan() : x;
  const Real real = real_of(round(x));
  if (real < 1) return Decimal::nan();
  return decimal_of(log(real + boost::multiprecision::sqrt(real * real - 1)));
}
Decimal atanh(const Decimal& x) {
  if (!x.is_finite()) return Decimal::nan();
  const Real real = real_of(round(x));
  if (abs(real) > 1) return Decimal::nan();
  if (abs(real) == 1) return above_all(real < 0);
  return decimal_of(log((1 + real) / (1 - real)) / 2);
}

Decimal to_radians(const Decimal& degrees) {
  if (!degrees.is_finite()) return degrees;
  return decimal_of(real_of(round(degrees)) * pi() / 180);
}
Decimal to_degrees(const Decimal& radians) {
  if (!radians.is_finite()) return radians;
  return decimal_of(real_of(round(radians)) * 180 / pi());
}

Decimal pow(const Decimal& base, const Decimal& exponent) {
  const Decimal x = round(base);
  const Decimal y = round(exponent);
  if (y.is_zero()) return Decimal::from_int64(1);
  if (is_nan(x) || is_nan(y)) return Decimal::nan();
  const bool whole = y.is_finite() && is_integral(y);
  const bool negative = x.is_negative() && whole && is_odd(y);
  const Decimal nothing(false, {}, -kLeastExponent);
  if (!y.is_finite()) {
    const Decimal magnitude = x.is_negative() ? x.negated() : x;
    const auto to_one = magnitude <=> Decimal::from_int64(1);
    if (to_one == 0) return Decimal::from_int64(1);
    return (to_one > 0) != y.is_negative() ? above_all(false) : nothing;
  }
  if (x.is_zero() || !x.is_finite()) {
    return x.is_zero() != y.is_negative() ? nothing : above_all(negative);
  }
  if (x.is_negative() && !whole) return Decimal::nan();
  const Real power = real_of(y) * log(abs(real_of(x)));
  if (is_far(power)) return power > 0 ? above_all(negative) : nothing;
  const Decimal result = decimal_of(e_to(power));
  return with_all_digits(negative ? result.negated() : result);
}

Decimal atan2(const Decimal& y, const Decimal& x) {
  if (is_nan(x) || is_nan(y)) return Decimal::nan();
  const bool up = !y.is_negative();
  if (!x.is_finite() || !y.is_finite() || x.is_zero() || y.is_zero()) {
    // On an axis, or so far away that it is as if.
    Real angle = 0;
    if (!y.is_finite()) {
      angle = x.is_finite()     ? Real(pi() / 2)
              : x.is_negative() ? Real(pi() * 3 / 4)
                                : Real(pi() / 4);
    } else if (y.is_zero() || !x.is_finite()) {
      angle = x.is_negative() ? pi() : Real(0);
    } else {
      angle = pi() / 2;
    }
    const Decimal result = decimal_of(angle);
    return up ? result : result.negated();
  }
  return decimal_of(boost::multiprecision::atan2(real_of(round(y)), real_of(round(x))));
}

}  // namespace octavo::mongodb::decimal128
