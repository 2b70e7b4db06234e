#include "value/number.h"

#include <cmath>
#include <limits>

#include "value/decimal.h"

namespace octavo::value {
namespace {

std::strong_ordering reverse(std::strong_ordering order) { return 0 <=> order; }

std::strong_ordering compare_doubles(double a, double b) {
  if (a < b) return std::strong_ordering::less;
  if (a > b) return std::strong_ordering::greater;
  return std::isnan(b) <=> std::isnan(a);
}

// `a` is an int64 or uint64.
std::strong_ordering compare_integer(const Value& a, const Value& b) {
  const bool wide = a.type() == Type::uint64;
  switch (b.type()) {
    case Type::int64: return wide ? std::strong_ordering::greater : a.as_int64() <=> b.as_int64();
    case Type::uint64: return wide ? a.as_uint64() <=> b.as_uint64() : std::strong_ordering::less;
    case Type::float64:
      return wide ? compare_exact(a.as_uint64(), b.as_float64())
                  : compare_exact(a.as_int64(), b.as_float64());
    default:
      return (wide ? Decimal::from_uint64(a.as_uint64()) : Decimal::from_int64(a.as_int64())) <=>
             b.as_decimal();
  }
}

}  // namespace

std::strong_ordering compare_numbers(const Value& a, const Value& b) {
  switch (a.type()) {
    case Type::int64:
    case Type::uint64: return compare_integer(a, b);
    case Type::float64:
      if (b.type() == Type::float64) return compare_doubles(a.as_float64(), b.as_float64());
      if (b.type() == Type::decimal) return reverse(compare(b.as_decimal(), a.as_float64()));
      return reverse(compare_integer(b, a));
    default:
      if (b.type() == Type::decimal) return a.as_decimal() <=> b.as_decimal();
      if (b.type() == Type::float64) return compare(a.as_decimal(), b.as_float64());
      return reverse(compare_integer(b, a));
  }
}

FloorDouble floor_double(const Value& number) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  if (number.type() == Type::float64) return {number.as_float64(), true};
  double nearest = number.to_double();
  if (std::isnan(nearest)) return {nearest, true};
  const auto order = compare_numbers(number, Value::float64(nearest));
  if (order < 0) nearest = std::nextafter(nearest, -kInfinity);
  return {nearest, order == 0};
}

}  // namespace octavo::value
