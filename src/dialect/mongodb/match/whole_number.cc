#include "dialect/mongodb/match/whole_number.h"

#include <cmath>

#include "dialect/mongodb/error/error.h"
#include "dialect/mongodb/type/print.h"
#include "value/decimal.h"

namespace octavo::mongodb {

using value::Type;
using value::Value;

std::optional<std::int64_t> truncated_int64(const Value& number) {
  if (number.type() == Type::int64) return number.as_int64();
  if (number.type() == Type::float64) {
    const double real = std::trunc(number.as_float64());
    // 2^63 as a double: the first that is too large.
    constexpr double kEnd = 9223372036854775808.0;
    if (!(real >= -kEnd && real < kEnd)) return std::nullopt;
    return static_cast<std::int64_t>(real);
  }
  if (number.type() == Type::decimal && number.as_decimal().is_finite()) {
    const value::Decimal& decimal = number.as_decimal();
    if (decimal.is_zero() || decimal.exponent() < 0) return 0;
    // No int64 has so many digits.
    if (decimal.exponent() > 20) return std::nullopt;
    const auto whole = decimal.rescale(0, value::Rounding::down);
    if (whole) return whole->to_int64();
  }
  return std::nullopt;
}

Result<std::int64_t> whole_number(std::string_view name, const Value& number) {
  if (!number.is_number()) {
    return error(ErrorCode::failed_to_parse, "Expected a number in: {}: {}", name, print(number));
  }
  if (const auto whole = number.to_int64()) return *whole;
  const double real = number.to_double();
  if (std::isnan(real)) {
    return error(ErrorCode::failed_to_parse, "Expected an integer, but found NaN in: {}: {}", name,
                 print(number));
  }
  if (std::isinf(real) || std::trunc(real) == real) {
    return error(ErrorCode::failed_to_parse, "Cannot represent as a 64-bit integer: {}: {}", name,
                 print(number));
  }
  return error(ErrorCode::failed_to_parse, "Expected an integer: {}: {}", name, print(number));
}

Result<std::int64_t> natural_number(std::string_view name, const Value& number) {
  TRY(const std::int64_t whole, whole_number(name, number));
  if (whole < 0) {
    return error(ErrorCode::failed_to_parse, "Expected a non-negative number in: {}: {}", name,
                 print(number));
  }
  return whole;
}

}  // namespace octavo::mongodb
