#include <algorithm>
#include <span>

#include "base/ascii.h"
#include "base/text.h"
#include "dialect/sql/function/time_format.h"
#include "dialect/sql/function/time_words.h"
#include "dialect/sql/function/weeks.h"
#include "value/datetime.h"

namespace octavo::sql {
namespace {

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
bool is_mark(char c) { return c > ' ' && c < 0x7f && !is_digit(c) && !is_letter(c); }

// What was read so far. Negative: it was not there.
struct Reader {
  std::string_view text;
  DateTime at;
  bool twelve_hours = false;
  bool afternoon = false;
  int day_of_year = 0;
  int weekday = -1;  // 0 Sunday
  int week = -1;
  std::uint8_t week_rule = 0;
  int week_year = -1;

  void skip_spaces() {
    while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  }
  bool number(int& into, std::size_t most_digits) {
    std::size_t digits = 0;
    int value = 0;
    while (digits < most_digits && digits < text.size() && is_digit(text[digits])) {
      value = value * 10 + (text[digits++] - '0');
    }
    text.remove_prefix(digits);
    into = value;
    return digits > 0;
  }
  bool year(int& into, std::size_t most_digits) {
    const std::size_t before = text.size();
    if (!number(into, most_digits)) return false;
    if (before - text.size() <= 2) into += into < 70 ? 2'000 : 1'900;
    return true;
  }
  // From 0, of words that may be cut to three letters.
  bool word(int& into, std::span<const std::string_view> words, bool cut) {
    for (std::size_t i = 0; i < words.size(); ++i) {
      const std::string_view word = cut ? short_word(words[i]) : words[i];
      if (!equals_ignoring_case(text.substr(0, word.size()), word)) continue;
      text.remove_prefix(word.size());
      into = static_cast<int>(i);
      return true;
    }
    return false;
  }
  bool month_word(bool cut) {
    if (!word(at.day.month, kMonthWords, cut)) return false;
    ++at.day.month;
    return true;
  }
  bool weekday_word(bool cut) {
    if (!word(weekday, kWeekdayWords, cut)) return false;
    weekday = (weekday + 1) % 7;
    return true;
  }
  bool hour_of_twelve() {
    twelve_hours = true;
    return number(at.hour, 2);
  }
  bool half_of_day() {
    if (text.size() < 2) return false;
    afternoon = equals_ignoring_case(text.substr(0, 2), "PM");
    if (!afternoon && !equals_ignoring_case(text.substr(0, 2), "AM")) return false;
    text.remove_prefix(2);
    return true;
  }
  bool fraction() {
    std::uint32_t nanoseconds = 0;
    std::size_t digits = 0;
    for (; digits < 6 && digits < text.size() && is_digit(text[digits]); ++digits) {
      nanoseconds = nanoseconds * 10 + static_cast<std::uint32_t>(text[digits] - '0');
    }
    text.remove_prefix(digits);
    for (std::size_t i = digits; i < 9; ++i) nanoseconds *= 10;
    at.nanosecond = nanoseconds;
    return digits > 0;
  }
  bool day_with_suffix() {
    if (!number(at.day.day, 2)) return false;
    text.remove_prefix(std::min<std::size_t>(text.size(), 2));
    return true;
  }
  bool week_of(std::uint8_t rule) {
    week_rule = rule;
    return number(week, 2);
  }
  bool skip(bool (*of)(char)) {
    while (!text.empty() && of(text.front())) text.remove_prefix(1);
    return true;
  }
  bool by(std::string_view format);
};

struct Row {
  char letter;
  bool (*read)(Reader& reader);
};
constexpr Row kRows[] = {
    {'a', [](Reader& r) { return r.weekday_word(true); }},
    {'b', [](Reader& r) { return r.month_word(true); }},
    {'c', [](Reader& r) { return r.number(r.at.day.month, 2); }},
    {'D', [](Reader& r) { return r.day_with_suffix(); }},
    {'d', [](Reader& r) { return r.number(r.at.day.day, 2); }},
    {'e', [](Reader& r) { return r.number(r.at.day.day, 2); }},
    {'f', [](Reader& r) { return r.fraction(); }},
    {'H', [](Reader& r) { return r.number(r.at.hour, 2); }},
    {'h', [](Reader& r) { return r.hour_of_twelve(); }},
    {'I', [](Reader& r) { return r.hour_of_twelve(); }},
    {'i', [](Reader& r) { return r.number(r.at.minute, 2); }},
    {'j', [](Reader& r) { return r.number(r.day_of_year, 3); }},
    {'k', [](Reader& r) { return r.number(r.at.hour, 2); }},
    {'l', [](Reader& r) { return r.hour_of_twelve(); }},
    {'M', [](Reader& r) { return r.month_word(false); }},
    {'m', [](Reader& r) { return r.number(r.at.day.month, 2); }},
    {'p', [](Reader& r) { return r.half_of_day(); }},
    {'r', [](Reader& r) { return r.by("%I:%i:%S %p"); }},
    {'S', [](Reader& r) { return r.number(r.at.second, 2); }},
    {'s', [](Reader& r) { return r.number(r.at.second, 2); }},
    {'T', [](Reader& r) { return r.by("%H:%i:%S"); }},
    {'U', [](Reader& r) { return r.week_of(week_rule::of_mode(0)); }},
    {'u', [](Reader& r) { return r.week_of(week_rule::of_mode(1)); }},
    {'V', [](Reader& r) { return r.week_of(week_rule::of_mode(2)); }},
    {'v', [](Reader& r) { return r.week_of(week_rule::of_mode(3)); }},
    {'W', [](Reader& r) { return r.weekday_word(false); }},
    {'w', [](Reader& r) { return r.number(r.weekday, 1) && r.weekday <= 6; }},
    {'X', [](Reader& r) { return r.number(r.week_year, 4); }},
    {'x', [](Reader& r) { return r.number(r.week_year, 4); }},
    {'Y', [](Reader& r) { return r.year(r.at.day.year, 4); }},
    {'y', [](Reader& r) { return r.year(r.at.day.year, 2); }},
    {'.', [](Reader& r) { return r.skip(is_mark); }},
    {'@', [](Reader& r) { return r.skip(is_letter); }},
    {'#', [](Reader& r) { return r.skip(is_digit); }},
};

// A text that ends before its format does has what it has.
bool Reader::by(std::string_view format) {
  for (std::size_t i = 0; i < format.size(); ++i) {
    skip_spaces();
    if (text.empty()) return true;
    if (format[i] != '%' || i + 1 == format.size()) {
      if (is_space(format[i])) continue;
      if (text.front() != format[i]) return false;
      text.remove_prefix(1);
      continue;
    }
    const char letter = format[++i];
    const Row* found = nullptr;
    for (const Row& row : kRows) {
      if (row.letter == letter) found = &row;
    }
    if (found == nullptr || !found->read(*this)) return false;
  }
  return true;
}

// The day of a week of a year.
bool set_day_of_week(Reader& reader) {
  const bool named_year = reader.week_year >= 0;
  const bool counts_from_1 = (reader.week_rule & week_rule::kFrom1) != 0;
  if (named_year != counts_from_1 || reader.week > 53) return false;
  const int year = named_year ? reader.week_year : reader.at.day.year;
  if (year < 1 || year > kMostYear) return false;
  const std::int64_t middle = value::days_from_civil({.year = year, .month = 1, .day = 4});
  // Some day of week 1, and from there.
  std::int64_t day = middle;
  while (sql::week_of(day_of(day), reader.week_rule).number != 1) day += 7;
  const bool monday = (reader.week_rule & week_rule::kMondayFirst) != 0;
  const int first = monday ? 1 : 0;  // of Sunday is 0
  const int of_day = (sql::weekday(day) + 1) % 7;
  day -= (of_day - first + 7) % 7;
  day += (reader.week - 1) * 7 + (reader.weekday - first + 7) % 7;
  reader.at.day = day_of(day);
  return reader.at.day.year >= 0 && reader.at.day.year <= kMostYear;
}

bool finish(Reader& reader) {
  DateTime& at = reader.at;
  if (reader.twelve_hours) {
    if (at.hour < 1 || at.hour > 12) return false;
    at.hour = at.hour % 12 + (reader.afternoon ? 12 : 0);
  }
  if (reader.day_of_year > 0) {
    if (at.day.year > kMostYear) return false;
    const std::int64_t first = value::days_from_civil({.year = at.day.year, .month = 1, .day = 1});
    at.day = day_of(first + reader.day_of_year - 1);
  }
  if (reader.week >= 0 && reader.weekday >= 0 && !set_day_of_week(reader)) return false;
  return at.day.month <= 12 && at.day.day <= 31 && at.hour <= 23 && at.minute <= 59 &&
         at.second <= 59;
}

}  // namespace

std::optional<ReadByFormat> read_by_format(std::string_view text, std::string_view format) {
  Reader reader{.text = text, .at = {}};
  if (!reader.by(format)) return std::nullopt;
  reader.skip_spaces();
  const bool all = reader.text.empty();
  if (!finish(reader)) return std::nullopt;
  return ReadByFormat{.at = reader.at, .all = all};
}

}  // namespace octavo::sql
