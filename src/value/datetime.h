#pragma once

// Calendar arithmetic and ISO 8601 text, shared by all protocols. The calendar is the proleptic
// Gregorian one with a year 0; days have 86 400 seconds (POSIX time, no leap seconds).

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "value/value.h"

namespace octavo::value {

constexpr std::int64_t kSecondsPerDay = 86'400;
constexpr std::int64_t kNanosecondsPerSecond = 1'000'000'000;
constexpr int kMaxZoneMinutes = 23 * 60 + 59;

struct CivilDate {
  std::int64_t year = 1970;
  int month = 1;  // 1 .. 12
  int day = 1;    // 1 .. 31

  friend bool operator==(const CivilDate&, const CivilDate&) = default;
};

bool is_leap_year(std::int64_t year);
int days_in_month(std::int64_t year, int month);
bool is_valid(const CivilDate& date);
// Days since 1970-01-01. The date must be valid.
std::int64_t days_from_civil(const CivilDate& date);
CivilDate civil_from_days(std::int64_t days);
int day_of_week(std::int64_t days);      // 1 Monday .. 7 Sunday
int day_of_year(const CivilDate& date);  // 1 .. 366
struct IsoWeek {
  std::int64_t year = 1970;  // may differ from the calendar year around New Year
  int week = 1;              // 1 .. 53
};
IsoWeek iso_week(std::int64_t days);

// A wall-clock reading at an offset from UTC.
struct CivilTime {
  CivilDate date;
  int hour = 0;
  int minute = 0;
  int second = 0;
  std::uint32_t nanosecond = 0;
  std::int16_t zone_minutes = 0;

  friend bool operator==(const CivilTime&, const CivilTime&) = default;
};
// In the timestamp's own zone.
CivilTime to_civil(const Timestamp& timestamp);
// The fields must be valid; the time of day may be 24:00:00.
Timestamp from_civil(const CivilTime& civil);

// "Z", "z", "+02:00", "-0530", "+07" as minutes east of UTC.
std::optional<std::int16_t> parse_zone(std::string_view text);
std::string format_zone(std::int16_t zone_minutes);  // "+00:00", never "Z"

struct IsoOptions {
  // Also a space or lower-case `t` between date and time, one-digit months and days, a comma
  // before the fraction, and a space before the zone.
  bool permissive = false;
  // For text without a zone; none: such text is an error.
  std::optional<std::int16_t> default_zone;
  bool allow_date_only = true;     // midnight
  bool allow_week_date = true;     // 2024-W07-3
  bool allow_ordinal_date = true;  // 2024-045
};
// ISO 8601 in the extended or basic format; more than nine digits of a fraction are cut.
// Errors are `invalid_argument` and say what was expected where.
Result<Timestamp> parse_iso8601(std::string_view text, const IsoOptions& options = {});
Result<std::int32_t> parse_date(std::string_view text);  // YYYY-MM-DD, sign and long years allowed

// "2024-02-29T12:34:56.789+02:00": the fraction has `digits` digits (0 .. 9), or with nullopt as
// few as are exact. `zulu` writes "Z" for offset zero.
struct IsoStyle {
  std::optional<int> digits;
  bool zulu = false;
  char separator = 'T';
};
std::string format_iso8601(const Timestamp& timestamp, const IsoStyle& style = {});
std::string format_date(std::int64_t days);             // 2024-02-29, -0044-03-15, +12345-01-01
std::string format_duration(std::int64_t nanoseconds);  // [-]HH:MM:SS[.fffffffff]
Result<std::int64_t> parse_duration(std::string_view text);  // the same, hours of any length

}  // namespace octavo::value
