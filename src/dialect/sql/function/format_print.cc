#include <fmt/format.h>

#include "dialect/sql/function/time_format.h"
#include "dialect/sql/function/time_words.h"
#include "dialect/sql/function/weeks.h"

namespace octavo::sql {
namespace {

struct Writer {
  const Shown& shown;
  std::string out;

  const DateTime& at() const { return shown.at; }
  bool is_date() const { return !shown.time_only && sql::is_date(shown.at.day); }
  template <class... Args>
  bool put(fmt::format_string<Args...> format, Args&&... args) {
    fmt::format_to(std::back_inserter(out), format, std::forward<Args>(args)...);
    return true;
  }
  bool put_text(std::string_view text) {
    out.append(text);
    return true;
  }
};

std::string_view suffix_of(int day) {
  if (day >= 10 && day <= 19) return "th";
  switch (day % 10) {
    case 1: return "st";
    case 2: return "nd";
    case 3: return "rd";
    default: return "th";
  }
}

int hour_of_twelve(int hour) { return (hour % 24 + 11) % 12 + 1; }
std::string_view half_of_day(int hour) { return hour % 24 < 12 ? "AM" : "PM"; }

bool put_week(Writer& writer, std::uint8_t rule) {
  if (!writer.is_date()) return false;
  return writer.put("{:02}", week_of(writer.at().day, rule).number);
}
bool put_week_year(Writer& writer, std::uint8_t rule) {
  if (!writer.is_date()) return false;
  return writer.put("{:04}", week_of(writer.at().day, rule).year);
}

int weekday_of(const Writer& writer) { return weekday(day_number(writer.at().day)); }

// A row for each letter behind `%`. False: there is no such part.
struct Row {
  char letter;
  bool (*put)(Writer& writer);
};
constexpr Row kRows[] = {
    {'a',
     [](Writer& w) { return w.is_date() && w.put_text(short_word(weekday_word(weekday_of(w)))); }},
    {'b',
     [](Writer& w) {
       return w.at().day.month > 0 && w.put_text(short_word(month_word(w.at().day.month)));
     }},
    {'c', [](Writer& w) { return w.put("{}", w.at().day.month); }},
    {'D', [](Writer& w) { return w.put("{}{}", w.at().day.day, suffix_of(w.at().day.day)); }},
    {'d', [](Writer& w) { return w.put("{:02}", w.at().day.day); }},
    {'e', [](Writer& w) { return w.put("{}", w.at().day.day); }},
    {'f', [](Writer& w) { return w.put("{:06}", w.at().nanosecond / 1'000); }},
    {'H', [](Writer& w) { return w.put("{:02}", w.at().hour); }},
    {'h', [](Writer& w) { return w.put("{:02}", hour_of_twelve(w.at().hour)); }},
    {'I', [](Writer& w) { return w.put("{:02}", hour_of_twelve(w.at().hour)); }},
    {'i', [](Writer& w) { return w.put("{:02}", w.at().minute); }},
    {'j', [](Writer& w) { return w.is_date() && w.put("{:03}", day_of_year(w.at().day)); }},
    {'k', [](Writer& w) { return w.put("{}", w.at().hour); }},
    {'l', [](Writer& w) { return w.put("{}", hour_of_twelve(w.at().hour)); }},
    {'M',
     [](Writer& w) { return w.at().day.month > 0 && w.put_text(month_word(w.at().day.month)); }},
    {'m', [](Writer& w) { return w.put("{:02}", w.at().day.month); }},
    {'p', [](Writer& w) { return w.put_text(half_of_day(w.at().hour)); }},
    {'r',
     [](Writer& w) {
       return w.put("{:02}:{:02}:{:02} {}", hour_of_twelve(w.at().hour), w.at().minute,
                    w.at().second, half_of_day(w.at().hour));
     }},
    {'S', [](Writer& w) { return w.put("{:02}", w.at().second); }},
    {'s', [](Writer& w) { return w.put("{:02}", w.at().second); }},
    {'T',
     [](Writer& w) {
       return w.put("{:02}:{:02}:{:02}", w.at().hour, w.at().minute, w.at().second);
     }},
    {'U', [](Writer& w) { return put_week(w, week_rule::of_mode(0)); }},
    {'u', [](Writer& w) { return put_week(w, week_rule::of_mode(1)); }},
    {'V', [](Writer& w) { return put_week(w, week_rule::of_mode(2)); }},
    {'v', [](Writer& w) { return put_week(w, week_rule::of_mode(3)); }},
    {'W', [](Writer& w) { return w.is_date() && w.put_text(weekday_word(weekday_of(w))); }},
    {'w', [](Writer& w) { return w.is_date() && w.put("{}", (weekday_of(w) + 1) % 7); }},
    {'X', [](Writer& w) { return put_week_year(w, week_rule::of_mode(2)); }},
    {'x', [](Writer& w) { return put_week_year(w, week_rule::of_mode(3)); }},
    {'Y', [](Writer& w) { return w.put("{:04}", w.at().day.year); }},
    {'y', [](Writer& w) { return w.put("{:02}", w.at().day.year % 100); }},
};

}  // namespace

std::optional<std::string> print_by_format(const Shown& shown, std::string_view format) {
  Writer writer{shown, {}};
  if (shown.negative) writer.out.push_back('-');
  for (std::size_t i = 0; i < format.size(); ++i) {
    if (format[i] != '%' || i + 1 == format.size()) {
      writer.out.push_back(format[i]);
      continue;
    }
    const char letter = format[++i];
    const Row* found = nullptr;
    for (const Row& row : kRows) {
      if (row.letter == letter) found = &row;
    }
    // Any other letter stands for itself.
    if (found == nullptr) {
      writer.out.push_back(letter);
    } else if (!found->put(writer)) {
      return std::nullopt;
    }
  }
  return std::move(writer.out);
}

}  // namespace octavo::sql
