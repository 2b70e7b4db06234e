#include "dialect/mongodb/type/number.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/assert.h"
#include "dialect/mongodb/type/decimal128.h"

namespace octavo::mongodb {
namespace {

using value::Decimal;
using value::Type;
using value::Value;

bool fits_int32(std::int64_t number) {
  return number >= std::numeric_limits<std::int32_t>::min() &&
         number <= std::numeric_limits<std::int32_t>::max();
}

// One operation over each kind. `integers` is false where 64 bits overflow.
struct Operation {
  bool (*integers)(std::int64_t a, std::int64_t b, std::int64_t& result);
  double (*doubles)(double a, double b);
  Decimal (*decimals)(const Decimal& a, const Decimal& b);
};

bool add_integers(std::int64_t a, std::int64_t b, std::int64_t& result) {
  return !__builtin_add_overflow(a, b, &result);
}
bool subtract_integers(std::int64_t a, std::int64_t b, std::int64_t& result) {
  return !__builtin_sub_overflow(a, b, &result);
}
bool multiply_integers(std::int64_t a, std::int64_t b, std::int64_t& result) {
  return !__builtin_mul_overflow(a, b, &result);
}

constexpr Operation kAdd{.integers = add_integers,
                         .doubles = [](double a, double b) { return a + b; },
                         .decimals = decimal128::add};
constexpr Operation kSubtract{.integers = subtract_integers,
                              .doubles = [](double a, double b) { return a - b; },
                              .decimals = decimal128::subtract};
constexpr Operation kMultiply{.integers = multiply_integers,
                              .doubles = [](double a, double b) { return a * b; },
                              .decimals = decimal128::multiply};

std::optional<Value> checked(const Operation& operation, const Value& a, const Value& b) {
  const NumberKind kind = wider(number_kind(a), number_kind(b));
  if (kind == NumberKind::decimal) {
    return Value::decimal(operation.decimals(to_decimal(a), to_decimal(b)));
  }
  if (kind == NumberKind::float64) {
    return Value::float64(operation.doubles(a.to_double(), b.to_double()));
  }
  std::int64_t result = 0;
  if (!operation.integers(a.as_int64(), b.as_int64(), result)) return std::nullopt;
  return of_integer(result, kind);
}

Value widened(const Operation& operation, const Value& a, const Value& b) {
  if (auto result = checked(operation, a, b)) return *std::move(result);
  return Value::float64(operation.doubles(a.to_double(), b.to_double()));
}

Value round_double(double number, int places, RoundTo to) {
  const auto whole = [to](double x) {
    switch (to) {
      case RoundTo::even: return std::nearbyint(x);
      case RoundTo::zero: return std::trunc(x);
      case RoundTo::floor: return std::floor(x);
      case RoundTo::ceil: return std::ceil(x);
    }
    return x;
  };
  if (places == 0 || !std::isfinite(number)) return Value::float64(whole(number));
  const Decimal exact = decimal128::from_double_exactly(number);
  const auto rounding = to == RoundTo::zero ? value::Rounding::down : value::Rounding::half_even;
  if (places >= exact.scale()) return Value::float64(number);
  const Decimal rounded = decimal128::quantize(exact, places, rounding);
  return Value::float64(std::copysign(rounded.to_double(), number));
}

std::optional<Value> round_integer(const Value& number, int places, RoundTo to) {
  if (places >= 0) return number;
  const Decimal exact = Decimal::from_int64(number.as_int64());
  const auto rounding = to == RoundTo::zero ? value::Rounding::down : value::Rounding::half_even;
  const auto whole = decimal128::quantize(exact, places, rounding).to_int64();
  if (!whole) return std::nullopt;
  return of_integer(*whole, number_kind(number));
}

Value round_decimal(const Value& number, int places, RoundTo to) {
  const Decimal decimal = to_decimal(number);
  if (to == RoundTo::floor || to == RoundTo::ceil) {
    // As IEEE's quantize has it: what has no digit of ones has no such number.
    const bool has_ones = decimal.is_finite() && decimal.exponent() < decimal128::kDigits;
    if (!has_ones && !decimal.is_zero()) return Value::decimal(Decimal::nan());
    const bool down = to == RoundTo::floor;
    return Value::decimal(
        decimal128::quantize(down ? decimal128::floor(decimal) : decimal128::ceil(decimal), 0,
                             value::Rounding::half_even));
  }
  const auto rounding = to == RoundTo::zero ? value::Rounding::down : value::Rounding::half_even;
  return Value::decimal(decimal128::quantize(decimal, places, rounding));
}

}  // namespace

NumberKind number_kind(const Value& number) {
  if (number.type() == Type::int64) {
    return number.is_int32() ? NumberKind::int32 : NumberKind::int64;
  }
  return number.type() == Type::float64 ? NumberKind::float64 : NumberKind::decimal;
}

NumberKind wider(NumberKind a, NumberKind b) { return std::max(a, b); }

Decimal to_decimal(const Value& number) {
  if (number.type() == Type::int64) return Decimal::from_int64(number.as_int64());
  if (number.type() == Type::uint64) return Decimal::from_uint64(number.as_uint64());
  if (number.type() == Type::float64) return decimal128::from_double(number.as_float64());
  return decimal128::round(number.as_decimal());
}

Value of_decimal(const Decimal& number) { return Value::decimal(decimal128::round(number)); }

Value of_integer(std::int64_t number, NumberKind kind) {
  if (kind == NumberKind::int32 && fits_int32(number)) {
    return Value::int32(static_cast<std::int32_t>(number));
  }
  return Value::int64(number);
}

Value zero_of(NumberKind kind) {
  switch (kind) {
    case NumberKind::int32: return Value::int32(0);
    case NumberKind::int64: return Value::int64(0);
    case NumberKind::float64: return Value::float64(0);
    case NumberKind::decimal: return Value::decimal(Decimal());
  }
  return Value::int32(0);
}

bool is_nan(const Value& number) {
  if (number.type() == Type::float64) return std::isnan(number.as_float64());
  return number.type() == Type::decimal && number.as_decimal().kind() == Decimal::Kind::nan;
}

bool is_infinite(const Value& number) {
  if (number.type() == Type::float64) return std::isinf(number.as_float64());
  return number.type() == Type::decimal && number.as_decimal().kind() == Decimal::Kind::infinity;
}

bool is_zero(const Value& number) {
  if (number.type() == Type::int64) return number.as_int64() == 0;
  if (number.type() == Type::float64) return number.as_float64() == 0;
  return number.type() == Type::decimal && number.as_decimal().is_zero();
}

bool is_negative(const Value& number) {
  if (number.type() == Type::int64) return number.as_int64() < 0;
  if (number.type() == Type::float64) return number.as_float64() < 0;
  if (number.type() != Type::decimal) return false;
  const Decimal& decimal = number.as_decimal();
  return decimal.kind() != Decimal::Kind::nan && decimal.is_negative() && !decimal.is_zero();
}

Value add(const Value& a, const Value& b) { return widened(kAdd, a, b); }
Value subtract(const Value& a, const Value& b) { return widened(kSubtract, a, b); }
Value multiply(const Value& a, const Value& b) { return widened(kMultiply, a, b); }

std::optional<Value> add_checked(const Value& a, const Value& b) { return checked(kAdd, a, b); }
std::optional<Value> multiply_checked(const Value& a, const Value& b) {
  return checked(kMultiply, a, b);
}

Value divide(const Value& a, const Value& b) {
  if (wider(number_kind(a), number_kind(b)) == NumberKind::decimal) {
    return Value::decimal(decimal128::divide(to_decimal(a), to_decimal(b)));
  }
  return Value::float64(a.to_double() / b.to_double());
}

Value modulo(const Value& a, const Value& b) {
  const NumberKind kind = wider(number_kind(a), number_kind(b));
  if (kind == NumberKind::decimal) {
    return Value::decimal(decimal128::modulo(to_decimal(a), to_decimal(b)));
  }
  if (kind == NumberKind::float64) {
    return Value::float64(std::fmod(a.to_double(), b.to_double()));
  }
  const std::int64_t divisor = b.as_int64();
  ASSERT(divisor != 0);
  // The least integer by -1 overflows, and leaves nothing like all others.
  return of_integer(divisor == -1 ? 0 : a.as_int64() % divisor, kind);
}

Value negate(const Value& number) {
  const NumberKind kind = number_kind(number);
  if (kind == NumberKind::decimal) return Value::decimal(to_decimal(number).negated());
  if (kind == NumberKind::float64) return Value::float64(-number.as_float64());
  std::int64_t result = 0;
  if (!subtract_integers(0, number.as_int64(), result)) return Value::float64(0x1p63);
  return of_integer(result, kind);
}

std::optional<Value> absolute(const Value& number) {
  if (number.type() == Type::float64) return Value::float64(std::fabs(number.as_float64()));
  if (number.type() != Type::int64) {
    const Decimal decimal = to_decimal(number);
    return Value::decimal(decimal.is_negative() ? decimal.negated() : decimal);
  }
  if (number.as_int64() >= 0) return number;
  if (number.as_int64() == std::numeric_limits<std::int64_t>::min()) return std::nullopt;
  return of_integer(-number.as_int64(), number_kind(number));
}

std::optional<Value> round(const Value& number, int places, RoundTo to) {
  switch (number_kind(number)) {
    case NumberKind::int32:
    case NumberKind::int64: return round_integer(number, places, to);
    case NumberKind::float64: return round_double(number.as_float64(), places, to);
    case NumberKind::decimal: return round_decimal(number, places, to);
  }
  return std::nullopt;
}

}  // namespace octavo::mongodb
