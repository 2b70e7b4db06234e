#include "dialect/sql/convert/time_text.h"

#include <algorithm>
#include <array>

#include "base/ascii.h"

namespace octavo::sql {
namespace {

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
bool is_punctuation(char c) {
  return (c >= '!' && c <= '/') || (c >= ':' && c <= '@') || (c >= '[' && c <= '`') ||
         (c >= '{' && c <= '~');
}

void skip_spaces(std::string_view& text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
}

std::size_t count_digits(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::find_if_not(text, is_digit) - text.begin());
}

// At most so many digits off the front; more of them than fit are a number out of every range.
std::int64_t take_number(std::string_view& text, std::size_t most) {
  constexpr std::int64_t kEnough = 100'000'000'000'000'000;
  std::int64_t number = 0;
  for (std::size_t i = 0; i < most && !text.empty() && is_digit(text.front()); ++i) {
    if (number < kEnough) number = number * 10 + (text.front() - '0');
    text.remove_prefix(1);
  }
  return number;
}

// The digits behind the point as nanoseconds; `precision`: how many there were, at most 9.
std::uint32_t take_fraction(std::string_view& text, int& precision) {
  std::uint32_t nanoseconds = 0;
  precision = 0;
  for (; !text.empty() && is_digit(text.front()); text.remove_prefix(1)) {
    if (precision == 9) continue;
    nanoseconds = nanoseconds * 10 + static_cast<std::uint32_t>(text.front() - '0');
    ++precision;
  }
  for (int i = precision; i < 9; ++i) nanoseconds *= 10;
  return nanoseconds;
}

int full_year(std::int64_t year) { return static_cast<int>(year + (year < 70 ? 2'000 : 1'900)); }

// `+05:30` at the end of a text that has a time.
std::optional<std::int16_t> take_zone(std::string_view& text) {
  constexpr std::size_t kSize = 6;
  if (text.size() < kSize + 3 || text.find(':') >= text.size() - kSize) return std::nullopt;
  const std::string_view zone = text.substr(text.size() - kSize);
  const bool is_zone = (zone[0] == '+' || zone[0] == '-') && is_digit(zone[1]) &&
                       is_digit(zone[2]) && zone[3] == ':' && is_digit(zone[4]) &&
                       is_digit(zone[5]);
  if (!is_zone) return std::nullopt;
  const int minutes =
      ((zone[1] - '0') * 10 + zone[2] - '0') * 60 + (zone[4] - '0') * 10 + zone[5] - '0';
  text.remove_suffix(kSize);
  return static_cast<std::int16_t>(zone[0] == '-' ? -minutes : minutes);
}

// Year to second, as they were written.
struct Parts {
  std::array<std::int64_t, 6> numbers{};
  std::size_t count = 0;
  std::uint32_t nanosecond = 0;
  int precision = 0;
  bool short_year = false;
};

// `20200131101112`, `200131`, `20200131T101112.5`: digits without anything between.
Parts take_packed(std::string_view& text, std::size_t digits) {
  Parts parts;
  parts.short_year = digits != 4 && digits != 8 && digits < 14;
  while (parts.count < parts.numbers.size() && !text.empty() && is_digit(text.front())) {
    const bool long_one = parts.count == 0 && !parts.short_year;
    parts.numbers[parts.count++] = take_number(text, long_one ? 4 : 2);
    if (parts.count == 3 && !text.empty() && (text.front() == 'T' || text.front() == 't')) {
      text.remove_prefix(1);
    }
  }
  if (!text.empty() && text.front() == '.' && parts.count == parts.numbers.size()) {
    text.remove_prefix(1);
    parts.nanosecond = take_fraction(text, parts.precision);
  }
  return parts;
}

// What may stand between two parts; whether there was anything.
bool skip_delimiters(std::string_view& text, std::size_t parts) {
  const bool after_day = parts == 3;
  const std::size_t before = text.size();
  if (after_day && !text.empty() && (text.front() == 'T' || text.front() == 't')) {
    text.remove_prefix(1);
    return true;
  }
  while (!text.empty() && (is_punctuation(text.front()) || (after_day && is_space(text.front())))) {
    text.remove_prefix(1);
  }
  return text.size() != before;
}

Parts take_parts(std::string_view& text) {
  Parts parts;
  while (parts.count < parts.numbers.size() && !text.empty() && is_digit(text.front())) {
    const std::size_t digits = count_digits(text);
    if (parts.count == 0) parts.short_year = digits == 2;
    parts.numbers[parts.count++] = take_number(text, digits);
    if (parts.count == parts.numbers.size()) {
      if (text.empty() || text.front() != '.') break;
      text.remove_prefix(1);
      parts.nanosecond = take_fraction(text, parts.precision);
      break;
    }
    const std::string_view before = text;
    if (!skip_delimiters(text, parts.count)) break;
    // A delimiter that nothing follows is no part of it.
    if (text.empty() || !is_digit(text.front())) {
      text = before;
      break;
    }
  }
  return parts;
}

bool in_clock(const Parts& parts) {
  return parts.numbers[3] <= 23 && parts.numbers[4] <= 59 && parts.numbers[5] <= 59;
}

}  // namespace

Converted<ReadDateTime> read_datetime(std::string_view text, SqlMode mode) {
  skip_spaces(text);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  ReadDateTime read;
  if (text.empty() || !is_digit(text.front())) return {.value = read, .loss = Loss::bad};
  const auto written = static_cast<std::size_t>(
      std::ranges::find_if_not(text, [](char c) { return is_digit(c) || c == 'T'; }) -
      text.begin());
  const bool packed = written == text.size() || text[written] == '.';
  if (!packed) read.zone_minutes = take_zone(text);
  const Parts parts = packed ? take_packed(text, written) : take_parts(text);
  if (parts.count < 3 || parts.numbers[0] > kMostYear || parts.numbers[1] > 12 ||
      parts.numbers[2] > 31 || !in_clock(parts)) {
    return {.value = read, .loss = Loss::bad};
  }
  const bool nothing = parts.numbers[0] == 0 && parts.numbers[1] == 0 && parts.numbers[2] == 0;
  read.at = {.day = {.year = parts.short_year && !nothing ? full_year(parts.numbers[0])
                                                          : static_cast<int>(parts.numbers[0]),
                     .month = static_cast<int>(parts.numbers[1]),
                     .day = static_cast<int>(parts.numbers[2])},
             .hour = static_cast<int>(parts.numbers[3]),
             .minute = static_cast<int>(parts.numbers[4]),
             .second = static_cast<int>(parts.numbers[5]),
             .nanosecond = parts.nanosecond};
  read.has_time = parts.count > 3;
  read.precision = parts.precision;
  if (!is_allowed(read.at.day, mode)) return {.value = read, .loss = Loss::bad};
  return {.value = read, .loss = text.empty() ? Loss::none : Loss::cut};
}

Converted<DateTime> datetime_of_number(std::int64_t number, SqlMode mode) {
  // Ranges of numbers, and what makes all of them YYYYMMDDhhmmss.
  struct Range {
    std::int64_t least, most, add, factor;
  };
  constexpr Range kRanges[] = {
      {0, 0, 0, 1},
      {101, 691'231, 20'000'000, 1'000'000},
      {700'101, 991'231, 19'000'000, 1'000'000},
      {10'000'101, 99'991'231, 0, 1'000'000},
      {101'000'000, 691'231'235'959, 20'000'000'000'000, 1},
      {700'101'000'000, 991'231'235'959, 19'000'000'000'000, 1},
      {10'000'101'000'000, 99'991'231'235'959, 0, 1},
  };
  const auto* range = std::ranges::find_if(
      kRanges, [&](const Range& row) { return number >= row.least && number <= row.most; });
  if (range == std::end(kRanges)) return {.loss = Loss::bad};
  const std::int64_t full = (number + range->add) * range->factor;
  const auto part = [full](std::int64_t unit, std::int64_t size) {
    return static_cast<int>(full / unit % size);
  };
  const DateTime at{.day = {.year = part(10'000'000'000, 10'000),
                            .month = part(100'000'000, 100),
                            .day = part(1'000'000, 100)},
                    .hour = part(10'000, 100),
                    .minute = part(100, 100),
                    .second = part(1, 100)};
  const bool good = at.hour <= 23 && at.minute <= 59 && at.second <= 59 && is_allowed(at.day, mode);
  return {.value = at, .loss = good ? Loss::none : Loss::bad};
}

Converted<std::int64_t> time_of_number(std::int64_t number) {
  constexpr std::int64_t kMost = 8'385'959, kLeastDateTime = 10'000'000'000;
  const bool negative = number < 0;
  // The least number has no opposite, and is as far out of range as the one above it.
  const std::int64_t size = negative ? -std::max(number, -INT64_MAX) : number;
  if (size > kMost) {
    if (!negative && size >= kLeastDateTime) {
      const Converted<DateTime> at = datetime_of_number(size, 0);
      if (at.loss == Loss::none) return {.value = time_of(at.value)};
    }
    return {.value = negative ? -kMostTime : kMostTime, .loss = Loss::range};
  }
  if (size / 100 % 100 > 59 || size % 100 > 59) return {.loss = Loss::bad};
  const std::int64_t time = (size / 10'000 * 3'600 + size / 100 % 100 * 60 + size % 100) * kSecond;
  return {.value = negative ? -time : time};
}

namespace {

struct Clock {
  std::int64_t hours = 0, minutes = 0, seconds = 0;
  bool good = true;
};

// `[days ]hours:minutes[:seconds]`, or digits whose last ones are the seconds.
Clock take_clock(std::string_view& text) {
  constexpr std::size_t kAll = 32;
  Clock clock;
  std::int64_t first = take_number(text, kAll);
  std::string_view behind = text;
  skip_spaces(behind);
  const bool days = behind.size() != text.size() && !behind.empty() && is_digit(behind.front());
  if (days) {
    text = behind;
    clock.hours = std::min<std::int64_t>(first, 100'000) * 24;
    first = take_number(text, kAll);
  }
  if (!text.empty() && text.front() == ':' && text.size() > 1 && is_digit(text[1])) {
    text.remove_prefix(1);
    clock.hours += first;
    clock.minutes = take_number(text, kAll);
    if (text.size() > 1 && text.front() == ':' && is_digit(text[1])) {
      text.remove_prefix(1);
      clock.seconds = take_number(text, kAll);
    }
  } else if (days) {
    clock.hours += first;
  } else {
    clock.hours = first / 10'000;
    clock.minutes = first / 100 % 100;
    clock.seconds = first % 100;
  }
  clock.good = clock.minutes <= 59 && clock.seconds <= 59;
  return clock;
}

}  // namespace

Converted<std::int64_t> read_time(std::string_view text, SqlMode mode, int* precision) {
  skip_spaces(text);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  // So long a text may be a date and a time.
  constexpr std::size_t kShortestDateTime = 12;
  if (text.size() >= kShortestDateTime) {
    const Converted<ReadDateTime> read = read_datetime(text, mode);
    if (read.loss != Loss::bad && read.value.has_time) {
      if (precision != nullptr) *precision = read.value.precision;
      return {.value = time_of(read.value.at), .loss = read.loss};
    }
  }
  const bool negative = !text.empty() && text.front() == '-';
  if (negative) text.remove_prefix(1);
  if (text.empty() || (!is_digit(text.front()) && text.front() != '.')) {
    return {.loss = Loss::bad};
  }
  const Clock clock = take_clock(text);
  if (!clock.good) return {.loss = Loss::bad};
  std::uint32_t fraction = 0;
  int digits = 0;
  if (!text.empty() && text.front() == '.') {
    text.remove_prefix(1);
    fraction = take_fraction(text, digits);
  }
  if (precision != nullptr) *precision = digits;
  constexpr std::int64_t kMostHours = 838;
  if (clock.hours > kMostHours) {
    return {.value = negative ? -kMostTime : kMostTime, .loss = Loss::range};
  }
  const std::int64_t time =
      (clock.hours * 3'600 + clock.minutes * 60 + clock.seconds) * kSecond + fraction;
  if (time > kMostTime) return {.value = negative ? -kMostTime : kMostTime, .loss = Loss::range};
  return {.value = negative ? -time : time, .loss = text.empty() ? Loss::none : Loss::cut};
}

}  // namespace octavo::sql
