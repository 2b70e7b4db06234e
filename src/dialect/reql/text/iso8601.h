#pragma once

// Calendar times as text (ISO 8601) and as parts, with ReQL's limits and messages.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "value/value.h"

namespace octavo::reql {

// A time in its own zone.
struct Calendar {
  int year = 0;
  unsigned month = 0;          // 1 … 12
  unsigned day = 0;            // 1 … 31
  unsigned day_of_week = 0;    // 1 is Monday
  unsigned day_of_year = 0;    // 1 … 366
  std::int64_t day_start = 0;  // seconds since 1970 at local midnight, in UTC
  unsigned second_of_day = 0;
  unsigned millisecond = 0;
};

// «Error in time logic: …» outside the years 1400 to 10000.
Result<Calendar> calendar_of(const value::Timestamp& at);

struct CalendarParts {
  std::int64_t year = 1970;
  std::int64_t month = 1;
  std::int64_t day = 1;
  std::int64_t hours = 0;  // hours and minutes may be any number: they are added
  std::int64_t minutes = 0;
  double seconds = 0.0;
};
Result<value::Timestamp> time_of_parts(const CalendarParts& parts, std::int16_t zone_minutes);

// "+07:00", "-0730", "+07" or "Z" as minutes east of UTC, with a message for each way to be wrong.
Result<std::int16_t> checked_zone(std::string_view text);

// `default_zone` is for texts without one; empty: there is none.
Result<value::Timestamp> parse_iso8601(std::string_view text, std::string_view default_zone);
Result<std::string> format_iso8601(const value::Timestamp& at);

}  // namespace octavo::reql
