// Dates and times made of numbers, and numbers of them; time zones.

#include <algorithm>
#include <cstdlib>

#include "dialect/sql/convert/time_text.h"
#include "dialect/sql/convert/zone.h"
#include "dialect/sql/function/named.h"
#include "dialect/sql/function/named_numbers.h"
#include "dialect/sql/function/time_arguments.h"
#include "dialect/sql/function/time_format.h"
#include "value/datetime.h"

namespace octavo::sql {
namespace {

using value::Decimal;
using value::Timestamp;
using value::Value;

enum Operation : std::uint16_t {
  kFromDays = operation_block::kTime + 80,  // (integer)
  kMakeDate,                                // (year, day of the year)
  kMakeTime,                                // (hour, minute, decimal seconds)
  kSecToTime,                               // (decimal)
  kFromUnixTime,                            // (decimal, zone) → datetime
  kUnixTime,                                // (datetime, zone) → integer
  kUnixTimeDecimal,                         // (datetime, zone, digits) → decimal
  kConvertZone,                             // (datetime, zone, zone)
};

// The last second of 3001-01-18, which is the last one that MySQL has.
constexpr std::int64_t kMostUnixTime = 32'536'771'199;

Result<Value> from_days(const SingleCall&, Args args) {
  TRY(const std::int64_t days, integer_at(args, 0));
  constexpr std::int64_t kLeast = 366;
  constexpr std::int64_t kMost = 3'652'424;
  if (days < kLeast || days > kMost) return date_value(Day{});
  return date_value(days - kDaysBefore1970);
}

Result<Value> make_date(const SingleCall&, Args args) {
  TRY(std::int64_t year, integer_at(args, 0));
  TRY(const std::int64_t day, integer_at(args, 1));
  if (year < 0 || year > kMostYear || day <= 0) return Value();
  if (year < 100) year += year < 70 ? 2'000 : 1'900;
  const std::int64_t first = value::days_from_civil({.year = year, .month = 1, .day = 1});
  constexpr std::int64_t kLastDay = 2'932'896;
  if (day > kLastDay - first + 1) return Value();
  return date_value(first + day - 1);
}

// A decimal of seconds as nanoseconds; the greatest where there are more than any time has.
std::int64_t nanoseconds_of(const Decimal& seconds) {
  constexpr std::int64_t kMost = 100'000'000 * kSecond;
  const auto scaled = seconds.rescale(9, value::Rounding::half_up);
  if (scaled) {
    const Decimal whole(scaled->is_negative(), scaled->coefficient(), 0);
    if (const auto number = whole.to_int64()) return std::clamp(*number, -kMost, kMost);
  }
  return seconds.is_negative() ? -kMost : kMost;
}

Value limited_time(const SingleCall& call, std::int64_t time, std::string_view shown) {
  if (time >= -kMostTime && time <= kMostTime) return Value::time_of_day(time);
  warn(call.context, error<1292>("time", shown).error());
  return Value::time_of_day(time < 0 ? -kMostTime : kMostTime);
}

Result<Value> make_time(const SingleCall& call, Args args) {
  TRY(const std::int64_t hour, integer_at(args, 0));
  TRY(const std::int64_t minute, integer_at(args, 1));
  TRY(const Decimal second, decimal_at(args, 2));
  const std::int64_t nanoseconds = nanoseconds_of(second);
  if (minute < 0 || minute > 59 || nanoseconds < 0 || nanoseconds >= 60 * kSecond) return Value();
  constexpr std::int64_t kMostHours = 100'000;
  const std::int64_t hours = std::clamp(hour, -kMostHours, kMostHours);
  const std::int64_t size = (std::abs(hours) * 3'600 + minute * 60) * kSecond + nanoseconds;
  const std::int64_t time = hours < 0 ? -size : size;
  return limited_time(call, time, print_time(time, 0));
}

Result<Value> sec_to_time(const SingleCall& call, Args args) {
  TRY(const Decimal seconds, decimal_at(args, 0));
  return limited_time(call, nanoseconds_of(seconds), seconds.to_plain_string());
}

Result<const Zone*> zone_at(Args args, std::size_t i) {
  TRY(const std::string_view name, text_at(args, i));
  return find_zone(name);
}

Result<Value> from_unix_time(const SingleCall&, Args args) {
  TRY(const Decimal seconds, decimal_at(args, 0));
  TRY(const Zone* zone, zone_at(args, 1));
  const auto rounded = seconds.rescale(6, value::Rounding::half_up);
  if (zone == nullptr || !rounded || rounded->is_negative()) return Value();
  const Decimal whole(false, rounded->coefficient(), 0);
  const auto microseconds = whole.to_int64();
  if (!microseconds || *microseconds / 1'000'000 > kMostUnixTime) return Value();
  const Timestamp instant{
      .seconds = *microseconds / 1'000'000,
      .nanoseconds = static_cast<std::uint32_t>(*microseconds % 1'000'000 * 1'000)};
  return Value::timestamp(local_time(*zone, instant));
}

// Decimal seconds since 1970 with six digits; zero for what is before it or beyond the last second.
Result<Decimal> unix_time_of(Args args) {
  TRY(const Timestamp local, datetime_at(args, 0));
  TRY(const Zone* zone, zone_at(args, 1));
  if (zone == nullptr) return wrong_form();
  Timestamp at = local;
  if (is_date_number(datetime_day(local))) at = instant_of(*zone, local).at;
  if (at.seconds < 0 || at.seconds > kMostUnixTime) return Decimal(false, {}, 6);
  const auto microseconds =
      static_cast<std::uint64_t>(at.seconds) * 1'000'000 + at.nanoseconds / 1'000;
  return Decimal(false, value::Uint256(microseconds), 6);
}

Result<Value> unix_time(const SingleCall&, Args args) {
  TRY(const Decimal seconds, unix_time_of(args));
  TRY(const Decimal whole, seconds.rescale(0, value::Rounding::down));
  return integer(whole.to_int64().value_or(0));
}

Result<Value> unix_time_decimal(const SingleCall&, Args args) {
  TRY(const std::int64_t digits, integer_at(args, 2));
  TRY(const Decimal seconds, unix_time_of(args));
  const auto scale = static_cast<int>(std::clamp<std::int64_t>(digits, 0, kMaxTimePrecision));
  TRY(const Decimal rounded, seconds.rescale(scale, value::Rounding::down));
  return Value::decimal(rounded);
}

// Null for zones that are not known. What is outside of TIMESTAMP's range stays as it is.
Result<Value> convert_zone(const SingleCall&, Args args) {
  TRY(const Timestamp local, datetime_at(args, 0));
  TRY(const Zone* from, zone_at(args, 1));
  TRY(const Zone* to, zone_at(args, 2));
  if (from == nullptr || to == nullptr || !is_date_number(datetime_day(local))) return Value();
  const Timestamp instant = instant_of(*from, local).at;
  if (instant.seconds <= 0 || instant.seconds > kMostUnixTime) return Value::timestamp(local);
  return Value::timestamp(local_time(*to, instant));
}

constexpr OperationRow kOperations[] = {
    strict(kFromDays, "sql.from_days", 1, from_days),
    strict(kMakeDate, "sql.makedate", 2, make_date),
    strict(kMakeTime, "sql.maketime", 3, make_time),
    strict(kSecToTime, "sql.sec_to_time", 1, sec_to_time),
    strict(kFromUnixTime, "sql.from_unixtime", 2, from_unix_time),
    strict(kUnixTime, "sql.unix_timestamp", 2, unix_time),
    strict(kUnixTimeDecimal, "sql.unix_timestamp_decimal", 3, unix_time_decimal, "unix_timestamp"),
    strict(kConvertZone, "sql.convert_tz", 3, convert_zone),
};

Value zone_constant(const CallBinder& call) { return Value::string(call.session().time_zone); }

Result<Typed> bind_from_days(CallBinder& call) {
  TRY_STATUS(call.to_integer(0));
  return call.make(kFromDays, never_null(date_type()));
}

Result<Typed> bind_makedate(CallBinder& call) {
  TRY_STATUS(call.to_integer(0));
  TRY_STATUS(call.to_integer(1));
  return call.make(kMakeDate, date_type());
}

// Digits of a number of seconds, of those that a time has.
int second_digits(const Type& type) { return std::min<int>(type.decimals, kMaxTimePrecision); }

Status to_seconds(CallBinder& call, std::size_t i) {
  return call.convert(i, decimal_type(kMaxDecimalPrecision, 9));
}

Result<Typed> bind_maketime(CallBinder& call) {
  const int digits = second_digits(call.type(2));
  TRY_STATUS(call.to_integer(0));
  TRY_STATUS(call.to_integer(1));
  TRY_STATUS(to_seconds(call, 2));
  return call.make(kMakeTime, time_type(digits));
}

Result<Typed> bind_sec_to_time(CallBinder& call) {
  const int digits = second_digits(call.type(0));
  TRY_STATUS(to_seconds(call, 0));
  return call.make(kSecToTime, never_null(time_type(digits)));
}

// FROM_UNIXTIME(x [, format])
Result<Typed> bind_from_unixtime(CallBinder& call) {
  const int digits = second_digits(call.type(0));
  TRY_STATUS(to_seconds(call, 0));
  Typed zone{algebra::constant(zone_constant(call)), never_null(session_text(call, 64))};
  Typed at = call.make_of(kFromUnixTime, {call[0], std::move(zone)}, datetime_type(digits));
  if (call.size() == 1) return at;
  CallBinder formatted(call.name(), {{.value = std::move(at)}, call.argument(1)}, call.context());
  return bind_date_format(formatted);
}

Result<Typed> bind_unix_timestamp(CallBinder& call) {
  if (call.size() == 0) {
    return Typed{algebra::constant(integer(call.session().now_ns / kSecond)),
                 never_null(big_integer(false, 11))};
  }
  // Of a text or a number it shows what its fraction needs.
  const Type& type = call.type(0);
  const int digits = type.is_time()      ? type.logical->precision
                     : type.is_integer() ? 0
                                         : kMaxTimePrecision;
  TRY_STATUS(call.to_datetime(0));
  if (digits == 0) return call.make(kUnixTime, never_null(big_integer()), {zone_constant(call)});
  return call.make(kUnixTimeDecimal, never_null(decimal_type(11 + digits, digits)),
                   {zone_constant(call), integer(digits)});
}

Result<Typed> bind_convert_tz(CallBinder& call) {
  const int digits = call.type(0).is_time() ? call.type(0).logical->precision : kMaxTimePrecision;
  TRY_STATUS(call.to_datetime(0));
  TRY_STATUS(call.to_text(1));
  TRY_STATUS(call.to_text(2));
  return call.make(kConvertZone, datetime_type(digits));
}

constexpr NameRow kNames[] = {
    {"CONVERT_TZ", 3, 3, bind_convert_tz},
    {"FROM_DAYS", 1, 1, bind_from_days},
    {"FROM_UNIXTIME", 1, 2, bind_from_unixtime},
    {"MAKEDATE", 2, 2, bind_makedate},
    {"MAKETIME", 3, 3, bind_maketime},
    {"SEC_TO_TIME", 1, 1, bind_sec_to_time},
    {"UNIX_TIMESTAMP", 0, 1, bind_unix_timestamp},
};

}  // namespace

std::span<const OperationRow> time_make_operations() { return kOperations; }
std::span<const NameRow> time_make_names() { return kNames; }

}  // namespace octavo::sql
