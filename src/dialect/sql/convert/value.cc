#include "dialect/sql/convert/value.h"

#include <algorithm>
#include <cmath>

#include "base/base64.h"
#include "dialect/sql/convert/json_text.h"
#include "dialect/sql/convert/time_text.h"
#include "dialect/sql/type/type.h"
#include "value/text.h"

namespace octavo::sql {
namespace {

using value::Decimal;
using value::Kind;
using value::LogicalType;
using value::Value;

// A number of whole seconds and what is below one, as a decimal: 20200131101112.500000.
Decimal with_fraction(std::int64_t number, std::int64_t nanoseconds) {
  const std::int64_t microseconds = size_of_time(nanoseconds) % kSecond / 1'000;
  constexpr int kDigits = 6;
  constexpr std::uint64_t kScale = 1'000'000;
  value::Uint256 coefficient(static_cast<std::uint64_t>(std::abs(number)));
  if (microseconds == 0) return {nanoseconds < 0, coefficient, 0};
  const bool fits = coefficient.multiply_add(kScale, static_cast<std::uint64_t>(microseconds));
  ASSERT(fits);
  return {nanoseconds < 0, coefficient, kDigits};
}

// A date or time as the number that MySQL makes of it.
std::optional<Decimal> number_of_clock(const Value& value) {
  switch (value.type()) {
    case value::Type::date: return Decimal::from_int64(number_of_date(value.as_date()));
    case value::Type::time_of_day:
      return with_fraction(number_of_time(value.as_nanoseconds()), value.as_nanoseconds());
    case value::Type::timestamp: {
      const value::Timestamp at = value.as_timestamp();
      return with_fraction(number_of_datetime(at), at.nanoseconds);
    }
    default: return std::nullopt;
  }
}

// What stands in the place of a number: of a text its characters.
std::optional<std::string_view> characters_of(const Value& value) {
  switch (value.type()) {
    case value::Type::string:
    case value::Type::symbol: return value.as_string();
    case value::Type::bytes: return value.as_bytes();
    default: return std::nullopt;
  }
}

std::string join(value::ArrayView elements) {
  std::string text;
  for (const Value& element : elements) {
    if (!text.empty()) text += ',';
    text += plain_text(element);
  }
  return text;
}

std::string text_of_integer(const Value& value) {
  if (value.type() == value::Type::boolean) return value.as_boolean() ? "1" : "0";
  return value.type() == value::Type::uint64 ? std::to_string(value.as_uint64())
                                             : std::to_string(value.as_int64());
}

std::string text_of_real(double number, const LogicalType& type) {
  if (type.precision != 0) {
    const auto decimal =
        Decimal::from_double(number).rescale(type.scale, value::Rounding::half_even);
    if (decimal) return decimal->to_plain_string();
  }
  return type.bits == 32 ? print_float(number) : print_double(number);
}

std::string with_zeros(std::string digits, std::size_t width) {
  return digits.size() >= width ? digits : std::string(width - digits.size(), '0') + digits;
}

// Zeros before an integer that is declared ZEROFILL.
std::size_t zerofill_width(const LogicalType& type) {
  if (!type.zerofill) return type.kind == Kind::year ? 4 : 0;
  return integer_width(type);
}

bool is_integer(const Value& value) {
  return value.type() == value::Type::int64 || value.type() == value::Type::uint64 ||
         value.type() == value::Type::boolean;
}

// The bytes of a BIT(n), the first first.
std::string text_of_bits(const Value& value, int bits) {
  const std::uint64_t number = value.type() == value::Type::uint64
                                   ? value.as_uint64()
                                   : static_cast<std::uint64_t>(value.to_int64().value_or(0));
  std::string text;
  for (int i = (std::max(bits, 1) + 7) / 8; i-- > 0;) {
    text += static_cast<char>(number >> (8U * static_cast<unsigned>(i)));
  }
  return text;
}

}  // namespace

Converted<double> double_of(const Value& value) {
  if (value.is_number()) return {.value = value.to_double()};
  if (value.type() == value::Type::boolean) return {.value = value.as_boolean() ? 1.0 : 0.0};
  if (const auto text = characters_of(value)) return read_double(*text);
  if (const auto number = number_of_clock(value)) return {.value = number->to_double()};
  return {.loss = Loss::bad};
}

Converted<Integer> integer_of(const Value& value, bool is_unsigned, TextAs text_as) {
  switch (value.type()) {
    case value::Type::boolean: return {.value = {.bits = value.as_boolean() ? 1ULL : 0ULL}};
    case value::Type::int64: {
      const std::int64_t number = value.as_int64();
      return {.value = {.bits = static_cast<std::uint64_t>(number), .negative = number < 0},
              .loss = is_unsigned && number < 0 ? Loss::range : Loss::none};
    }
    case value::Type::uint64:
      return {.value = {.bits = value.as_uint64()}, .loss = is_unsigned ? Loss::none : Loss::range};
    case value::Type::float64: return integer_of(value.as_float64(), is_unsigned);
    case value::Type::decimal: return integer_of(value.as_decimal(), is_unsigned);
    default: break;
  }
  if (const auto number = number_of_clock(value)) return integer_of(*number, is_unsigned);
  const auto text = characters_of(value);
  if (!text) return {.loss = Loss::bad};
  if (text_as == TextAs::digits) return read_integer(*text);
  const Converted<Decimal> number = read_decimal(*text);
  Converted<Integer> integer = integer_of(number.value, is_unsigned);
  if (integer.loss == Loss::none) integer.loss = number.loss;
  return integer;
}

Converted<Decimal> decimal_of(const Value& value) {
  switch (value.type()) {
    case value::Type::boolean: return {.value = Decimal::from_int64(value.as_boolean() ? 1 : 0)};
    case value::Type::int64: return {.value = Decimal::from_int64(value.as_int64())};
    case value::Type::uint64: return {.value = Decimal::from_uint64(value.as_uint64())};
    case value::Type::float64: return decimal_of(value.as_float64());
    case value::Type::decimal: return fit_decimal(value.as_decimal());
    default: break;
  }
  if (const auto number = number_of_clock(value)) return {.value = *number};
  const auto text = characters_of(value);
  return text ? read_decimal(*text) : Converted<Decimal>{.loss = Loss::bad};
}

std::string text_of(const Value& value, const LogicalType& type) {
  switch (type.kind) {
    case Kind::integer:
    case Kind::year:
      if (is_integer(value)) return with_zeros(text_of_integer(value), zerofill_width(type));
      break;
    case Kind::real:
      if (value.type() == value::Type::float64) return text_of_real(value.as_float64(), type);
      break;
    case Kind::bits:
      if (is_integer(value)) return text_of_bits(value, type.bits);
      break;
    case Kind::time:
      if (value.type() == value::Type::time_of_day) {
        return print_time(value.as_nanoseconds(), type.precision);
      }
      break;
    case Kind::datetime:
    case Kind::timestamp:
      if (value.type() == value::Type::timestamp) {
        return print_datetime(value.as_timestamp(), type.precision);
      }
      break;
    case Kind::set:
      if (value.is_array()) return join(value.as_array());
      break;
    case Kind::json: return print_json(value);
    default: break;
  }
  return plain_text(value);
}

std::string plain_text(const Value& value) {
  switch (value.type()) {
    case value::Type::boolean:
    case value::Type::int64:
    case value::Type::uint64: return text_of_integer(value);
    case value::Type::float64: return print_double(value.as_float64());
    case value::Type::decimal: return value.as_decimal().to_plain_string();
    case value::Type::string:
    case value::Type::symbol: return std::string(value.as_string());
    case value::Type::bytes: return std::string(value.as_bytes());
    case value::Type::date: return print_date(value.as_date());
    case value::Type::time_of_day:
      return print_time(value.as_nanoseconds(), needed_precision(value.as_nanoseconds()));
    case value::Type::timestamp: {
      const value::Timestamp at = value.as_timestamp();
      return print_datetime(at, needed_precision(at.nanoseconds));
    }
    case value::Type::uuid:
    case value::Type::object_id: return value::text_of(value);
    default: return print_json(value);
  }
}

Converted<value::Timestamp> instant_of_value(const Value& value, SqlMode mode, std::int64_t today) {
  switch (value.type()) {
    case value::Type::date:
      return {.value = {.seconds = std::int64_t{value.as_date()} * (kDay / kSecond)}};
    case value::Type::timestamp: return {.value = value.as_timestamp()};
    case value::Type::time_of_day: {
      const std::int64_t time = value.as_nanoseconds();
      const std::int64_t rest = ((time % kSecond) + kSecond) % kSecond;
      return {.value = {.seconds = today * (kDay / kSecond) + (time - rest) / kSecond,
                        .nanoseconds = static_cast<std::uint32_t>(rest)}};
    }
    default: break;
  }
  if (const auto text = characters_of(value)) {
    const Converted<ReadDateTime> read = read_datetime(*text, mode);
    return {.value = timestamp_of(read.value.at), .loss = read.loss};
  }
  const Converted<Decimal> number = decimal_of(value);
  if (number.loss != Loss::none || number.value.is_negative()) return {.loss = Loss::bad};
  const auto whole = number.value.rescale(0, value::Rounding::down);
  const auto digits = whole ? whole->to_int64() : std::nullopt;
  if (!digits) return {.loss = Loss::bad};
  const Converted<DateTime> at = datetime_of_number(*digits, mode);
  if (at.loss != Loss::none) return {.loss = at.loss};
  value::Timestamp instant = timestamp_of(at.value);
  // What stands behind the point is a part of the second.
  const auto fraction = value::subtract(number.value, *whole);
  if (fraction) {
    const double below = fraction->to_double() * static_cast<double>(kSecond);
    instant.nanoseconds =
        static_cast<std::uint32_t>(std::clamp(std::rint(below), 0.0, 999'999'999.0));
  }
  return {.value = instant};
}

Converted<std::int64_t> time_of_value(const Value& value, SqlMode mode) {
  switch (value.type()) {
    case value::Type::time_of_day: return {.value = value.as_nanoseconds()};
    case value::Type::date: return {.value = 0};
    case value::Type::timestamp: return {.value = time_of(datetime_of(value.as_timestamp()))};
    default: break;
  }
  if (const auto text = characters_of(value)) return read_time(*text, mode);
  const Converted<Decimal> number = decimal_of(value);
  if (number.loss == Loss::bad) return {.loss = Loss::bad};
  const auto whole = number.value.rescale(0, value::Rounding::down);
  const Converted<Integer> digits = whole ? integer_of(*whole, false) : Converted<Integer>{};
  Converted<std::int64_t> time = time_of_number(static_cast<std::int64_t>(digits.value.bits));
  if (time.loss != Loss::none || !whole) return time;
  const auto fraction = value::subtract(number.value, *whole);
  if (fraction) {
    time.value +=
        static_cast<std::int64_t>(std::rint(fraction->to_double() * static_cast<double>(kSecond)));
  }
  return time;
}

Value json_of(const Value& value) { return value.is_null() ? Value::undefined() : value; }

}  // namespace octavo::sql
