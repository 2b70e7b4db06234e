#pragma once

// Weeks of the year, by the eight ways in which MySQL counts them.

#include <cstdint>

#include "dialect/sql/convert/calendar.h"

namespace octavo::sql {

struct Week {
  int year = 0;  // that the week belongs to: of WEEK() only where it counts from 1
  int number = 0;
};

namespace week_rule {
enum Bit : std::uint8_t {
  kMondayFirst = 1,    // else Sunday
  kFrom1 = 2,          // days before the first week are of the last week of the year before; else 0
  kFirstWholeWeek = 4  // the first week begins with its first day; else it has four days at least
};
// Of the argument of WEEK(): the third bit means the opposite where weeks begin on Sunday.
std::uint8_t of_mode(std::int64_t mode);
}  // namespace week_rule

// The day is a date.
Week week_of(const Day& day, std::uint8_t rule);

// 0 Monday .. 6 Sunday.
int weekday(std::int64_t day_number);
int day_of_year(const Day& day);

}  // namespace octavo::sql
