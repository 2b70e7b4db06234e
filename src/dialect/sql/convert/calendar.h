#pragma once

// Days and times of day as MySQL has them: the years 0 to 9999, and days that are no dates
// (0000-00-00, 2020-01-00), which are values of their own below all dates.

#include <cstdint>
#include <limits>

#include "dialect/sql/convert/loss.h"
#include "dialect/sql/type/sql_mode.h"
#include "value/value.h"

namespace octavo::sql {

struct Day {
  int year = 0;
  int month = 0;
  int day = 0;

  bool is_zero() const { return year == 0 && month == 0 && day == 0; }
  friend bool operator==(const Day&, const Day&) = default;
};

struct DateTime {
  Day day;
  int hour = 0;
  int minute = 0;
  int second = 0;
  std::uint32_t nanosecond = 0;
};

constexpr std::int64_t kSecond = 1'000'000'000;  // in nanoseconds

// How long a TIME is, without its sign. Other protocols may store any number of nanoseconds, also
// the least, whose opposite there is not.
constexpr std::int64_t size_of_time(std::int64_t nanoseconds) {
  if (nanoseconds == std::numeric_limits<std::int64_t>::min()) {
    return std::numeric_limits<std::int64_t>::max();
  }
  return nanoseconds < 0 ? -nanoseconds : nanoseconds;
}
constexpr std::int64_t kDay = 86'400 * kSecond;
constexpr std::int64_t kMostTime = (838 * 3'600LL + 59 * 60 + 59) * kSecond;
constexpr int kMostYear = 9'999;

// Whether it is a date of the calendar.
bool is_date(const Day& day);
// Whether it may stand for a day at all: its parts are in range, and by the modes it may be no
// date.
bool is_allowed(const Day& day, SqlMode mode);

// As documents hold it; a day that is no date has a number below those of all dates.
std::int64_t day_number(const Day& day);
Day day_of(std::int64_t number);
// Whether the number is that of a date.
bool is_date_number(std::int64_t number);

value::Timestamp timestamp_of(const DateTime& at);
DateTime datetime_of(const value::Timestamp& at);  // as its clock shows it at zone 0
// The number of its day.
std::int64_t datetime_day(const value::Timestamp& at);
// Nanoseconds since midnight.
std::int64_t time_of(const DateTime& at);
// Whether `at` is within what DATETIME has: a day that is no date, or the years 0 to 9999.
bool in_range(const value::Timestamp& at);

// To so many digits of the second, half up; or cut, where the mode says so.
std::int64_t round_time(std::int64_t nanoseconds, int precision, SqlMode mode = 0);
// `range`: beyond 9999-12-31.
Converted<value::Timestamp> round_instant(const value::Timestamp& at, int precision,
                                          SqlMode mode = 0);

}  // namespace octavo::sql
