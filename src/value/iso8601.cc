// ISO 8601 text of dates and times.

#include <fmt/format.h>

#include "base/ascii.h"
#include "value/datetime.h"

namespace octavo::value {
namespace {

// Reads from the front of the text and remembers how far it came, for messages.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  bool done() const { return at_ == text_.size(); }
  char peek(std::size_t ahead = 0) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }
  bool take(char c) {
    if (peek() != c || done()) return false;
    ++at_;
    return true;
  }
  std::size_t digits_ahead() const {
    std::size_t n = 0;
    while (is_digit(peek(n))) ++n;
    return n;
  }
  // Exactly `count` digits, which the caller has seen.
  int number(std::size_t count) {
    int value = 0;
    for (; count > 0; --count) value = value * 10 + (text_[at_++] - '0');
    return value;
  }
  std::optional<int> two_digits(bool one_will_do = false) {
    const std::size_t ahead = digits_ahead();
    if (ahead >= 2) return number(2);
    if (ahead == 1 && one_will_do) return number(1);
    return std::nullopt;
  }
  std::string_view rest() const { return text_.substr(at_); }
  void skip(std::size_t count) { at_ += count; }

  std::unexpected<Error> expected(std::string_view what) const {
    return fail(Code::invalid_argument,
                fmt::format("invalid ISO 8601 text '{}': expected {} at position {}",
                            text_.substr(0, 64), what, at_));
  }

 private:
  std::string_view text_;
  std::size_t at_ = 0;
};

// 4 digits, or a sign and 4 to 9.
Result<std::int64_t> scan_year(Scanner& scanner, bool& signed_year) {
  const bool negative = scanner.peek() == '-';
  signed_year = negative || scanner.peek() == '+';
  if (signed_year) scanner.skip(1);
  const std::size_t digits = scanner.digits_ahead();
  if (digits < 4) return scanner.expected("a year of four digits");
  // Only with a sign may a year be longer; without it more digits are month and day.
  std::size_t length = 4;
  if (signed_year && scanner.peek(digits) == '-') length = digits;
  if (length > 9) return scanner.expected("a year of at most nine digits");
  const std::int64_t year = scanner.number(length);
  return negative ? -year : year;
}

Result<CivilDate> scan_week_date(Scanner& scanner, std::int64_t year, bool extended) {
  scanner.skip(1);  // 'W'
  const auto week = scanner.two_digits();
  if (!week || *week < 1 || *week > 53) return scanner.expected("a week from 01 to 53");
  int day = 1;
  if (extended ? scanner.take('-') : is_digit(scanner.peek())) {
    if (!is_digit(scanner.peek())) return scanner.expected("a day of the week");
    day = scanner.number(1);
    if (day < 1 || day > 7) return scanner.expected("a day of the week from 1 to 7");
  }
  const std::int64_t fourth = days_from_civil({year, 1, 4});  // always in week 1
  const std::int64_t monday = fourth - day_of_week(fourth) + 1;
  const std::int64_t days = monday + (*week - 1) * 7 + day - 1;
  if (iso_week(days).week != *week) return scanner.expected("a week that the year has");
  return civil_from_days(days);
}

Result<CivilDate> scan_date(Scanner& scanner, const IsoOptions& options) {
  bool signed_year = false;
  TRY(const std::int64_t year, scan_year(scanner, signed_year));
  const bool extended = scanner.take('-');
  if (scanner.peek() == 'W' && options.allow_week_date) {
    return scan_week_date(scanner, year, extended);
  }
  if (scanner.digits_ahead() == 3) {
    if (!options.allow_ordinal_date) return scanner.expected("a month");
    const int day = scanner.number(3);
    if (day < 1 || day > (is_leap_year(year) ? 366 : 365)) {
      return scanner.expected("a day that the year has");
    }
    return civil_from_days(days_from_civil({year, 1, 1}) + day - 1);
  }
  CivilDate date{year, 1, 1};
  const auto month = scanner.two_digits(extended && options.permissive);
  if (!month || *month < 1 || *month > 12) return scanner.expected("a month from 01 to 12");
  date.month = *month;
  if (extended && !scanner.take('-')) return scanner.expected("'-' and a day");
  const auto day = scanner.two_digits(extended && options.permissive);
  if (!day) return scanner.expected("a day of two digits");
  date.day = *day;
  if (!is_valid(date)) return scanner.expected("a day that the month has");
  return date;
}

Status scan_fraction(Scanner& scanner, std::uint32_t& nanosecond, bool permissive) {
  const bool fraction = scanner.take('.') || (permissive && scanner.take(','));
  if (!fraction) return {};
  const std::size_t digits = scanner.digits_ahead();
  if (digits == 0) return scanner.expected("a fraction of a second");
  const std::size_t used = std::min<std::size_t>(digits, 9);
  auto value = static_cast<std::uint32_t>(scanner.number(used));
  for (std::size_t i = used; i < 9; ++i) value *= 10;
  scanner.skip(digits - used);
  nanosecond = value;
  return {};
}

Status scan_time(Scanner& scanner, CivilTime& civil, bool permissive) {
  const auto hour = scanner.two_digits();
  if (!hour || *hour > 24) return scanner.expected("an hour from 00 to 24");
  civil.hour = *hour;
  const bool extended = scanner.peek() == ':';
  const auto more = [&] { return extended ? scanner.take(':') : is_digit(scanner.peek()); };
  if (more()) {
    const auto minute = scanner.two_digits();
    if (!minute || *minute > 59) return scanner.expected("a minute from 00 to 59");
    civil.minute = *minute;
    if (more()) {
      const auto second = scanner.two_digits();
      if (!second || *second > 59) return scanner.expected("a second from 00 to 59");
      civil.second = *second;
      TRY_STATUS(scan_fraction(scanner, civil.nanosecond, permissive));
    }
  }
  if (civil.hour == 24 && (civil.minute != 0 || civil.second != 0 || civil.nanosecond != 0)) {
    return scanner.expected("nothing after the hour 24");
  }
  return {};
}

}  // namespace

std::optional<std::int16_t> parse_zone(std::string_view text) {
  if (text == "Z" || text == "z") return 0;
  if (text.empty() || (text[0] != '+' && text[0] != '-')) return std::nullopt;
  Scanner scanner(text.substr(1));
  const auto hours = scanner.two_digits();
  if (!hours || *hours > 23) return std::nullopt;
  int minutes = 0;
  if (!scanner.done()) {
    scanner.take(':');
    const auto two = scanner.two_digits();
    if (!two || *two > 59 || !scanner.done()) return std::nullopt;
    minutes = *two;
  }
  const int total = *hours * 60 + minutes;
  return static_cast<std::int16_t>(text[0] == '-' ? -total : total);
}

std::string format_zone(std::int16_t zone_minutes) {
  const int magnitude = zone_minutes < 0 ? -zone_minutes : zone_minutes;
  return fmt::format("{}{:02}:{:02}", zone_minutes < 0 ? '-' : '+', magnitude / 60, magnitude % 60);
}

Result<Timestamp> parse_iso8601(std::string_view text, const IsoOptions& options) {
  Scanner scanner(text);
  CivilTime civil;
  TRY(civil.date, scan_date(scanner, options));
  const bool permissive = options.permissive;
  const bool has_time =
      scanner.take('T') ||
      (permissive && (scanner.take('t') || (is_digit(scanner.peek(1)) && scanner.take(' '))));
  if (has_time) {
    TRY_STATUS(scan_time(scanner, civil, permissive));
  } else if (!options.allow_date_only) {
    return scanner.expected("'T' and a time");
  }
  if (permissive && has_time) scanner.take(' ');
  if (scanner.done()) {
    if (!options.default_zone) return scanner.expected("a time zone");
    civil.zone_minutes = *options.default_zone;
  } else {
    const auto zone = parse_zone(scanner.rest());
    if (!zone) return scanner.expected("a time zone such as Z or +02:00");
    civil.zone_minutes = *zone;
  }
  return from_civil(civil);
}

Result<std::int32_t> parse_date(std::string_view text) {
  Scanner scanner(text);
  TRY(const CivilDate date,
      scan_date(scanner, {.allow_week_date = false, .allow_ordinal_date = false}));
  if (!scanner.done()) return scanner.expected("nothing after the date");
  const std::int64_t days = days_from_civil(date);
  if (days != static_cast<std::int32_t>(days)) return scanner.expected("a date in range");
  return static_cast<std::int32_t>(days);
}

std::string format_date(std::int64_t days) {
  const CivilDate date = civil_from_days(days);
  const std::string_view sign = date.year < 0 ? "-" : date.year > 9999 ? "+" : "";
  return fmt::format("{}{:04}-{:02}-{:02}", sign, date.year < 0 ? -date.year : date.year,
                     date.month, date.day);
}

namespace {

void append_fraction(std::string& text, std::uint32_t nanoseconds, std::optional<int> digits) {
  std::string fraction = fmt::format("{:09}", nanoseconds);
  if (digits) {
    fraction.resize(static_cast<std::size_t>(*digits));
  } else {
    while (!fraction.empty() && fraction.back() == '0') fraction.pop_back();
  }
  if (!fraction.empty()) text.append(".").append(fraction);
}

}  // namespace

std::string format_iso8601(const Timestamp& timestamp, const IsoStyle& style) {
  const CivilTime civil = to_civil(timestamp);
  std::string text = format_date(days_from_civil(civil.date));
  fmt::format_to(std::back_inserter(text), "{}{:02}:{:02}:{:02}", style.separator, civil.hour,
                 civil.minute, civil.second);
  append_fraction(text, civil.nanosecond, style.digits);
  return text + (style.zulu && civil.zone_minutes == 0 ? "Z" : format_zone(civil.zone_minutes));
}

std::string format_duration(std::int64_t nanoseconds) {
  const auto bits = static_cast<std::uint64_t>(nanoseconds);
  const std::uint64_t magnitude = nanoseconds < 0 ? 0 - bits : bits;
  const std::uint64_t seconds = magnitude / kNanosecondsPerSecond;
  std::string text = fmt::format("{}{:02}:{:02}:{:02}", nanoseconds < 0 ? "-" : "", seconds / 3600,
                                 seconds / 60 % 60, seconds % 60);
  append_fraction(text, static_cast<std::uint32_t>(magnitude % kNanosecondsPerSecond),
                  std::nullopt);
  return text;
}

Result<std::int64_t> parse_duration(std::string_view text) {
  Scanner scanner(text);
  const bool negative = scanner.take('-');
  constexpr std::size_t kMaxHourDigits = 7;  // 64 bits of nanoseconds are 2.6 million hours
  const std::size_t digits = scanner.digits_ahead();
  if (digits == 0 || digits > kMaxHourDigits) return scanner.expected("hours");
  std::int64_t seconds = std::int64_t{scanner.number(digits)} * 3600;
  std::uint32_t nanosecond = 0;
  if (!scanner.take(':')) return scanner.expected("':' and minutes");
  const auto minute = scanner.two_digits();
  if (!minute || *minute > 59) return scanner.expected("a minute from 00 to 59");
  seconds += *minute * 60;
  if (scanner.take(':')) {
    const auto second = scanner.two_digits();
    if (!second || *second > 59) return scanner.expected("a second from 00 to 59");
    seconds += *second;
    TRY_STATUS(scan_fraction(scanner, nanosecond, false));
  }
  if (!scanner.done()) return scanner.expected("nothing after the time");
  // Downwards, so that the lowest int64 can be reached as well.
  std::int64_t result = 0;
  const std::int64_t direction = negative ? 1 : -1;
  if (__builtin_mul_overflow(-seconds, kNanosecondsPerSecond, &result) ||
      __builtin_sub_overflow(result, std::int64_t{nanosecond}, &result) ||
      __builtin_mul_overflow(result, direction, &result)) {
    return scanner.expected("a time that 64 bits of nanoseconds hold");
  }
  return result;
}

}  // namespace octavo::value
