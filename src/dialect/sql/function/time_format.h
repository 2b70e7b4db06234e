#pragma once

// Dates and times by a format with `%`.

#include <optional>
#include <string>
#include <string_view>

#include "dialect/sql/convert/calendar.h"
#include "dialect/sql/function/call_binder.h"

namespace octavo::sql {

// What a format prints: a date and time, or a time alone, whose hours may be many.
struct Shown {
  DateTime at;
  bool time_only = false;
  bool negative = false;
};
// Nothing: it has no month, or is no date, where the format asks for a name or a week of it.
std::optional<std::string> print_by_format(const Shown& shown, std::string_view format);

// What a text has by a format. Nothing: it is not of that form.
struct ReadByFormat {
  DateTime at;
  bool all = true;  // no text was left over
};
std::optional<ReadByFormat> read_by_format(std::string_view text, std::string_view format);

// DATE_FORMAT(x, format)
Result<Typed> bind_date_format(CallBinder& call);

}  // namespace octavo::sql
