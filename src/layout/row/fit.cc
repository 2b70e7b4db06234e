#include "layout/row/fit.h"

#include <optional>

#include "value/datetime.h"
#include "value/decimal.h"

namespace octavo::layout {
namespace {

using value::Decimal;
using value::Kind;
using value::LogicalType;
using value::Timestamp;
using value::Type;
using value::Value;
using Why = catalog::Violation::Kind;

std::optional<Decimal> decimal_of(const Value& number) {
  switch (number.type()) {
    case Type::boolean: return Decimal::from_int64(number.as_boolean() ? 1 : 0);
    case Type::int64: return Decimal::from_int64(number.as_int64());
    case Type::uint64: return Decimal::from_uint64(number.as_uint64());
    case Type::float64: return Decimal::from_double(number.as_float64());
    case Type::decimal: return number.as_decimal();
    default: return std::nullopt;
  }
}

Value fit_integer(Value given) {
  if (given.type() == Type::int64 || given.type() == Type::uint64) return given;
  const auto number = decimal_of(given);
  if (!number || !number->is_finite()) return given;
  if (const auto integer = number->to_int64()) return Value::int64(*integer);
  if (const auto natural = number->to_uint64()) return Value::uint64(*natural);
  return given;
}

Value fit_real(const LogicalType& type, const Value& given) {
  if (!given.is_number()) return given;
  const double number = given.to_double();
  return Value::float64(type.bits == 32 ? static_cast<double>(static_cast<float>(number)) : number);
}

Value fit_decimal(const LogicalType& type, Value given) {
  const auto number = decimal_of(given);
  if (!number || !number->is_finite()) return given;
  const auto scaled = number->rescale(type.scale, value::Rounding::half_up);
  if (!scaled || *scaled != *number) return given;
  return Value::decimal(*scaled);
}

std::int64_t nanoseconds_of_step(std::uint8_t digits) {
  std::int64_t step = 1;
  for (int i = digits; i < 9; ++i) step *= 10;
  return step;
}

std::int64_t rounded(std::int64_t nanoseconds, std::uint8_t digits) {
  const std::int64_t step = nanoseconds_of_step(digits);
  const std::int64_t half = nanoseconds < 0 ? -step / 2 : step / 2;
  return (nanoseconds + half) / step * step;
}

Timestamp rounded(Timestamp at, std::uint8_t digits) {
  const std::int64_t nanoseconds = rounded(std::int64_t{at.nanoseconds}, digits);
  at.seconds += nanoseconds / value::kNanosecondsPerSecond;
  at.nanoseconds = static_cast<std::uint32_t>(nanoseconds % value::kNanosecondsPerSecond);
  return at;
}

// What its clock shows, as if that were in zone 0.
Timestamp shown(Timestamp at) {
  at.seconds += std::int64_t{at.zone_minutes} * 60;
  at.zone_minutes = 0;
  return at;
}

Value fit_instant(const LogicalType& type, Value given) {
  if (given.type() == Type::date && type.kind == Kind::datetime) {
    return Value::timestamp({.seconds = given.as_date() * value::kSecondsPerDay});
  }
  if (given.type() != Type::timestamp) return given;
  Timestamp at = given.as_timestamp();
  if (type.kind == Kind::datetime) at = shown(at);
  return Value::timestamp(rounded(at, type.precision));
}

Value fit_date(Value given) {
  if (given.type() != Type::timestamp) return given;
  const Timestamp at = shown(given.as_timestamp());
  if (at.nanoseconds != 0 || at.seconds % value::kSecondsPerDay != 0) return given;
  return Value::date(static_cast<std::int32_t>(at.seconds / value::kSecondsPerDay));
}

Value fit_time(const LogicalType& type, Value given) {
  if (given.type() != Type::time_of_day && given.type() != Type::duration) return given;
  return Value::time_of_day(rounded(given.as_nanoseconds(), type.precision));
}

bool is_time(const Value& given) {
  return given.type() == Type::timestamp || given.type() == Type::date ||
         given.type() == Type::time_of_day;
}

}  // namespace

Value fit(const LogicalType& type, Value given) {
  switch (type.kind) {
    case Kind::integer:
    case Kind::bits:
    case Kind::year: return fit_integer(std::move(given));
    case Kind::real: return fit_real(type, given);
    case Kind::decimal: return fit_decimal(type, std::move(given));
    case Kind::date: return fit_date(std::move(given));
    case Kind::datetime:
    case Kind::timestamp: return fit_instant(type, std::move(given));
    case Kind::time: return fit_time(type, std::move(given));
    default: return given;
  }
}

Why why_not(const LogicalType& type, const Value& given) {
  if (type.is_number() && given.is_number()) {
    const bool whole = type.kind != Kind::decimal && type.kind != Kind::real;
    return whole && fit_integer(given).type() == given.type() && given.type() == Type::float64
               ? Why::wrong_type
               : Why::out_of_range;
  }
  if (type.kind == Kind::text && given.is_string()) return Why::too_long;
  if (type.kind == Kind::bytes && given.type() == Type::bytes) return Why::too_long;
  if (type.is_time() && is_time(given)) {
    const Type own = type.kind == Kind::time   ? Type::time_of_day
                     : type.kind == Kind::date ? Type::date
                                               : Type::timestamp;
    return given.type() == own ? Why::out_of_range : Why::wrong_type;
  }
  return Why::wrong_type;
}

Value time_of_statement(const LogicalType& type, std::int64_t now_ns) {
  const std::int64_t step = nanoseconds_of_step(type.precision);
  const std::int64_t now = now_ns / step * step;
  return Value::timestamp(
      {.seconds = now / value::kNanosecondsPerSecond,
       .nanoseconds = static_cast<std::uint32_t>(now % value::kNanosecondsPerSecond)});
}

}  // namespace octavo::layout
