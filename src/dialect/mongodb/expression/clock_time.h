#pragma once

// Instants as clocks of a zone show them, and back; and what date operators take as a date.

#include <cstdint>

#include "base/result.h"
#include "dialect/mongodb/expression/operation.h"
#include "dialect/mongodb/expression/zone.h"
#include "value/datetime.h"

namespace octavo::mongodb {

constexpr std::int64_t kMillisPerSecond = 1'000;
constexpr std::int64_t kMillisPerMinute = 60 * kMillisPerSecond;
constexpr std::int64_t kMillisPerHour = 60 * kMillisPerMinute;
constexpr std::int64_t kMillisPerDay = 24 * kMillisPerHour;

struct ClockTime {
  std::int64_t days = 0;  // since 1970-01-01
  value::CivilDate date;
  int hour = 0;
  int minute = 0;
  int second = 0;
  int millisecond = 0;
  std::int64_t offset = 0;  // milliseconds east of UTC

  std::int64_t millis_of_day() const;
};

ClockTime clock_time(std::int64_t utc_millis, const Zone& zone);
// Milliseconds as a clock counts them, in no zone.
std::int64_t local_millis(std::int64_t utc_millis, const Zone& zone);

// Rounds down, unlike `/`.
constexpr std::int64_t floor_divide(std::int64_t a, std::int64_t b) {
  const std::int64_t quotient = a / b;
  return a % b != 0 && ((a < 0) != (b < 0)) ? quotient - 1 : quotient;
}

// Milliseconds of a date, a timestamp or an ObjectId; 16006 for others. Not for null.
Result<std::int64_t> millis_of_date(const value::Value& value);
bool is_date_like(const Item& item);
// The zone an argument names, UTC where it was not given; null where it is null. 40517 for what is
// no string.
Result<const Zone*> read_zone(const OperationCall& call, std::span<const Item> arguments,
                              std::size_t i);

}  // namespace octavo::mongodb
