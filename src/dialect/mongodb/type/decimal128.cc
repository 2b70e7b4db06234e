#include "dialect/mongodb/type/decimal128.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "base/assert.h"

namespace octavo::mongodb::decimal128 {
namespace {

using value::Rounding;
using value::Uint512;
using Kind = Decimal::Kind;

constexpr std::size_t kPowers = 155;  // 10^154 is the last one of 512 bits

const Uint512& power_of_ten(std::size_t exponent) {
  static const std::array<Uint512, kPowers> kTable = [] {
    std::array<Uint512, kPowers> table;
    table[0] = Uint512(1);
    for (std::size_t i = 1; i < kPowers; ++i) {
      table[i] = table[i - 1];
      const bool fits = table[i].multiply_add(10, 0);
      ASSERT(fits);
    }
    return table;
  }();
  ASSERT(exponent < kPowers);
  return kTable[exponent];
}

int digits_of(const Uint512& number) {
  // From the bits, at most one too few.
  constexpr std::size_t kMillionth = 301'029;  // log10(2) * 10^6
  std::size_t digits = number.bit_length() * kMillionth / 1'000'000;
  while (digits < kPowers && number >= power_of_ten(digits)) ++digits;
  return std::max(static_cast<int>(digits), 1);
}

Uint512 times_power(Uint512 number, int power) {
  constexpr int kStep = 19;
  for (; power > 0; power -= kStep) {
    const bool fits = number.multiply_add(
        power_of_ten(static_cast<std::size_t>(std::min(power, kStep))).limbs[0], 0);
    ASSERT(fits);
  }
  return number;
}

// coefficient * 10^exponent; `more`: something below the last digit is left out.
struct Exact {
  bool negative = false;
  Uint512 coefficient;
  int exponent = 0;
  bool more = false;
};

void drop_digits(Exact& number, int count, Rounding rounding) {
  if (count <= 0) return;
  number.exponent += count;
  if (count >= static_cast<int>(kPowers) || digits_of(number.coefficient) < count) {
    number.more = number.more || !number.coefficient.is_zero();
    number.coefficient = Uint512();
    return;
  }
  const Uint512& divisor = power_of_ten(static_cast<std::size_t>(count));
  auto [quotient, rest] = value::divide(number.coefficient, divisor);
  Uint512 complement = divisor;
  complement.subtract(rest);
  const auto half = rest <=> complement;
  const bool odd = (quotient.limbs[0] & 1) != 0;
  const bool up = rounding == Rounding::half_even ? half > 0 || (half == 0 && (odd || number.more))
                                                  : rounding == Rounding::half_up && half >= 0;
  number.more = number.more || !rest.is_zero();
  number.coefficient = quotient;
  if (up) number.coefficient.multiply_add(1, 1);
}

Decimal finish(Exact number) {
  const int digits = digits_of(number.coefficient);
  drop_digits(number, std::max(digits - kDigits, kLeastExponent - number.exponent),
              Rounding::half_even);
  // Rounding up may have given it a digit more, which is a zero.
  drop_digits(number, digits_of(number.coefficient) - kDigits, Rounding::half_even);
  if (number.coefficient.is_zero()) {
    number.exponent = std::clamp(number.exponent, kLeastExponent, kMostExponent);
  } else if (number.exponent > kMostExponent) {
    const int above = number.exponent - kMostExponent;
    if (digits_of(number.coefficient) + above > kDigits) return Decimal::infinity(number.negative);
    number.coefficient = times_power(number.coefficient, above);
    number.exponent = kMostExponent;
  }
  return Decimal(number.negative, number.coefficient.narrow<4>(), -number.exponent);
}

Exact exact_of(const Decimal& number) {
  return {.negative = number.is_negative(),
          .coefficient = number.coefficient().widen<8>(),
          .exponent = -number.scale()};
}

bool is_nan(const Decimal& number) { return number.kind() == Kind::nan; }
bool is_infinite(const Decimal& number) { return number.kind() == Kind::infinity; }

// a + b where `a` begins at the higher digit.
Decimal add_finite(Exact a, Exact b) {
  // Beyond this, the smaller one only decides how the last digit is rounded.
  constexpr int kFar = 2 * kDigits + 2;
  const int gap = a.exponent - b.exponent;
  if (gap > kFar) {
    a.coefficient = times_power(a.coefficient, kFar - kDigits);
    a.exponent -= kFar - kDigits;
    if (!b.coefficient.is_zero()) {
      if (a.negative != b.negative) a.coefficient.subtract(Uint512(1));
      a.more = true;
    }
    return finish(a);
  }
  if (gap > 0) {
    a.coefficient = times_power(a.coefficient, gap);
    a.exponent = b.exponent;
  } else {
    b.coefficient = times_power(b.coefficient, -gap);
    b.exponent = a.exponent;
  }
  if (a.negative == b.negative) {
    a.coefficient.add(b.coefficient);
    return finish(a);
  }
  const bool a_larger = a.coefficient >= b.coefficient;
  Exact& larger = a_larger ? a : b;
  larger.coefficient.subtract((a_larger ? b : a).coefficient);
  if (larger.coefficient.is_zero()) larger.negative = false;
  return finish(larger);
}

// Of a zero that is added to something: its exponent holds where digits allow it.
Decimal pad(Exact number, int exponent) {
  const int room = kDigits - digits_of(number.coefficient);
  const int more = std::clamp(number.exponent - exponent, 0, std::max(room, 0));
  number.coefficient = times_power(number.coefficient, more);
  number.exponent -= more;
  return finish(number);
}

// (number * 10^power) mod divisor
Uint512 shifted_modulo(Uint512 number, int power, const Uint512& divisor) {
  constexpr int kStep = 19;
  number = value::divide(number, divisor).remainder;
  for (; power > 0 && !number.is_zero(); power -= kStep) {
    number = value::divide(times_power(number, std::min(power, kStep)), divisor).remainder;
  }
  return number;
}

Decimal by_digits(double number, int digits) {
  if (std::isnan(number)) return Decimal::nan();
  if (std::isinf(number)) return Decimal::infinity(number < 0);
  if (number == 0) return Decimal(std::signbit(number), {}, 0);
  const auto parsed = Decimal::parse(fmt::format("{:.{}e}", number, digits - 1));
  ASSERT(parsed.has_value());
  return *parsed;
}

Decimal to_whole(const Decimal& number, bool up) {
  if (!number.is_finite() || number.scale() <= 0) return round(number);
  Exact exact = exact_of(number);
  drop_digits(exact, -exact.exponent, Rounding::down);
  if (exact.more && exact.negative != up) exact.coefficient.multiply_add(1, 1);
  exact.more = false;
  return finish(exact);
}

}  // namespace

Decimal round(const Decimal& number) {
  if (!number.is_finite()) return number;
  constexpr std::uint64_t kFewDigits = 1'000'000'000'000'000'000;
  const auto& limbs = number.coefficient().limbs;
  const bool small = (limbs[1] | limbs[2] | limbs[3]) == 0 && limbs[0] < kFewDigits;
  if (small && -number.scale() >= kLeastExponent && -number.scale() <= kMostExponent) {
    return number;
  }
  return finish(exact_of(number));
}

Decimal add(const Decimal& left, const Decimal& right) {
  const Decimal a = round(left);
  const Decimal b = round(right);
  if (is_nan(a) || is_nan(b)) return Decimal::nan();
  if (is_infinite(a) || is_infinite(b)) {
    if (is_infinite(a) && is_infinite(b) && a.is_negative() != b.is_negative()) {
      return Decimal::nan();
    }
    return is_infinite(a) ? a : b;
  }
  if (a.is_zero() && b.is_zero()) {
    return Decimal(a.is_negative() && b.is_negative(), {}, std::max(a.scale(), b.scale()));
  }
  if (a.is_zero()) return pad(exact_of(b), -a.scale());
  if (b.is_zero()) return pad(exact_of(a), -b.scale());
  const bool a_first = a.exponent() >= b.exponent();
  return a_first ? add_finite(exact_of(a), exact_of(b)) : add_finite(exact_of(b), exact_of(a));
}

Decimal subtract(const Decimal& a, const Decimal& b) { return decimal128::add(a, b.negated()); }

Decimal multiply(const Decimal& left, const Decimal& right) {
  const Decimal a = round(left);
  const Decimal b = round(right);
  const bool negative = a.is_negative() != b.is_negative();
  if (is_nan(a) || is_nan(b)) return Decimal::nan();
  if (is_infinite(a) || is_infinite(b)) {
    return a.is_zero() || b.is_zero() ? Decimal::nan() : Decimal::infinity(negative);
  }
  return finish({.negative = negative,
                 .coefficient = value::multiply(a.coefficient(), b.coefficient()),
                 .exponent = -a.scale() - b.scale()});
}

Decimal divide(const Decimal& left, const Decimal& right) {
  const Decimal a = round(left);
  const Decimal b = round(right);
  const bool negative = a.is_negative() != b.is_negative();
  if (is_nan(a) || is_nan(b) || (is_infinite(a) && is_infinite(b))) return Decimal::nan();
  if (is_infinite(a)) return Decimal::infinity(negative);
  if (is_infinite(b)) return Decimal(negative, {}, -kLeastExponent);
  if (b.is_zero()) return a.is_zero() ? Decimal::nan() : Decimal::infinity(negative);
  const int preferred = b.scale() - a.scale();
  if (a.is_zero()) return finish({.negative = negative, .coefficient = {}, .exponent = preferred});
  // Digits enough to round, and two to see how.
  const int power = std::max(kDigits + 2 + b.digits() - a.digits(), 0);
  auto [quotient, rest] =
      value::divide(times_power(a.coefficient().widen<8>(), power), b.coefficient().widen<8>());
  Exact result{.negative = negative,
               .coefficient = quotient,
               .exponent = preferred - power,
               .more = !rest.is_zero()};
  while (!result.more && result.exponent < preferred) {
    Uint512 tenth = result.coefficient;
    if (tenth.divide_small(10) != 0) break;
    result.coefficient = tenth;
    ++result.exponent;
  }
  return finish(result);
}

Decimal modulo(const Decimal& left, const Decimal& right) {
  const Decimal a = round(left);
  const Decimal b = round(right);
  if (is_nan(a) || is_nan(b) || is_infinite(a) || b.is_zero()) return Decimal::nan();
  if (is_infinite(b)) return a;
  const int gap = b.scale() - a.scale();  // a's exponent above b's
  Exact rest{
      .negative = a.is_negative(), .coefficient = {}, .exponent = -std::max(a.scale(), b.scale())};
  const Uint512 dividend = a.coefficient().widen<8>();
  const Uint512 divisor = b.coefficient().widen<8>();
  if (gap >= 0) {
    rest.coefficient = shifted_modulo(dividend, gap, divisor);
  } else if (-gap > kDigits) {
    rest.coefficient = dividend;  // far below the divisor
  } else {
    rest.coefficient = value::divide(dividend, times_power(divisor, -gap)).remainder;
  }
  return finish(rest);
}

Decimal from_double(double number) {
  constexpr int kDoubleDigits = 15;
  return by_digits(number, kDoubleDigits);
}
Decimal from_double_exactly(double number) {
  const Decimal exact = by_digits(number, kDigits);
  if (!exact.is_finite()) return exact;
  const Decimal plain = exact.normalized();
  // Without zeros after the point.
  return plain.scale() >= 0 || exact.is_zero() ? plain : quantize(plain, 0, Rounding::half_even);
}

Decimal quantize(const Decimal& number, int places, Rounding rounding) {
  const Decimal rounded = round(number);
  if (!rounded.is_finite()) return rounded;
  Exact exact = exact_of(rounded);
  const int more = exact.exponent + places;
  if (more < 0) {
    drop_digits(exact, -more, rounding);
    exact.more = false;
    return finish(exact);
  }
  if (exact.coefficient.is_zero()) {
    exact.exponent = -places;
    return finish(exact);
  }
  return pad(exact, -places);
}

Decimal floor(const Decimal& number) { return to_whole(number, false); }
Decimal ceil(const Decimal& number) { return to_whole(number, true); }

}  // namespace octavo::mongodb::decimal128
