#pragma once

// Times as clients see them: seconds since 1970 as a double with milliseconds, and a zone such as
// "+00:00".

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "value/value.h"

namespace octavo::reql {

double epoch_seconds(const value::Timestamp& at);
// Rounded to milliseconds; nullopt beyond what a timestamp holds.
std::optional<value::Timestamp> timestamp_of(double epoch_seconds, std::int16_t zone_minutes);

std::string format_zone(std::int16_t minutes);                  // "+00:00", "-07:30"
std::optional<std::int16_t> parse_zone(std::string_view text);  // also "Z", "+07", "-0730"

}  // namespace octavo::reql
