#include "dialect/sql/function/intervals.h"

#include <algorithm>
#include <array>

#include "base/ascii.h"
#include "base/rows.h"
#include "value/datetime.h"

namespace octavo::sql {
namespace {

using Amount = UnitRow::Amount;

// Above what the years from 0 to 9999 have, and far below what overflows.
constexpr std::int64_t kMostMonths = 1'000'000;
constexpr std::int64_t kMostSeconds = 1'000'000'000'000;
constexpr std::int64_t kMicrosecondsInSecond = 1'000'000;

constexpr std::array kUnitRows = std::to_array<UnitRow>({
    {.name = "MICROSECOND", .of_time = true, .microseconds = true},
    {.name = "SECOND", .amount = Amount::fraction, .of_time = true, .seconds = 1},
    {.name = "MINUTE", .of_time = true, .seconds = 60},
    {.name = "HOUR", .of_time = true, .seconds = 3'600},
    {.name = "DAY", .of_days = true, .seconds = 86'400},
    {.name = "WEEK", .of_days = true, .seconds = 7 * 86'400},
    {.name = "MONTH", .of_days = true, .months = 1},
    {.name = "QUARTER", .of_days = true, .months = 3},
    {.name = "YEAR", .of_days = true, .months = 12},
    {.name = "DAY_HOUR", .amount = Amount::parts, .of_time = true, .first = 2, .last = 3},
    {.name = "DAY_MICROSECOND",
     .amount = Amount::parts,
     .of_time = true,
     .microseconds = true,
     .first = 2,
     .last = 6},
    {.name = "DAY_MINUTE", .amount = Amount::parts, .of_time = true, .first = 2, .last = 4},
    {.name = "DAY_SECOND", .amount = Amount::parts, .of_time = true, .first = 2, .last = 5},
    {.name = "HOUR_MICROSECOND",
     .amount = Amount::parts,
     .of_time = true,
     .microseconds = true,
     .first = 3,
     .last = 6},
    {.name = "HOUR_MINUTE", .amount = Amount::parts, .of_time = true, .first = 3, .last = 4},
    {.name = "HOUR_SECOND", .amount = Amount::parts, .of_time = true, .first = 3, .last = 5},
    {.name = "MINUTE_MICROSECOND",
     .amount = Amount::parts,
     .of_time = true,
     .microseconds = true,
     .first = 4,
     .last = 6},
    {.name = "MINUTE_SECOND", .amount = Amount::parts, .of_time = true, .first = 4, .last = 5},
    {.name = "SECOND_MICROSECOND",
     .amount = Amount::parts,
     .of_time = true,
     .microseconds = true,
     .first = 5,
     .last = 6},
    {.name = "YEAR_MONTH", .amount = Amount::parts, .of_days = true, .first = 0, .last = 1},
});
static_assert(rows_differ(kUnitRows, &UnitRow::name));

constexpr std::size_t kMicrosecondPart = 6;

std::int64_t limited(std::int64_t amount, std::int64_t most) {
  return std::clamp(amount, -most, most);
}

Span of_microseconds(std::int64_t amount) {
  return {.seconds = limited(amount / kMicrosecondsInSecond, kMostSeconds),
          .nanoseconds = amount % kMicrosecondsInSecond * 1'000};
}

struct Numbers {
  std::array<std::int64_t, 7> of{};
  std::size_t count = 0;
  std::size_t last_digits = 0;  // of the last number
  bool negative = false;
};

// The numbers in a text, whatever is between them; at most `most` of them.
Numbers read_numbers(std::string_view text, std::size_t most) {
  constexpr std::int64_t kEnough = kMostSeconds * kMicrosecondsInSecond / 10;
  Numbers numbers;
  std::size_t at = 0;
  while (at < text.size() && !is_digit(text[at])) {
    if (text[at] == '-' && !numbers.negative) numbers.negative = true;
    ++at;
  }
  while (at < text.size() && numbers.count < most) {
    std::int64_t number = 0;
    const std::size_t begin = at;
    for (; at < text.size() && is_digit(text[at]); ++at) {
      if (number < kEnough) number = number * 10 + (text[at] - '0');
    }
    numbers.last_digits = at - begin;
    numbers.of[numbers.count++] = number;
    while (at < text.size() && !is_digit(text[at])) ++at;
  }
  return numbers;
}

std::int64_t floor_divide(std::int64_t a, std::int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }

}  // namespace

const UnitRow* find_unit(std::string_view upper_name) {
  const auto* row = std::ranges::find(kUnitRows, upper_name, &UnitRow::name);
  return row == kUnitRows.end() ? nullptr : row;
}

Span span_of(const UnitRow& unit, std::int64_t amount) {
  if (unit.months != 0) return {.months = limited(amount, kMostMonths) * unit.months};
  if (unit.seconds != 0) return {.seconds = limited(amount, kMostSeconds) * unit.seconds};
  return of_microseconds(amount);
}

Span span_of(const UnitRow& unit, const value::Decimal& amount) {
  const auto microseconds = amount.rescale(6, value::Rounding::half_up);
  if (microseconds && unit.seconds == 1) {
    const value::Decimal whole(microseconds->is_negative(), microseconds->coefficient(), 0);
    if (const auto number = whole.to_int64()) return of_microseconds(*number);
  }
  return {.seconds = amount.is_negative() ? -kMostSeconds : kMostSeconds};
}

Span span_of(const UnitRow& unit, std::string_view parts) {
  const std::size_t wanted = unit.last - unit.first + 1U;
  Numbers numbers = read_numbers(parts, wanted);
  if (numbers.count == 0) return {};
  // The last number is of the last part, however many there are.
  std::array<std::int64_t, 7> of{};
  for (std::size_t i = 0; i < numbers.count; ++i) {
    of[unit.last - (numbers.count - 1) + i] = numbers.of[i];
  }
  if (unit.last == kMicrosecondPart) {
    for (std::size_t digits = numbers.last_digits; digits < 6; ++digits) of[kMicrosecondPart] *= 10;
  }
  for (std::int64_t& number : of)
    number = limited(number, kMostSeconds * kMicrosecondsInSecond / 10);
  Span span = of_microseconds(of[kMicrosecondPart]);
  span.months = limited(of[0], kMostMonths) * 12 + limited(of[1], kMostMonths);
  span.seconds += limited(of[2], kMostSeconds) * 86'400 + limited(of[3], kMostSeconds) * 3'600 +
                  limited(of[4], kMostSeconds) * 60 + limited(of[5], kMostSeconds);
  return numbers.negative ? span.negated() : span;
}

std::optional<value::Timestamp> add(const value::Timestamp& at, const Span& span) {
  std::int64_t day_number = datetime_day(at);
  if (!is_date_number(day_number)) return std::nullopt;
  const std::int64_t time = at.seconds - day_number * value::kSecondsPerDay;
  if (span.months != 0) {
    Day day = day_of(day_number);
    const std::int64_t months = day.year * 12LL + day.month - 1 + span.months;
    if (months < 0 || months / 12 > kMostYear) return std::nullopt;
    day.year = static_cast<int>(months / 12);
    day.month = static_cast<int>(months % 12) + 1;
    day.day = std::min(day.day, value::days_in_month(day.year, day.month));
    day_number = sql::day_number(day);
  }
  const std::int64_t nanoseconds = at.nanoseconds + span.nanoseconds;
  const std::int64_t carry = floor_divide(nanoseconds, kSecond);
  value::Timestamp result{
      .seconds = day_number * value::kSecondsPerDay + time + span.seconds + carry,
      .nanoseconds = static_cast<std::uint32_t>(nanoseconds - carry * kSecond),
      .zone_minutes = at.zone_minutes};
  const std::int64_t result_day = datetime_day(result);
  constexpr std::int64_t kFirstDay = -719'528;  // 0000-01-01
  constexpr std::int64_t kLastDay = 2'932'896;  // 9999-12-31
  if (result_day < kFirstDay || result_day > kLastDay) return std::nullopt;
  return result;
}

}  // namespace octavo::sql
