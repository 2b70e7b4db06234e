#include "dialect/sql/convert/numbers.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "dialect/sql/type/type.h"

namespace octavo::sql {
namespace {

using value::Decimal;

constexpr double kTwoTo63 = 9223372036854775808.0, kTwoTo64 = 18446744073709551616.0;
constexpr std::uint64_t kLeastBits = std::uint64_t{1} << 63U;
constexpr std::uint64_t kMostSigned = kLeastBits - 1;

// The greatest number of so many digits: 999.99.
Decimal greatest(bool negative, int precision, int scale) {
  value::Uint256 coefficient;
  for (int i = 0; i < precision; ++i) {
    const bool fits = coefficient.multiply_add(10, 9);
    ASSERT(fits);
  }
  return {negative, coefficient, scale};
}

Converted<Integer> out_of_range(bool negative, bool is_unsigned) {
  if (negative) return {.value = {.bits = kLeastBits, .negative = true}, .loss = Loss::range};
  return {.value = {.bits = is_unsigned ? ~std::uint64_t{0} : kMostSigned}, .loss = Loss::range};
}

}  // namespace

Converted<Decimal> round_decimal(const Decimal& number, int precision, int scale) {
  if (!number.is_finite()) {
    return {.value = greatest(number.is_negative(), precision, scale), .loss = Loss::range};
  }
  const int whole = number.is_zero() ? 0 : number.exponent() + 1;
  if (whole > precision - scale) {
    return {.value = greatest(number.is_negative(), precision, scale), .loss = Loss::range};
  }
  const auto rounded = number.rescale(scale, value::Rounding::half_up);
  if (!rounded || rounded->digits() > std::max(precision, 1)) {
    return {.value = greatest(number.is_negative(), precision, scale), .loss = Loss::range};
  }
  // There is no negative zero.
  const Decimal result =
      rounded->is_zero() ? Decimal(false, rounded->coefficient(), scale) : *rounded;
  return {.value = result, .loss = result == number ? Loss::none : Loss::cut};
}

Converted<Decimal> fit_decimal(const Decimal& number) {
  if (!number.is_finite()) {
    return {.value = greatest(number.is_negative(), kMaxDecimalPrecision, 0), .loss = Loss::range};
  }
  // Of 64 bits there is nothing to round.
  const auto& limbs = number.coefficient().limbs;
  const bool small = (limbs[1] | limbs[2] | limbs[3]) == 0;
  if (small && limbs[0] != 0 && number.scale() >= 0 && number.scale() <= kMaxDecimalScale) {
    return {.value = number};
  }
  const int whole = number.is_zero() ? 1 : std::max(number.exponent() + 1, 1);
  if (whole > kMaxDecimalPrecision) {
    return {.value = greatest(number.is_negative(), kMaxDecimalPrecision, 0), .loss = Loss::range};
  }
  const int scale = std::clamp<int>(number.scale(), 0,
                                    std::min<int>(kMaxDecimalScale, kMaxDecimalPrecision - whole));
  Converted<Decimal> result = round_decimal(number, kMaxDecimalPrecision, scale);
  if (result.loss == Loss::cut) result.loss = Loss::none;
  return result;
}

Converted<Decimal> decimal_of(double number) { return fit_decimal(Decimal::from_double(number)); }

Converted<Integer> integer_of(double number, bool is_unsigned) {
  if (std::isnan(number)) return {.loss = Loss::range};
  const double rounded = std::rint(number);
  if (rounded < -kTwoTo63) return out_of_range(true, is_unsigned);
  if (rounded >= (is_unsigned ? kTwoTo64 : kTwoTo63)) return out_of_range(false, is_unsigned);
  if (rounded >= 0) return {.value = {.bits = static_cast<std::uint64_t>(rounded)}};
  const auto bits = static_cast<std::uint64_t>(static_cast<std::int64_t>(rounded));
  return {.value = {.bits = bits, .negative = true},
          .loss = is_unsigned ? Loss::range : Loss::none};
}

Converted<Integer> integer_of(const Decimal& number, bool is_unsigned) {
  if (!number.is_finite()) return out_of_range(number.is_negative(), is_unsigned);
  // What has more digits than that is out of range however it is rounded.
  if (!number.is_zero() && number.exponent() > 20) {
    return out_of_range(number.is_negative(), is_unsigned);
  }
  const auto rounded = number.rescale(0, value::Rounding::half_up);
  if (!rounded) return out_of_range(number.is_negative(), is_unsigned);
  if (rounded->is_zero()) return {};
  if (rounded->is_negative()) {
    const auto small = rounded->to_int64();
    if (!small) return out_of_range(true, is_unsigned);
    return {.value = {.bits = static_cast<std::uint64_t>(*small), .negative = true},
            .loss = is_unsigned ? Loss::range : Loss::none};
  }
  const auto large = rounded->to_uint64();
  if (!large || (!is_unsigned && *large > kMostSigned)) return out_of_range(false, is_unsigned);
  return {.value = {.bits = *large}};
}

value::Value value_of(std::uint64_t bits, bool is_unsigned) {
  return is_unsigned ? value::Value::uint64(bits)
                     : value::Value::int64(static_cast<std::int64_t>(bits));
}

value::Value value_of(const Integer& integer) { return value_of(integer.bits, !integer.negative); }

}  // namespace octavo::sql
