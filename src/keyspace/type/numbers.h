#pragma once

// Reading and writing numbers the way Redis clients expect them.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace octavo::keyspace {

// Strict: an optional minus, no leading zeros, no blanks, within int64.
std::optional<std::int64_t> parse_int64(std::string_view text);
// As strtod, but the whole text must be used; no leading blank, no NaN, no overflow.
std::optional<double> parse_double(std::string_view text);
std::optional<long double> parse_long_double(std::string_view text);

constexpr std::size_t kMaxInt64Chars = 20;
// Writes the decimal digits and returns their number.
std::size_t format_int64(char (&buffer)[kMaxInt64Chars + 4], std::int64_t value);
std::string format_int64(std::int64_t value);

// 17 significant digits ("3.2999999999999998"), "inf", "-inf".
std::string format_double(double value);
// At most 17 decimals, no exponent, trailing zeros dropped: INCRBYFLOAT and coordinates.
std::string format_human(long double value);

std::string lower_case(std::string_view text);

}  // namespace octavo::keyspace
