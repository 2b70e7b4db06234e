#include "dialect/mongodb/expression/date_format.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <iterator>

#include "base/text.h"
#include "dialect/mongodb/error/error.h"

namespace octavo::mongodb {
namespace {

std::string zone_offset(const ClockTime& time) {
  const std::int64_t minutes = time.offset / kMillisPerMinute;
  const std::int64_t size = std::abs(minutes);
  return fmt::format("{}{:02}{:02}", minutes < 0 ? '-' : '+', size / 60, size % 60);
}

std::string_view month_name(const ClockTime& time) {
  return kMonthNames[static_cast<std::size_t>(time.date.month - 1)];
}

int sunday_week(const ClockTime& time) {
  const int weekday = value::day_of_week(time.days) % 7;
  return (value::day_of_year(time.date) - 1 + 7 - weekday) / 7;
}

struct Letter {
  char letter;
  bool read;  // may stand in a format that reads
  std::string (*print)(const ClockTime& time);
};
constexpr Letter kLetters[] = {
    {'Y', true, [](const ClockTime& time) { return fmt::format("{:04}", time.date.year); }},
    {'m', true, [](const ClockTime& time) { return fmt::format("{:02}", time.date.month); }},
    {'d', true, [](const ClockTime& time) { return fmt::format("{:02}", time.date.day); }},
    {'H', true, [](const ClockTime& time) { return fmt::format("{:02}", time.hour); }},
    {'M', true, [](const ClockTime& time) { return fmt::format("{:02}", time.minute); }},
    {'S', true, [](const ClockTime& time) { return fmt::format("{:02}", time.second); }},
    {'L', true, [](const ClockTime& time) { return fmt::format("{:03}", time.millisecond); }},
    {'j', true,
     [](const ClockTime& time) { return fmt::format("{:03}", value::day_of_year(time.date)); }},
    {'G', true,
     [](const ClockTime& time) { return fmt::format("{:04}", value::iso_week(time.days).year); }},
    {'V', true,
     [](const ClockTime& time) { return fmt::format("{:02}", value::iso_week(time.days).week); }},
    {'u', true,
     [](const ClockTime& time) { return std::to_string(value::day_of_week(time.days)); }},
    {'w', false,
     [](const ClockTime& time) { return std::to_string(value::day_of_week(time.days) % 7 + 1); }},
    {'U', false, [](const ClockTime& time) { return fmt::format("{:02}", sunday_week(time)); }},
    {'b', true,
     [](const ClockTime& time) { return std::string(month_name(time).substr(0, kShortName)); }},
    {'B', true, [](const ClockTime& time) { return std::string(month_name(time)); }},
    {'z', true, zone_offset},
    {'Z', true,
     [](const ClockTime& time) { return std::to_string(time.offset / kMillisPerMinute); }},
    {'%', true, [](const ClockTime& /*time*/) { return std::string("%"); }},
};

const Letter* find_letter(char letter) {
  const auto* const found = std::ranges::find(kLetters, letter, &Letter::letter);
  return found == std::end(kLetters) ? nullptr : found;
}

}  // namespace

std::optional<int> month_of_name(std::string_view name) {
  for (std::size_t i = 0; i < std::size(kMonthNames); ++i) {
    if (equals_ignoring_case(name, kMonthNames[i]) ||
        equals_ignoring_case(name, kMonthNames[i].substr(0, kShortName))) {
      return static_cast<int>(i) + 1;
    }
  }
  return std::nullopt;
}

Status check_format(std::string_view format, FormatUse use) {
  for (std::size_t i = 0; i < format.size(); ++i) {
    if (format[i] != '%') continue;
    ++i;
    if (i == format.size()) {
      return error(18535, "Unmatched '%' at end of format string");
    }
    const Letter* letter = find_letter(format[i]);
    if (letter == nullptr || (use == FormatUse::read && !letter->read)) {
      return error(18536, "Invalid format character '%{}' in format string", format[i]);
    }
  }
  return {};
}

Result<std::string> format_date(const ClockTime& time, std::string_view format) {
  std::string text;
  for (std::size_t i = 0; i < format.size(); ++i) {
    if (format[i] != '%' || i + 1 == format.size()) {
      text.push_back(format[i]);
      continue;
    }
    const char letter = format[++i];
    const std::int64_t year = letter == 'G' ? value::iso_week(time.days).year : time.date.year;
    constexpr std::int64_t kMostYear = 9'999;
    if ((letter == 'Y' || letter == 'G') && (year < 0 || year > kMostYear)) {
      return error(18537,
                   "Could not convert date to string: date component was outside the "
                   "supported range of 0-9999: {}",
                   year);
    }
    const Letter* row = find_letter(letter);
    if (row != nullptr) text += row->print(time);
  }
  return text;
}

}  // namespace octavo::mongodb
