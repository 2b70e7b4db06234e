#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>

#include "dialect/sql/convert/time_text.h"

namespace octavo::sql {
namespace {

std::string fraction_of(std::int64_t nanoseconds, int precision) {
  if (precision == 0) return {};
  return fmt::format(".{:09}", nanoseconds % kSecond)
      .substr(0, static_cast<std::size_t>(precision) + 1);
}

std::string print_day(const Day& day) {
  return fmt::format("{:04}-{:02}-{:02}", day.year, day.month, day.day);
}

std::int64_t number_of_day(const Day& day) {
  return day.year * 10'000LL + day.month * 100LL + day.day;
}

}  // namespace

std::string print_date(std::int64_t day_number) { return print_day(day_of(day_number)); }

std::string print_time(std::int64_t nanoseconds, int precision) {
  const std::int64_t size = size_of_time(nanoseconds);
  const std::int64_t seconds = size / kSecond;
  return fmt::format("{}{:02}:{:02}:{:02}{}", nanoseconds < 0 ? "-" : "", seconds / 3'600,
                     seconds / 60 % 60, seconds % 60, fraction_of(size, precision));
}

std::string print_datetime(const value::Timestamp& at, int precision) {
  const DateTime parts = datetime_of(at);
  return fmt::format("{} {:02}:{:02}:{:02}{}", print_day(parts.day), parts.hour, parts.minute,
                     parts.second, fraction_of(parts.nanosecond, precision));
}

std::int64_t number_of_date(std::int64_t day_number) { return number_of_day(day_of(day_number)); }

std::int64_t number_of_time(std::int64_t nanoseconds) {
  const std::int64_t seconds = size_of_time(nanoseconds) / kSecond;
  const std::int64_t number = seconds / 3'600 * 10'000 + seconds / 60 % 60 * 100 + seconds % 60;
  return nanoseconds < 0 ? -number : number;
}

// Other protocols may store years that have no such number: the nearest that there is.
std::int64_t number_of_datetime(const value::Timestamp& at) {
  constexpr std::int64_t kMostDay = std::numeric_limits<std::int64_t>::max() / 1'000'000 - 1;
  const DateTime parts = datetime_of(at);
  const std::int64_t day = std::clamp(number_of_day(parts.day), -kMostDay, kMostDay);
  return day * 1'000'000 + parts.hour * 10'000LL + parts.minute * 100LL + parts.second;
}

int needed_precision(std::int64_t nanoseconds) {
  std::int64_t microseconds = size_of_time(nanoseconds) % kSecond / 1'000;
  int digits = microseconds == 0 ? 0 : 6;
  for (; digits > 0 && microseconds % 10 == 0; --digits) microseconds /= 10;
  return digits;
}

}  // namespace octavo::sql
