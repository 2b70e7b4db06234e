#pragma once

// Dates and times as texts and numbers.

#include <optional>
#include <string>
#include <string_view>

#include "dialect/sql/convert/calendar.h"

namespace octavo::sql {

struct ReadDateTime {
  DateTime at;
  bool has_time = false;                     // not the date alone
  int precision = 0;                         // digits of the second that were written, at most 9
  std::optional<std::int16_t> zone_minutes;  // an offset from UTC stood behind it
};

// '2020-01-31 10:11:12.5', '20200131101112', '2020-1-31', '20-1-31T10:11', …; any punctuation
// parts. `bad`: it is none, or a day that the modes do not allow; `cut`: something stood behind it.
Converted<ReadDateTime> read_datetime(std::string_view text, SqlMode mode);
// 20200131101112, 20200131, 200131.
Converted<DateTime> datetime_of_number(std::int64_t number, SqlMode mode);

// Nanoseconds, as TIME has them: '10:11:12.5', '-1 10:11', '101112', or the time of a date and
// time. `range`: beyond ±838:59:59, which it then is.
Converted<std::int64_t> read_time(std::string_view text, SqlMode mode, int* precision = nullptr);
Converted<std::int64_t> time_of_number(std::int64_t number);

// With so many digits of the second.
std::string print_date(std::int64_t day_number);
std::string print_time(std::int64_t nanoseconds, int precision);
std::string print_datetime(const value::Timestamp& at, int precision);

// 20200131, 101112, 20200131101112: without what is below a second.
std::int64_t number_of_date(std::int64_t day_number);
std::int64_t number_of_time(std::int64_t nanoseconds);
std::int64_t number_of_datetime(const value::Timestamp& at);

// Digits of the second, at most 6, that its value needs.
int needed_precision(std::int64_t nanoseconds);

}  // namespace octavo::sql
