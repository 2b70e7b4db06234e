#include "protocol/mysql/cell_text.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <string_view>

#include "base/assert.h"
#include "protocol/mysql/column.h"
#include "value/datetime.h"

namespace octavo::mysql {
namespace {

constexpr std::int64_t kNanoseconds = value::kNanosecondsPerSecond;
constexpr std::int64_t kSecondsPerMinute = 60;
constexpr std::int64_t kMinutesPerHour = 60;
constexpr std::size_t kMaxNumberBytes = 64;

template <class T, class... Form>
void put_chars(Bytes& out, T number, Form... form) {
  char text[kMaxNumberBytes];
  const auto [end, error] = std::to_chars(text, text + sizeof text, number, form...);
  ASSERT(error == std::errc());
  out.append(text, end);
}

void put_two(Bytes& out, std::int64_t number) {
  out.push_back(static_cast<char>('0' + number / 10));
  out.push_back(static_cast<char>('0' + number % 10));
}

void put_padded(Bytes& out, std::int64_t number, std::size_t width) {
  char text[kMaxNumberBytes];
  const auto [end, error] = std::to_chars(text, text + sizeof text, number);
  ASSERT(error == std::errc());
  const auto size = static_cast<std::size_t>(end - text);
  if (size < width) out.append(width - size, '0');
  out.append(text, end);
}

void put_fraction(Bytes& out, std::int64_t nanoseconds, std::uint8_t digits) {
  if (digits == 0 || digits > kMaxTimeDigits) return;
  std::int64_t number = nanoseconds;
  for (int i = 9; i > digits; --i) number /= 10;
  out.push_back('.');
  put_padded(out, number, digits);
}

// After hours of any number.
void put_clock(Bytes& out, std::int64_t seconds) {
  out.push_back(':');
  put_two(out, seconds / kSecondsPerMinute % kMinutesPerHour);
  out.push_back(':');
  put_two(out, seconds % kSecondsPerMinute);
}

// `text` is digits, perhaps with a point, «e», and an exponent: "1.25e+16". MySQL writes neither
// the plus nor zeros in front.
void put_scientific(Bytes& out, std::string_view text) {
  const std::size_t mark = text.find('e');
  out.append(text.substr(0, mark + 1));
  text.remove_prefix(mark + 1);
  if (text.front() == '-') out.push_back('-');
  text.remove_prefix(1);
  while (text.size() > 1 && text.front() == '0') text.remove_prefix(1);
  out.append(text);
}

// Where shortest digits stand by themselves rather than with an exponent.
template <class T>
bool is_plain(T number) {
  constexpr T kFrom = static_cast<T>(1e-5);
  constexpr T kTo = static_cast<T>(1e15);
  const T size = std::abs(number);
  return size == 0 || (size >= kFrom && size < kTo);
}

}  // namespace

void put_integer_text(Bytes& out, std::int64_t number) { put_chars(out, number); }
void put_integer_text(Bytes& out, std::uint64_t number) { put_chars(out, number); }

void put_decimal_text(Bytes& out, value::Int128 number, std::uint8_t scale) {
  constexpr std::size_t kMost = 48;
  ASSERT(scale < kMost - 2);
  std::array<char, kMost> text;
  std::size_t at = kMost;
  const bool negative = number < 0;
  auto rest = negative ? -static_cast<value::Uint128>(number) : static_cast<value::Uint128>(number);
  for (std::size_t digits = 0; rest != 0 || digits <= scale; ++digits) {
    if (digits == scale && scale > 0) text[--at] = '.';
    text[--at] = static_cast<char>('0' + static_cast<int>(rest % 10));
    rest /= 10;
  }
  if (negative) text[--at] = '-';
  out.append(text.data() + at, kMost - at);
}

void put_double_text(Bytes& out, double number) {
  if (is_plain(number)) {
    if (number == 0) number = 0;  // without a sign
    return put_chars(out, number, std::chars_format::fixed);
  }
  Bytes text;
  put_chars(text, number, std::chars_format::scientific);
  put_scientific(out, text);
}

void put_float_text(Bytes& out, float number) {
  constexpr int kDigits = 6;
  Bytes text;
  put_chars(text, number, std::chars_format::general, kDigits);
  double rounded = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), rounded);
  ASSERT(read.ec == std::errc());
  put_double_text(out, rounded);
}

void put_fixed_text(Bytes& out, double number, std::uint8_t decimals) {
  constexpr std::size_t kMost = 400;  // the longest double has 309 digits in front of its point
  ASSERT(decimals <= kAnyDecimals);
  char text[kMost];
  const auto [end, error] =
      std::to_chars(text, text + kMost, number, std::chars_format::fixed, decimals);
  ASSERT(error == std::errc());
  out.append(text, end);
}

WallTime to_wall_time(const value::Timestamp& instant) {
  const std::int64_t seconds = instant.seconds + instant.zone_minutes * kSecondsPerMinute;
  std::int64_t days = seconds / value::kSecondsPerDay;
  std::int64_t of_day = seconds % value::kSecondsPerDay;
  if (of_day < 0) {
    of_day += value::kSecondsPerDay;
    --days;
  }
  return {days, of_day * kNanoseconds + instant.nanoseconds};
}

void put_date_text(Bytes& out, std::int64_t days) {
  const value::CivilDate date = value::civil_from_days(days);
  constexpr std::size_t kYearDigits = 4;
  put_padded(out, date.year, kYearDigits);
  out.push_back('-');
  put_two(out, date.month);
  out.push_back('-');
  put_two(out, date.day);
}

void put_datetime_text(Bytes& out, const WallTime& time, std::uint8_t digits) {
  put_date_text(out, time.days);
  out.push_back(' ');
  const std::int64_t seconds = time.nanoseconds / kNanoseconds;
  put_two(out, seconds / kSecondsPerMinute / kMinutesPerHour);
  put_clock(out, seconds);
  put_fraction(out, time.nanoseconds % kNanoseconds, digits);
}

void put_time_text(Bytes& out, std::int64_t nanoseconds, std::uint8_t digits) {
  if (nanoseconds < 0) out.push_back('-');
  const std::int64_t seconds = std::abs(nanoseconds / kNanoseconds);
  put_padded(out, seconds / kSecondsPerMinute / kMinutesPerHour, 2);
  put_clock(out, seconds);
  put_fraction(out, std::abs(nanoseconds % kNanoseconds), digits);
}

}  // namespace octavo::mysql
