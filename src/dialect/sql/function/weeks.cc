#include "dialect/sql/function/weeks.h"

#include "value/datetime.h"

namespace octavo::sql {
namespace {

std::int64_t first_day(int year) {
  return value::days_from_civil({.year = year, .month = 1, .day = 1});
}

// The day on which week 1 of the year begins; may be in the year before.
std::int64_t first_week(int year, std::uint8_t rule) {
  const std::int64_t first = first_day(year);
  const bool monday = (rule & week_rule::kMondayFirst) != 0;
  const int into = (weekday(first) + (monday ? 0 : 1)) % 7;  // of the week that has January 1
  const bool belongs = (rule & week_rule::kFirstWholeWeek) != 0 ? into == 0 : into <= 3;
  return first - into + (belongs ? 0 : 7);
}

}  // namespace

std::uint8_t week_rule::of_mode(std::int64_t mode) {
  auto rule = static_cast<std::uint8_t>(static_cast<std::uint64_t>(mode) & 7U);
  if ((rule & kMondayFirst) == 0) rule ^= kFirstWholeWeek;
  return rule;
}

Week week_of(const Day& day, std::uint8_t rule) {
  const std::int64_t number = day_number(day);
  const std::int64_t begin = first_week(day.year, rule);
  if (number < begin) {
    if ((rule & week_rule::kFrom1) == 0) return {.year = day.year, .number = 0};
    const std::int64_t before = first_week(day.year - 1, rule);
    return {.year = day.year - 1, .number = static_cast<int>((number - before) / 7) + 1};
  }
  if ((rule & week_rule::kFrom1) != 0 && number >= first_week(day.year + 1, rule)) {
    return {.year = day.year + 1, .number = 1};
  }
  return {.year = day.year, .number = static_cast<int>((number - begin) / 7) + 1};
}

int weekday(std::int64_t day_number) { return value::day_of_week(day_number) - 1; }

int day_of_year(const Day& day) {
  return value::day_of_year({.year = day.year, .month = day.month, .day = day.day});
}

}  // namespace octavo::sql
