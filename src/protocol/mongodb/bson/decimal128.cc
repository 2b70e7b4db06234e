#include "protocol/mongodb/bson/decimal128.h"

#include <algorithm>

namespace octavo::mongodb {
namespace {

constexpr int kDigits = 34;
constexpr int kBias = 6176;
constexpr int kMinExponent = -kBias;
constexpr int kMaxExponent = 6111;
constexpr unsigned kExponentShift = 49;  // within the high word
constexpr std::uint64_t kExponentMask = 0x3fff;
constexpr std::uint64_t kSign = std::uint64_t{1} << 63U;
constexpr std::uint64_t kLarge = std::uint64_t{3} << 61U;  // another place for the exponent
constexpr std::uint64_t kInfinity = std::uint64_t{0x1e} << 58U;
constexpr std::uint64_t kNan = std::uint64_t{0x1f} << 58U;

using value::Decimal;

// The nearest one with that scale. It has no more digits than before, or zeros that fit.
Decimal rescaled(const Decimal& decimal, int scale) {
  auto result = decimal.rescale(scale, value::Rounding::half_even);
  return result ? *std::move(result) : Decimal::infinity(decimal.is_negative());
}

Decimal within_digits(const Decimal& decimal) {
  Decimal result = decimal;
  // Twice where rounding carries: 9…9 becomes 10…0, which is one digit more.
  while (result.is_finite() && result.digits() > kDigits) {
    result = rescaled(result, result.scale() - (result.digits() - kDigits));
  }
  return result;
}

Decimal within_exponents(const Decimal& decimal) {
  const int exponent = -decimal.scale();
  const int nearest = std::clamp(exponent, kMinExponent, kMaxExponent);
  if (exponent == nearest) return decimal;
  if (decimal.is_zero()) return {decimal.is_negative(), value::Uint256(), -nearest};
  const bool fits = decimal.digits() + (exponent - nearest) <= kDigits;
  return fits ? rescaled(decimal, -nearest) : Decimal::infinity(decimal.is_negative());
}

}  // namespace

Decimal128Bits to_decimal128(const Decimal& decimal) {
  if (decimal.kind() == Decimal::Kind::nan) return {.low = 0, .high = kNan};
  Decimal fitting = decimal;
  if (fitting.is_finite()) {
    // Digits that the least exponent has no room for go first: it is rounded once.
    if (-fitting.scale() < kMinExponent) fitting = within_exponents(fitting);
    fitting = within_digits(fitting);
  }
  if (fitting.is_finite()) fitting = within_exponents(fitting);
  const std::uint64_t sign = fitting.is_negative() ? kSign : 0;
  if (!fitting.is_finite()) return {.low = 0, .high = sign | kInfinity};
  const auto exponent = static_cast<std::uint64_t>(kBias - fitting.scale());
  const auto& limbs = fitting.coefficient().limbs;
  return {.low = limbs[0], .high = sign | exponent << kExponentShift | limbs[1]};
}

Decimal from_decimal128(Decimal128Bits bits) {
  const bool negative = (bits.high & kSign) != 0;
  if ((bits.high & kNan) == kNan) return Decimal::nan();
  if ((bits.high & kNan) == kInfinity) return Decimal::infinity(negative);
  // In the other form significands begin above 10^34, so none is canonical.
  const bool large = (bits.high & kLarge) == kLarge;
  const unsigned shift = large ? kExponentShift - 2 : kExponentShift;
  const int exponent = static_cast<int>(bits.high >> shift & kExponentMask) - kBias;
  value::Uint256 coefficient;
  if (!large) {
    coefficient.limbs[0] = bits.low;
    coefficient.limbs[1] = bits.high & ((std::uint64_t{1} << kExponentShift) - 1);
  }
  const Decimal decimal(negative, coefficient, -exponent);
  return decimal.digits() <= kDigits ? decimal : Decimal(negative, value::Uint256(), -exponent);
}

}  // namespace octavo::mongodb
