#include "dialect/reql/text/iso8601.h"

#include <fmt/format.h>

#include <chrono>
#include <cmath>

#include "dialect/reql/error.h"
#include "dialect/reql/text/time_text.h"

namespace octavo::reql {
namespace {

constexpr std::int64_t kDaySeconds = 86'400;
constexpr std::int64_t kMinYear = 1400;
constexpr std::int64_t kMaxYear = 10'000;

std::int64_t floor_divide(std::int64_t dividend, std::int64_t divisor) {
  const std::int64_t quotient = dividend / divisor;
  return dividend % divisor < 0 ? quotient - 1 : quotient;
}

constexpr std::int64_t days_from_civil(int year, unsigned month, unsigned day) {
  const std::chrono::sys_days days =
      std::chrono::year(year) / std::chrono::month(month) / std::chrono::day(day);
  return days.time_since_epoch().count();
}

constexpr std::int64_t kFirstDay = days_from_civil(static_cast<int>(kMinYear), 1, 1);
constexpr std::int64_t kLastDay = days_from_civil(static_cast<int>(kMaxYear), 12, 31);

std::unexpected<Error> year_error() {
  return fail_logic(
      fmt::format("Error in time logic: Year is out of valid range: {}..{}.", kMinYear, kMaxYear));
}

// Reads the digits and marks of a date, time or zone from the left.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  bool at_end() const { return at_ == text_.size(); }
  std::string_view rest() const { return text_.substr(at_); }
  bool take(char mark) {
    if (at_end() || text_[at_] != mark) return false;
    ++at_;
    return true;
  }
  Result<int> digits(std::size_t count) {
    int number = 0;
    for (std::size_t i = 0; i < count; ++i, ++at_) {
      if (at_end()) return fail_logic(fmt::format("Truncated date string `{}`.", text_));
      const char c = text_[at_];
      if (c < '0' || c > '9') {
        return fail_logic(
            fmt::format("Invalid date string `{}` (got `{}` but expected a digit).", text_, c));
      }
      number = number * 10 + (c - '0');
    }
    return number;
  }
  Status end(std::string_view what) const {
    if (at_end()) return {};
    return fail_logic(
        fmt::format("Garbage characters `{}` at end of {} string `{}`.", rest(), what, text_));
  }

 private:
  std::string_view text_;
  std::size_t at_ = 0;
};

// Days since 1970: YYYY, YYYY-MM, YYYY-MM-DD, YYYYMMDD, YYYY-DDD, YYYYDDD (not YYYYMM, which would
// be taken for YYMMDD elsewhere).
Result<std::int64_t> parse_date(std::string_view text) {
  Scanner scanner(text);
  CalendarParts parts;
  TRY(parts.year, scanner.digits(4));
  if (!scanner.at_end()) {
    const bool hyphen = scanner.take('-');
    if (scanner.take('W')) {
      return fail_logic(
          "ISO week dates are not supported.  Please use years, calendar dates, or ordinal dates "
          "instead.");
    }
    if (scanner.rest().size() == 3) {
      TRY(const int day, scanner.digits(3));
      const auto year = static_cast<int>(parts.year);
      const bool leap = std::chrono::year(year).is_leap();
      if (day < 1 || day > (leap ? 366 : 365)) {
        return fail_logic("Error in time logic: Day of year value is out of range 1..366.");
      }
      if (parts.year < kMinYear) return year_error();
      return days_from_civil(year, 1, 1) + day - 1;
    }
    TRY(parts.month, scanner.digits(2));
    if (!hyphen || !scanner.at_end()) {
      if (scanner.take('-') != hyphen) {
        return fail_logic(fmt::format("Date string `{}` must have 0 or 2 hyphens.", text));
      }
      TRY(parts.day, scanner.digits(2));
      TRY_STATUS(scanner.end("date"));
    }
  }
  TRY(const value::Timestamp midnight, time_of_parts(parts, 0));
  return midnight.seconds / kDaySeconds;
}

// Milliseconds since midnight: hh, hh:mm, hhmm, hh:mm:ss, hhmmss, and fractions of a second.
Result<std::int64_t> parse_time(std::string_view text) {
  Scanner scanner(text);
  TRY(const int hours, scanner.digits(2));
  int minutes = 0;
  int seconds = 0;
  int milliseconds = 0;
  if (!scanner.at_end()) {
    const bool colon = scanner.take(':');
    TRY(minutes, scanner.digits(2));
    if (!scanner.at_end()) {
      if (scanner.take(':') != colon) {
        return fail_logic(fmt::format("Time string `{}` must have 0 or 2 colons.", text));
      }
      TRY(seconds, scanner.digits(2));
      if (scanner.take('.')) {
        for (int weight = 100; !scanner.at_end(); weight /= 10) {
          TRY(const int digit, scanner.digits(1));
          milliseconds += digit * weight;  // further digits weigh nothing
        }
      }
    }
  }
  TRY_STATUS(scanner.end("time"));
  if (hours > 24 || minutes > 59 || seconds > 60) {
    return fail_logic(fmt::format("Failed to parse `{}` as ISO 8601 time.", text));
  }
  return ((std::int64_t{hours} * 60 + minutes) * 60 + seconds) * 1000 + milliseconds;
}

Result<std::int16_t> zone_or_default(std::string_view zone, std::string_view default_zone) {
  if (!zone.empty()) return checked_zone(zone);
  if (default_zone.empty()) {
    return fail_logic("ISO 8601 string has no time zone, and no default time zone was provided.");
  }
  Result<std::int16_t> minutes = checked_zone(default_zone);
  if (!minutes) {
    return fail_logic(fmt::format("Invalid ISO 8601 timezone: `{}`.", default_zone));
  }
  return minutes;
}

}  // namespace

Result<Calendar> calendar_of(const value::Timestamp& at) {
  const std::int64_t zone_seconds = std::int64_t{at.zone_minutes} * 60;
  // The range of years leaves so much room that a saturated sum is out of range as well.
  std::int64_t local = 0;
  if (__builtin_add_overflow(at.seconds, zone_seconds, &local)) return year_error();
  const std::int64_t days = floor_divide(local, kDaySeconds);
  if (days < kFirstDay || days > kLastDay) return year_error();
  const std::chrono::sys_days day{std::chrono::days(days)};
  const std::chrono::year_month_day date(day);
  Calendar calendar;
  calendar.year = static_cast<int>(date.year());
  calendar.month = static_cast<unsigned>(date.month());
  calendar.day = static_cast<unsigned>(date.day());
  calendar.day_of_week = std::chrono::weekday(day).iso_encoding();
  calendar.day_of_year = static_cast<unsigned>(days - days_from_civil(calendar.year, 1, 1)) + 1;
  calendar.day_start = days * kDaySeconds - zone_seconds;
  calendar.second_of_day = static_cast<unsigned>(local - days * kDaySeconds);
  calendar.millisecond = at.nanoseconds / 1'000'000;
  return calendar;
}

Result<value::Timestamp> time_of_parts(const CalendarParts& parts, std::int16_t zone_minutes) {
  if (parts.year < kMinYear || parts.year > kMaxYear) return year_error();
  if (parts.month < 1 || parts.month > 12) {
    return fail_logic("Error in time logic: Month number is out of range 1..12.");
  }
  if (parts.day < 1 || parts.day > 31) {
    return fail_logic("Error in time logic: Day of month value is out of range 1..31.");
  }
  const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(parts.year)),
                                         std::chrono::month(static_cast<unsigned>(parts.month)),
                                         std::chrono::day(static_cast<unsigned>(parts.day))};
  if (!date.ok()) {
    return fail_logic("Error in time logic: Day of month is not valid for year.");
  }
  const std::int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
  // Doubles: hours and minutes are the client's and may overflow an integer.
  const double minutes = static_cast<double>(parts.hours) * 60.0 +
                         static_cast<double>(parts.minutes) - static_cast<double>(zone_minutes);
  const double epoch = static_cast<double>(days * kDaySeconds) + minutes * 60.0 + parts.seconds;
  const auto at = timestamp_of(epoch, zone_minutes);
  if (!at) return year_error();
  return *at;
}

Result<std::int16_t> checked_zone(std::string_view text) {
  if (text == "-00" || text == "-00:00") {
    return fail_logic(fmt::format("`{}` is not a valid time offset.", text));
  }
  if (text == "Z") return std::int16_t{0};
  Scanner scanner(text);
  const bool west = scanner.take('-');
  if (!west && !scanner.take('+')) {
    return fail_logic(fmt::format("Timezone `{}` does not start with `-` or `+`.", text));
  }
  TRY(const int hours, scanner.digits(2));
  int minutes = 0;
  if (!scanner.at_end()) {
    scanner.take(':');
    TRY(minutes, scanner.digits(2));
    TRY_STATUS(scanner.end("timezone"));
  }
  if (hours > 24) return fail_logic(fmt::format("Hours out of range in `{}`.", text));
  if (minutes > 59) return fail_logic(fmt::format("Minutes out of range in `{}`.", text));
  const int offset = hours * 60 + minutes;
  return static_cast<std::int16_t>(west ? -offset : offset);
}

Result<value::Timestamp> parse_iso8601(std::string_view text, std::string_view default_zone) {
  const std::size_t mark = text.find('T');
  TRY(const std::int64_t days, parse_date(text.substr(0, mark)));
  std::int64_t milliseconds = 0;
  std::string_view zone;
  if (mark != std::string_view::npos) {
    const std::string_view rest = text.substr(mark + 1);
    std::size_t sign = rest.find('-');
    if (sign == std::string_view::npos) sign = rest.find('+');
    if (sign == std::string_view::npos) sign = rest.find('Z');
    TRY(milliseconds, parse_time(rest.substr(0, sign)));
    if (sign != std::string_view::npos) zone = rest.substr(sign);
  }
  TRY(const std::int16_t zone_minutes, zone_or_default(zone, default_zone));
  const std::int64_t seconds =
      days * kDaySeconds + milliseconds / 1000 - std::int64_t{zone_minutes} * 60;
  return value::Timestamp{
      .seconds = seconds,
      .nanoseconds = static_cast<std::uint32_t>(milliseconds % 1000) * 1'000'000,
      .zone_minutes = zone_minutes};
}

Result<std::string> format_iso8601(const value::Timestamp& at) {
  TRY(const Calendar calendar, calendar_of(at));
  if (calendar.year > 9999) {
    return fail_logic(
        fmt::format("Year `{}` out of valid ISO 8601 range [0, 9999].", calendar.year));
  }
  std::string text = fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", calendar.year,
                                 calendar.month, calendar.day, calendar.second_of_day / 3600,
                                 calendar.second_of_day / 60 % 60, calendar.second_of_day % 60);
  if (calendar.millisecond != 0) text += fmt::format(".{:03}", calendar.millisecond);
  text += format_zone(at.zone_minutes);
  return text;
}

}  // namespace octavo::reql
