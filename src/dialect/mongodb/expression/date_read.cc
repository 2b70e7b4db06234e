// Dates from text, as it comes or by a format.

#include <algorithm>
#include <optional>

#include "base/ascii.h"
#include "base/text.h"
#include "dialect/mongodb/error/error.h"
#include "dialect/mongodb/expression/date_format.h"

namespace octavo::mongodb {
namespace {

// What was found of a date. Each part once.
struct Found {
  std::optional<std::int64_t> year;
  std::optional<std::int64_t> month;
  std::optional<std::int64_t> day;
  std::optional<std::int64_t> day_of_year;  // from 1
  std::optional<std::int64_t> iso_year;
  std::optional<std::int64_t> iso_week;
  std::optional<std::int64_t> iso_weekday;
  std::optional<std::int64_t> hour;
  std::int64_t minute = 0;
  std::int64_t second = 0;
  std::int64_t millisecond = 0;
  std::optional<bool> afternoon;
  std::optional<std::int64_t> offset_minutes;
  const Zone* zone = nullptr;
  std::optional<std::int64_t> instant;  // milliseconds, without any of the above

  bool has_day() const { return day || day_of_year || iso_week; }
  bool has_zone() const { return offset_minutes.has_value() || zone != nullptr || instant; }
};

class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}

  bool done() const { return rest_.empty(); }
  char peek(std::size_t at = 0) const { return at < rest_.size() ? rest_[at] : '\0'; }
  bool take(char c) {
    if (peek() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  std::size_t count_digits(std::size_t from = 0) const {
    std::size_t count = 0;
    while (is_digit(peek(from + count))) ++count;
    return count;
  }
  // So many digits at least and at most.
  std::optional<std::int64_t> number(std::size_t least, std::size_t most) {
    const std::size_t digits = std::min(count_digits(), most);
    if (digits < least) return std::nullopt;
    const auto value = parse_number<std::int64_t>(rest_.substr(0, digits));
    rest_.remove_prefix(digits);
    return value;
  }
  std::string_view word() {
    std::size_t length = 0;
    while (is_letter(peek(length))) ++length;
    return take_front(length);
  }
  // Letters with what names of zones have besides.
  std::string_view zone_word() {
    std::size_t length = 0;
    while (is_letter(peek(length)) || is_digit(peek(length)) || peek(length) == '/' ||
           peek(length) == '_' || (length > 0 && peek(length) == '-')) {
      ++length;
    }
    return take_front(length);
  }
  void skip(std::string_view characters) {
    while (!rest_.empty() && characters.find(rest_.front()) != characters.npos) {
      rest_.remove_prefix(1);
    }
  }
  std::string_view rest() const { return rest_; }
  void back_to(std::string_view rest) { rest_ = rest; }

 private:
  std::string_view take_front(std::size_t length) {
    const std::string_view front = rest_.substr(0, length);
    rest_.remove_prefix(length);
    return front;
  }

  std::string_view rest_;
};

template <class T>
bool put(std::optional<T>& part, std::optional<T> value) {
  if (!value || part) return false;
  part = value;
  return true;
}

// Digits after the point of a second: three count.
std::optional<std::int64_t> read_fraction(Scanner& text) {
  const std::size_t digits = text.count_digits();
  if (digits == 0) return std::nullopt;
  std::int64_t millis = 0;
  for (std::size_t i = 0; i < 3; ++i) {
    millis = millis * 10 + (i < digits ? text.peek(i) - '0' : 0);
  }
  std::string_view rest = text.rest();
  rest.remove_prefix(digits);
  text.back_to(rest);
  return millis;
}

// "+02:00", "-0530", "+7": minutes.
std::optional<std::int64_t> read_offset(Scanner& text) {
  const bool negative = text.peek() == '-';
  if (!text.take('+') && !text.take('-')) return std::nullopt;
  const auto hours = text.number(1, 2);
  if (!hours) return std::nullopt;
  std::int64_t minutes = 0;
  if (text.take(':') || text.count_digits() == 2) {
    const auto more = text.number(2, 2);
    if (!more) return std::nullopt;
    minutes = *more;
  }
  const std::int64_t offset = *hours * 60 + minutes;
  return negative ? -offset : offset;
}

bool skip_point(Scanner& text) { return text.take('.') || text.take(','); }

class FreeReader {
 public:
  FreeReader(std::string_view text, Found& found) : text_(text), found_(found) {}

  bool read() {
    text_.skip(kBlanks);
    if (text_.take('@')) return read_instant();
    while (!text_.done()) {
      if (!read_part()) return false;
      text_.skip(kBlanks);
    }
    return true;
  }

 private:
  // With the two bytes of a space that does not break, and with null bytes.
  static constexpr std::string_view kBlanks{" \t\n\r,\xc2\xa0\0", 8};

  bool read_instant() {
    const bool negative = text_.take('-');
    const auto seconds = text_.number(1, 13);
    if (!seconds || !text_.done()) return false;
    found_.instant = (negative ? -*seconds : *seconds) * kMillisPerSecond;
    return true;
  }

  bool read_part() {
    const char first = text_.peek();
    if (is_digit(first)) return read_number();
    if (first == '+' || first == '-') {
      return found_.hour && !found_.has_zone() && put(found_.offset_minutes, read_offset(text_));
    }
    return is_letter(first) && read_word();
  }

  bool read_word() {
    if (to_lower(text_.peek()) == 't' && is_digit(text_.peek(1)) && found_.has_day()) {
      text_.take(text_.peek());
      return read_time();
    }
    const std::string_view before = text_.rest();
    const std::string_view word = text_.word();
    if (const auto month = month_of_name(word)) {
      text_.skip(".-");
      return put(found_.month, std::optional<std::int64_t>(*month));
    }
    if (is_weekday(word)) {
      text_.skip(".");
      return true;
    }
    if (is_half(word)) return true;
    text_.back_to(before);
    return read_zone();
  }

  static bool is_weekday(std::string_view word) {
    constexpr std::string_view kDays[] = {"monday", "tuesday",  "wednesday", "thursday",
                                          "friday", "saturday", "sunday"};
    for (const std::string_view day : kDays) {
      if (equals_ignoring_case(word, day)) return true;
      if (equals_ignoring_case(word, day.substr(0, kShortName))) return true;
    }
    return false;
  }
  bool is_half(std::string_view word) {
    const bool noon = equals_ignoring_case(word, "pm");
    if (!noon && !equals_ignoring_case(word, "am")) return false;
    return found_.hour && put(found_.afternoon, std::optional<bool>(noon));
  }

  bool read_zone() {
    struct Short {
      std::string_view name;
      std::int64_t hours;
    };
    constexpr Short kShort[] = {{"Z", 0},    {"UTC", 0},  {"GMT", 0},  {"EST", -5}, {"EDT", -4},
                                {"CST", -6}, {"CDT", -5}, {"MST", -7}, {"MDT", -6}, {"PST", -8},
                                {"PDT", -7}, {"CET", 1},  {"CEST", 2}, {"BST", 1}};
    const std::string_view name = text_.zone_word();
    if (name.empty() || found_.has_zone()) return false;
    for (const Short& zone : kShort) {
      if (!equals_ignoring_case(name, zone.name)) continue;
      found_.offset_minutes = zone.hours * 60;
      // "UTC+02:00"
      if (zone.hours != 0 || (text_.peek() != '+' && text_.peek() != '-')) return true;
      found_.offset_minutes.reset();
      return put(found_.offset_minutes, read_offset(text_));
    }
    const auto zone = find_zone(name);
    if (!zone) return false;
    found_.zone = *zone;
    return true;
  }

  bool read_number() {
    const std::size_t digits = text_.count_digits();
    const char after = text_.peek(digits);
    if (after == ':' && digits <= 2) return read_time();
    if (digits == 8) return read_packed_date();
    if (digits == 4 && (after == '-' || after == '/')) return read_date_by_year(after);
    if (digits <= 2 && after == '/') return read_american();
    if (digits <= 2) return read_day();
    if (digits == 4) return read_year_or_week();
    return false;
  }

  bool read_year_or_week() {
    const auto year = text_.number(4, 4);
    if (to_lower(text_.peek()) == 'w' && is_digit(text_.peek(1))) return read_week(year);
    return put(found_.year, year);
  }
  bool read_week(std::optional<std::int64_t> year) {
    text_.take(text_.peek());
    if (!put(found_.iso_year, year) || !put(found_.iso_week, text_.number(2, 2))) return false;
    if (text_.take('-') || text_.count_digits() == 1) {
      return put(found_.iso_weekday, text_.number(1, 1));
    }
    return true;
  }
  bool read_packed_date() {
    return put(found_.year, text_.number(4, 4)) && put(found_.month, text_.number(2, 2)) &&
           put(found_.day, text_.number(2, 2));
  }
  bool read_date_by_year(char separator) {
    const auto year = text_.number(4, 4);
    text_.take(separator);
    if (to_lower(text_.peek()) == 'w') return read_week(year);
    if (!put(found_.year, year)) return false;
    if (text_.count_digits() == 3) return put(found_.day_of_year, text_.number(3, 3));
    if (is_letter(text_.peek())) {
      const auto month = month_of_name(text_.word());
      if (!month || !put(found_.month, std::optional<std::int64_t>(*month))) return false;
    } else if (!put(found_.month, text_.number(1, 2))) {
      return false;
    }
    // A month alone: its first day.
    if (!text_.take(separator)) return put(found_.day, std::optional<std::int64_t>(1));
    return put(found_.day, text_.number(1, 2));
  }
  bool read_american() {
    if (!put(found_.month, text_.number(1, 2)) || !text_.take('/')) return false;
    if (!put(found_.day, text_.number(1, 2)) || !text_.take('/')) return false;
    return put(found_.year, text_.number(4, 4));
  }
  bool read_day() {
    if (!put(found_.day, text_.number(1, 2))) return false;
    const std::string_view before = text_.rest();
    const std::string_view suffix = text_.word();
    bool known = false;
    for (const std::string_view ending : {"st", "nd", "rd", "th"}) {
      known = known || equals_ignoring_case(suffix, ending);
    }
    if (!known) text_.back_to(before);
    text_.skip(".-");
    return true;
  }

  // hh:mm[:ss[.fraction]], or the same without colons.
  bool read_time() {
    if (!put(found_.hour, text_.number(1, 2))) return false;
    const bool colons = text_.take(':');
    if (!colons && text_.count_digits() < 2) return true;
    const auto minute = text_.number(2, 2);
    if (!minute) return false;
    found_.minute = *minute;
    if (colons ? text_.take(':') : text_.count_digits() >= 2) {
      const auto second = text_.number(2, 2);
      if (!second) return false;
      found_.second = *second;
      if (skip_point(text_)) {
        const auto millis = read_fraction(text_);
        if (!millis) return false;
        found_.millisecond = *millis;
      }
    }
    return true;
  }

  Scanner text_;
  Found& found_;
};

class FormatReader {
 public:
  FormatReader(std::string_view text, std::string_view format, Found& found)
      : text_(text), format_(format), found_(found) {}

  bool read() {
    while (!format_.empty()) {
      const char c = format_.front();
      format_.remove_prefix(1);
      if (c != '%' || format_.empty()) {
        if (!text_.take(c)) return false;
        continue;
      }
      const char letter = format_.front();
      format_.remove_prefix(1);
      if (!read_letter(letter)) return false;
    }
    return text_.done();
  }

 private:
  bool read_letter(char letter) {
    switch (letter) {
      case 'Y': return put(found_.year, text_.number(4, 4));
      case 'm': return put(found_.month, text_.number(1, 2));
      case 'd': return put(found_.day, text_.number(1, 2));
      case 'j': return read_day_of_year();
      case 'G': return put(found_.iso_year, text_.number(4, 4));
      case 'V': return put(found_.iso_week, text_.number(1, 2));
      case 'u': return put(found_.iso_weekday, text_.number(1, 1));
      case 'H': return put(found_.hour, text_.number(1, 2));
      case 'M': return read_into(found_.minute);
      case 'S': return read_into(found_.second);
      case 'L': return read_millis();
      case 'b':
      case 'B': return read_month();
      case 'z': return read_zone();
      case 'Z': return read_minutes();
      case '%': return text_.take('%');
      default: return false;
    }
  }
  bool read_into(std::int64_t& part) {
    const auto number = text_.number(1, 2);
    part = number.value_or(0);
    return number.has_value();
  }
  bool read_millis() {
    const auto millis = text_.number(1, 3);
    found_.millisecond = millis.value_or(0);
    return millis.has_value();
  }
  // Days are counted from 0 when they are read.
  bool read_day_of_year() {
    const auto number = text_.number(1, 3);
    return number && put(found_.day_of_year, std::optional<std::int64_t>(*number + 1));
  }
  bool read_month() {
    const auto month = month_of_name(text_.word());
    return month && put(found_.month, std::optional<std::int64_t>(*month));
  }
  bool read_zone() {
    if (text_.peek() == '+' || text_.peek() == '-') {
      return put(found_.offset_minutes, read_offset(text_));
    }
    const auto zone = find_zone(text_.zone_word());
    if (!zone) return false;
    found_.zone = *zone;
    return true;
  }
  bool read_minutes() {
    const bool negative = text_.peek() == '-';
    if (!text_.take('+')) text_.take('-');
    const auto minutes = text_.number(1, 4);
    if (!minutes) return false;
    return put(found_.offset_minutes, std::optional<std::int64_t>(negative ? -*minutes : *minutes));
  }

  Scanner text_;
  std::string_view format_;
  Found& found_;
};

std::unexpected<Error> not_read(std::string_view text, std::string_view why) {
  return error(ErrorCode::conversion_failure, "Error parsing date string '{}'; {}", text, why);
}

bool within(std::int64_t number, std::int64_t least, std::int64_t most) {
  return number >= least && number <= most;
}

// The day that was named; nothing: none was, or there is none such.
std::optional<std::int64_t> day_of(const Found& found) {
  if (found.iso_year) {
    if (found.year || found.month || found.day) return std::nullopt;
    const std::int64_t week = found.iso_week.value_or(1);
    const std::int64_t weekday = found.iso_weekday.value_or(1);
    if (!within(week, 1, 53) || !within(weekday, 1, 7)) return std::nullopt;
    const std::int64_t fourth =
        value::days_from_civil({.year = *found.iso_year, .month = 1, .day = 4});
    return fourth - (value::day_of_week(fourth) - 1) + (week - 1) * 7 + (weekday - 1);
  }
  if (!found.year) return std::nullopt;
  if (found.day_of_year) {
    if (found.month || found.day) return std::nullopt;
    return value::days_from_civil({.year = *found.year, .month = 1, .day = 1}) +
           *found.day_of_year - 1;
  }
  if (!found.month || !found.day) return std::nullopt;
  const value::CivilDate date{.year = *found.year,
                              .month = static_cast<int>(*found.month),
                              .day = static_cast<int>(*found.day)};
  if (!value::is_valid(date)) return std::nullopt;
  return value::days_from_civil(date);
}

// Of the day, in milliseconds.
std::optional<std::int64_t> time_of(const Found& found) {
  std::int64_t hour = found.hour.value_or(0);
  if (found.afternoon) {
    if (!within(hour, 1, 12)) return std::nullopt;
    hour = hour % 12 + (*found.afternoon ? 12 : 0);
  }
  if (!within(hour, 0, 24) || !within(found.minute, 0, 59) || !within(found.second, 0, 59)) {
    return std::nullopt;
  }
  return hour * kMillisPerHour + found.minute * kMillisPerMinute + found.second * kMillisPerSecond +
         found.millisecond;
}

bool is_utc(const Zone& zone) { return zone.is_fixed() && zone.offset_at(0) == 0; }

Result<std::int64_t> assemble(const Found& found, std::string_view text, const Zone* zone) {
  if (found.has_zone() && zone != nullptr && !is_utc(*zone)) {
    return not_read(text, "a time zone may not be in the text and given beside it");
  }
  if (found.instant) return *found.instant;
  const auto day = day_of(found);
  const auto time = time_of(found);
  if (!day || !time) return not_read(text, "it names no day or no time of one");
  const std::int64_t local = *day * kMillisPerDay + *time;
  if (found.offset_minutes) return local - *found.offset_minutes * kMillisPerMinute;
  const Zone* of = found.zone != nullptr ? found.zone : zone;
  return of == nullptr ? local : of->to_utc(local);
}

}  // namespace

Result<std::int64_t> read_date_text(std::string_view text, const Zone* zone) {
  Found found;
  if (!FreeReader(text, found).read()) return not_read(text, "it is no date");
  return assemble(found, text, zone);
}

Result<std::int64_t> read_date_text(std::string_view text, std::string_view format,
                                    const Zone* zone) {
  Found found;
  if (!FormatReader(text, format, found).read()) {
    return not_read(text, "it is not of the format");
  }
  return assemble(found, text, zone);
}

}  // namespace octavo::mongodb
