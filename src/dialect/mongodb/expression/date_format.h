#pragma once

// Formats of $dateToString and $dateFromString: "%Y-%m-%dT%H:%M:%S.%LZ".

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "dialect/mongodb/expression/clock_time.h"

namespace octavo::mongodb {

constexpr std::string_view kMonthNames[] = {"January",   "February", "March",    "April",
                                            "May",       "June",     "July",     "August",
                                            "September", "October",  "November", "December"};
constexpr std::size_t kShortName = 3;

// The number of a month from its name or the first three letters of it, in any case.
std::optional<int> month_of_name(std::string_view name);

enum class FormatUse : bool { print, read };
// 18535 for a % at the end, 18536 for a letter that has no meaning there.
Status check_format(std::string_view format, FormatUse use);

// 18537 for a year that has not four digits. The format was checked.
Result<std::string> format_date(const ClockTime& time, std::string_view format);

// Milliseconds of a date as people write it: ISO 8601, "July 4, 2017 11:02:47", "2017/07/04",
// "@1234567890" and their like, or by a format that was checked. Where the text names a zone, none
// may be given; null: UTC then. conversion_failure for other texts.
Result<std::int64_t> read_date_text(std::string_view text, const Zone* zone);
Result<std::int64_t> read_date_text(std::string_view text, std::string_view format,
                                    const Zone* zone);

}  // namespace octavo::mongodb
