#include "value/datetime.h"

#include <cmath>

#include "base/assert.h"

namespace octavo::value {
namespace {

std::int64_t floor_divide(std::int64_t a, std::int64_t b) {
  return a / b - (a % b != 0 && (a < 0) != (b < 0) ? 1 : 0);
}

// Days before each month in a year that begins with March, so that the leap day comes last.
// Month index 0 is March; (153 m + 2) / 5 gives 0, 31, 61, 92, …
std::int64_t days_before_month(int march_month) { return (153 * march_month + 2) / 5; }

constexpr std::int64_t kDaysPerEra = 146'097;          // 400 years
constexpr std::int64_t kEpochFromMarchZero = 719'468;  // 0000-03-01 to 1970-01-01

}  // namespace

bool is_leap_year(std::int64_t year) {
  return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

int days_in_month(std::int64_t year, int month) {
  constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  ASSERT(month >= 1 && month <= 12);
  return month == 2 && is_leap_year(year) ? 29 : kDays[month - 1];
}

bool is_valid(const CivilDate& date) {
  constexpr std::int64_t kYearLimit = 1'000'000'000;
  return date.year > -kYearLimit && date.year < kYearLimit && date.month >= 1 && date.month <= 12 &&
         date.day >= 1 && date.day <= days_in_month(date.year, date.month);
}

// Counting in eras of 400 years that start on 1 March (the method is described in H. Hinnant,
// "chrono-compatible low-level date algorithms").
std::int64_t days_from_civil(const CivilDate& date) {
  const std::int64_t year = date.month <= 2 ? date.year - 1 : date.year;
  const int march_month = (date.month + 9) % 12;
  const std::int64_t era = floor_divide(year, 400);
  const std::int64_t year_of_era = year - era * 400;
  const std::int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 +
                                  days_before_month(march_month) + date.day - 1;
  return era * kDaysPerEra + day_of_era - kEpochFromMarchZero;
}

CivilDate civil_from_days(std::int64_t days) {
  const std::int64_t shifted = days + kEpochFromMarchZero;
  const std::int64_t era = floor_divide(shifted, kDaysPerEra);
  const std::int64_t day_of_era = shifted - era * kDaysPerEra;
  const std::int64_t year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const std::int64_t day_of_year =
      day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const auto march_month = static_cast<int>((5 * day_of_year + 2) / 153);
  CivilDate date;
  date.day = static_cast<int>(day_of_year - days_before_month(march_month)) + 1;
  date.month = march_month < 10 ? march_month + 3 : march_month - 9;
  date.year = year_of_era + era * 400 + (date.month <= 2 ? 1 : 0);
  return date;
}

int day_of_week(std::int64_t days) {
  const std::int64_t shifted = days + 3;  // 1970-01-01 was a Thursday
  return static_cast<int>(shifted - floor_divide(shifted, 7) * 7) + 1;
}

int day_of_year(const CivilDate& date) {
  return static_cast<int>(days_from_civil(date) - days_from_civil({date.year, 1, 1})) + 1;
}

IsoWeek iso_week(std::int64_t days) {
  // The year of a week is the year of its Thursday.
  const std::int64_t thursday = days - day_of_week(days) + 4;
  const CivilDate date = civil_from_days(thursday);
  return {date.year, (day_of_year(date) - 1) / 7 + 1};
}

CivilTime to_civil(const Timestamp& timestamp) {
  const std::int64_t zone_seconds = std::int64_t{timestamp.zone_minutes} * 60;
  // Split before shifting, and from the remainder: near the ends of 64 bits neither the sum nor
  // days * kSecondsPerDay need fit.
  std::int64_t days = floor_divide(timestamp.seconds, kSecondsPerDay);
  std::int64_t seconds = timestamp.seconds % kSecondsPerDay;
  if (seconds < 0) seconds += kSecondsPerDay;
  seconds += zone_seconds;
  const std::int64_t carry = floor_divide(seconds, kSecondsPerDay);
  days += carry;
  seconds -= carry * kSecondsPerDay;
  CivilTime civil;
  civil.date = civil_from_days(days);
  civil.hour = static_cast<int>(seconds / 3600);
  civil.minute = static_cast<int>(seconds / 60 % 60);
  civil.second = static_cast<int>(seconds % 60);
  civil.nanosecond = timestamp.nanoseconds;
  civil.zone_minutes = timestamp.zone_minutes;
  return civil;
}

Timestamp from_civil(const CivilTime& civil) {
  const std::int64_t seconds = days_from_civil(civil.date) * kSecondsPerDay +
                               std::int64_t{civil.hour} * 3600 + civil.minute * 60 + civil.second -
                               std::int64_t{civil.zone_minutes} * 60;
  return {seconds, civil.nanosecond, civil.zone_minutes};
}

}  // namespace octavo::value
