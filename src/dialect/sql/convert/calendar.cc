#include "dialect/sql/convert/calendar.h"

#include <algorithm>
#include <array>

#include "value/datetime.h"

namespace octavo::sql {
namespace {

// Of 0000-00-00. The others follow by their parts, below every date.
constexpr std::int64_t kNoDate = -10'000'000;
constexpr std::int64_t kMonthStep = 32, kYearStep = 13 * kMonthStep;
constexpr std::int64_t kLastNoDate = kNoDate + (kMostYear + 1) * kYearStep;

constexpr std::array<std::int64_t, 10> kSteps = {
    1'000'000'000, 100'000'000, 10'000'000, 1'000'000, 100'000, 10'000, 1'000, 100, 10, 1};

std::int64_t step_of(int precision) {
  return kSteps[static_cast<std::size_t>(std::clamp(precision, 0, 9))];
}

}  // namespace

bool is_date(const Day& day) {
  return day.year >= 0 && day.year <= kMostYear && day.month >= 1 && day.month <= 12 &&
         day.day >= 1 && day.day <= value::days_in_month(day.year, day.month);
}

bool is_allowed(const Day& day, SqlMode mode) {
  if (day.year < 0 || day.year > kMostYear || day.month < 0 || day.month > 12 || day.day < 0 ||
      day.day > 31) {
    return false;
  }
  if (day.is_zero()) return (mode & sql_mode::kNoZeroDate) == 0;
  if (day.month == 0 || day.day == 0) return (mode & sql_mode::kNoZeroInDate) == 0;
  return is_date(day) || (mode & sql_mode::kAllowInvalidDates) != 0;
}

std::int64_t day_number(const Day& day) {
  if (!is_date(day)) return kNoDate + day.year * kYearStep + day.month * kMonthStep + day.day;
  return value::days_from_civil({.year = day.year, .month = day.month, .day = day.day});
}

bool is_date_number(std::int64_t number) { return number >= kLastNoDate; }

Day day_of(std::int64_t number) {
  if (is_date_number(number)) {
    const value::CivilDate date = value::civil_from_days(number);
    return {.year = static_cast<int>(date.year), .month = date.month, .day = date.day};
  }
  const std::int64_t parts = std::max<std::int64_t>(number - kNoDate, 0);
  return {.year = static_cast<int>(parts / kYearStep),
          .month = static_cast<int>(parts % kYearStep / kMonthStep),
          .day = static_cast<int>(parts % kMonthStep)};
}

std::int64_t time_of(const DateTime& at) {
  return (at.hour * 3'600LL + at.minute * 60LL + at.second) * kSecond + at.nanosecond;
}

value::Timestamp timestamp_of(const DateTime& at) {
  return {.seconds = day_number(at.day) * value::kSecondsPerDay + time_of(at) / kSecond,
          .nanoseconds = at.nanosecond};
}

std::int64_t datetime_day(const value::Timestamp& at) {
  const std::int64_t days = at.seconds / value::kSecondsPerDay;
  return at.seconds % value::kSecondsPerDay < 0 ? days - 1 : days;
}

DateTime datetime_of(const value::Timestamp& at) {
  const std::int64_t days = datetime_day(at);
  const std::int64_t rest = at.seconds - days * value::kSecondsPerDay;
  return {.day = day_of(days),
          .hour = static_cast<int>(rest / 3'600),
          .minute = static_cast<int>(rest / 60 % 60),
          .second = static_cast<int>(rest % 60),
          .nanosecond = at.nanoseconds};
}

bool in_range(const value::Timestamp& at) {
  const Day day = datetime_of(at).day;
  return day.year >= 0 && day.year <= kMostYear;
}

std::int64_t round_time(std::int64_t nanoseconds, int precision, SqlMode mode) {
  const std::int64_t step = step_of(precision);
  const std::int64_t rest = nanoseconds % step;
  const std::int64_t cut = nanoseconds - rest;
  if ((mode & sql_mode::kTimeTruncateFractional) != 0 || std::abs(rest) * 2 < step) return cut;
  return rest < 0 ? cut - step : cut + step;
}

Converted<value::Timestamp> round_instant(const value::Timestamp& at, int precision, SqlMode mode) {
  const std::int64_t rounded = round_time(at.nanoseconds, precision, mode);
  const value::Timestamp result{.seconds = at.seconds + rounded / kSecond,
                                .nanoseconds = static_cast<std::uint32_t>(rounded % kSecond),
                                .zone_minutes = at.zone_minutes};
  return {.value = result, .loss = in_range(result) ? Loss::none : Loss::range};
}

}  // namespace octavo::sql
