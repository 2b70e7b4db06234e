#pragma once

// Values as texts in MySQL's notation, appended.

#include <cstdint>

#include "base/bytes.h"
#include "value/column_type.h"

namespace octavo::mysql {

constexpr std::uint8_t kMaxTimeDigits = 6;

void put_integer_text(Bytes& out, std::int64_t number);
void put_integer_text(Bytes& out, std::uint64_t number);
void put_decimal_text(Bytes& out, value::Int128 number, std::uint8_t scale);
// The shortest that reads back; as of 1e15, and below 1e-5, with an exponent.
void put_double_text(Bytes& out, double number);
void put_float_text(Bytes& out, float number);  // six digits
void put_fixed_text(Bytes& out, double number, std::uint8_t decimals);

// A day and a time of it, to be shown with `digits` digits of the second.
struct WallTime {
  std::int64_t days = 0;         // since 1970-01-01
  std::int64_t nanoseconds = 0;  // of the day
};
WallTime to_wall_time(const value::Timestamp& instant);  // in the zone that it carries

void put_date_text(Bytes& out, std::int64_t days);
void put_datetime_text(Bytes& out, const WallTime& time, std::uint8_t digits);
// Of any length and sign, hours beyond the day.
void put_time_text(Bytes& out, std::int64_t nanoseconds, std::uint8_t digits);

}  // namespace octavo::mysql
