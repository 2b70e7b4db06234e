#pragma once

// The names of months and days. Those of lc_time_names: en_US.

#include <array>
#include <string_view>

namespace octavo::sql {

inline constexpr std::array kMonthWords =
    std::to_array<std::string_view>({"January", "February", "March", "April", "May", "June", "July",
                                     "August", "September", "October", "November", "December"});
inline constexpr std::array kWeekdayWords = std::to_array<std::string_view>(
    {"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"});

// From 1.
constexpr std::string_view month_word(int month) { return *(kMonthWords.begin() + month - 1); }
// From 0, Monday.
constexpr std::string_view weekday_word(int weekday) { return *(kWeekdayWords.begin() + weekday); }
// Of either, as short as they are written.
constexpr std::string_view short_word(std::string_view word) { return word.substr(0, 3); }

}  // namespace octavo::sql
