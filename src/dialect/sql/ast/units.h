#pragma once

// Units of time, of INTERVAL, EXTRACT and TIMESTAMPADD.

#include <array>
#include <string_view>

namespace octavo::sql {

constexpr std::array kUnits = std::to_array<std::string_view>({
    "MICROSECOND",
    "SECOND",
    "MINUTE",
    "HOUR",
    "DAY",
    "WEEK",
    "MONTH",
    "QUARTER",
    "YEAR",
    "DAY_HOUR",
    "DAY_MICROSECOND",
    "DAY_MINUTE",
    "DAY_SECOND",
    "HOUR_MICROSECOND",
    "HOUR_MINUTE",
    "HOUR_SECOND",
    "MINUTE_MICROSECOND",
    "MINUTE_SECOND",
    "SECOND_MICROSECOND",
    "YEAR_MONTH",
});

}  // namespace octavo::sql
