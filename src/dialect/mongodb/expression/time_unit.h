#pragma once

// Units of time and days of the week, as arguments of date operators name them.

#include <cstdint>
#include <string_view>

#include "base/result.h"
#include "dialect/mongodb/expression/operation.h"

namespace octavo::mongodb {

enum class TimeUnit : std::uint8_t {
  year,
  quarter,
  month,
  week,
  day,
  hour,
  minute,
  second,
  millisecond,
};

// 5439013 for what is no string, failed_to_parse for an unknown one.
Result<TimeUnit> read_time_unit(const value::Value& unit);
std::string_view name_of(TimeUnit unit);
// Of week and smaller ones; months have no fixed length.
std::int64_t millis_of_unit(TimeUnit unit);
// Of year, quarter and month.
std::int64_t months_of_unit(TimeUnit unit);
constexpr bool has_fixed_length(TimeUnit unit) { return unit > TimeUnit::month; }

// 1 Monday … 7 Sunday. 5439015 for what is no string, 5439016 for an unknown one.
Result<int> read_day_of_week(const value::Value& day);

}  // namespace octavo::mongodb
