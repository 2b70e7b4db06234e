#pragma once

// Arguments that are dates and times.

#include "dialect/sql/convert/calendar.h"
#include "dialect/sql/function/arguments.h"

namespace octavo::sql {

// Those that SQL has: of the years 0 to 9999, and times up to 838:59:59.

// The number of a day: of a date, or of a date and time.
Result<std::int64_t> day_number_at(Args args, std::size_t i);
Result<value::Timestamp> datetime_at(Args args, std::size_t i);
// Nanoseconds.
Result<std::int64_t> time_at(Args args, std::size_t i);

// Of a day that is in range.
value::Value date_value(const Day& day);
inline value::Value date_value(std::int64_t day_number) {
  return value::Value::date(static_cast<std::int32_t>(day_number));
}

// MySQL counts days from a year 0 that began so many days before 1970.
constexpr std::int64_t kDaysBefore1970 = 719'528;

}  // namespace octavo::sql
