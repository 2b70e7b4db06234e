#include "dialect/reql/text/time_text.h"

#include <fmt/format.h>

#include <cmath>
#include <cstdlib>

#include "base/ascii.h"

namespace octavo::reql {
namespace {

// "hh", "hh:mm" or "hhmm" as minutes.
std::optional<int> parse_offset(std::string_view text) {
  const bool colon = text.size() == 5 && text[2] == ':';
  if (text.size() != 2 && text.size() != 4 && !colon) return std::nullopt;
  if (!is_digit(text[0]) || !is_digit(text[1])) return std::nullopt;
  const int hours = (text[0] - '0') * 10 + (text[1] - '0');
  int minutes = 0;
  if (text.size() > 2) {
    const std::string_view tail = text.substr(colon ? 3 : 2);
    if (!is_digit(tail[0]) || !is_digit(tail[1])) return std::nullopt;
    minutes = (tail[0] - '0') * 10 + (tail[1] - '0');
  }
  if (hours > 24 || minutes > 59) return std::nullopt;
  return hours * 60 + minutes;
}

}  // namespace

double epoch_seconds(const value::Timestamp& at) {
  // One division of an exact integer: the double nearest to the decimal that was written.
  const auto milliseconds = static_cast<std::int64_t>(at.nanoseconds / 1'000'000);
  constexpr std::int64_t kExactSeconds = 9'000'000'000'000;  // ×1000 stays below 2^53
  if (std::llabs(at.seconds) > kExactSeconds) return static_cast<double>(at.seconds);
  return static_cast<double>(at.seconds * 1000 + milliseconds) / 1000.0;
}

std::optional<value::Timestamp> timestamp_of(double epoch_seconds, std::int16_t zone_minutes) {
  if (!(std::fabs(epoch_seconds) < 9.2e18)) return std::nullopt;
  const double whole = std::floor(epoch_seconds);
  auto seconds = static_cast<std::int64_t>(whole);
  auto milliseconds = static_cast<std::int64_t>(std::llround((epoch_seconds - whole) * 1000.0));
  if (milliseconds == 1000) {
    ++seconds;
    milliseconds = 0;
  }
  return value::Timestamp{.seconds = seconds,
                          .nanoseconds = static_cast<std::uint32_t>(milliseconds * 1'000'000),
                          .zone_minutes = zone_minutes};
}

std::string format_zone(std::int16_t minutes) {
  const int absolute = std::abs(int{minutes});
  return fmt::format("{}{:02}:{:02}", minutes < 0 ? '-' : '+', absolute / 60, absolute % 60);
}

std::optional<std::int16_t> parse_zone(std::string_view text) {
  if (text == "Z") return std::int16_t{0};
  if (text.empty() || (text[0] != '+' && text[0] != '-')) return std::nullopt;
  const std::optional<int> offset = parse_offset(text.substr(1));
  if (!offset) return std::nullopt;
  if (text[0] == '-') {
    if (*offset == 0) return std::nullopt;  // "-00:00" means «unknown» in RFC 3339
    return static_cast<std::int16_t>(-*offset);
  }
  return static_cast<std::int16_t>(*offset);
}

}  // namespace octavo::reql
