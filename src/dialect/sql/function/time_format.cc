// Dates and times printed and read by formats.

#include "dialect/sql/function/time_format.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "dialect/sql/function/named.h"
#include "dialect/sql/function/time_arguments.h"

namespace octavo::sql {
namespace {

using value::Value;

enum Operation : std::uint16_t {
  kDateFormat = operation_block::kTime + 100,  // (datetime, format)
  kTimeFormat,                                 // (time, format)
  kReadDate,                                   // (text, format, modes)
  kReadTime,                                   // (text, format, modes)
  kReadDateTime,                               // (text, format, modes)
};

Value text_or_null(std::optional<std::string> text) {
  return text ? Value::string(*text) : Value();
}

Result<Value> date_format(const SingleCall&, Args args) {
  TRY(const value::Timestamp at, datetime_at(args, 0));
  TRY(const std::string_view format, text_at(args, 1));
  if (format.empty()) return Value();
  return text_or_null(print_by_format({.at = datetime_of(at)}, format));
}

Result<Value> time_format(const SingleCall&, Args args) {
  TRY(const std::int64_t time, time_at(args, 0));
  TRY(const std::string_view format, text_at(args, 1));
  if (format.empty()) return Value();
  const std::int64_t size = size_of_time(time);
  const std::int64_t seconds = size / kSecond;
  const DateTime at{.day = {},
                    .hour = static_cast<int>(seconds / 3'600),
                    .minute = static_cast<int>(seconds / 60 % 60),
                    .second = static_cast<int>(seconds % 60),
                    .nanosecond = static_cast<std::uint32_t>(size % kSecond)};
  return text_or_null(print_by_format({.at = at, .time_only = true, .negative = time < 0}, format));
}

enum class Wanted : std::uint8_t { date, time, datetime };
constexpr std::string_view word_of(Wanted wanted) {
  if (wanted == Wanted::date) return "date";
  return wanted == Wanted::time ? "time" : "datetime";
}

template <Wanted kWanted>
Result<Value> read(const SingleCall& call, Args args) {
  TRY(const std::string_view text, text_at(args, 0));
  TRY(const std::string_view format, text_at(args, 1));
  TRY(const std::int64_t modes, integer_at(args, 2));
  const auto found = read_by_format(text, format);
  const bool allowed =
      found && (kWanted == Wanted::time || is_allowed(found->at.day, static_cast<SqlMode>(modes)));
  if (!allowed) {
    warn(call.context, error<1411>(word_of(kWanted), text, "str_to_date").error());
    return Value();
  }
  if (!found->all) warn(call.context, error<1292>(word_of(kWanted), text).error());
  switch (kWanted) {
    case Wanted::date: return date_value(found->at.day);
    case Wanted::time: return Value::time_of_day(time_of(found->at));
    case Wanted::datetime: return Value::timestamp(timestamp_of(found->at));
  }
}

constexpr OperationRow kOperations[] = {
    strict(kDateFormat, "sql.date_format", 2, date_format),
    strict(kTimeFormat, "sql.time_format", 2, time_format),
    strict(kReadDate, "sql.str_to_date", 3, read<Wanted::date>),
    strict(kReadTime, "sql.str_to_time", 3, read<Wanted::time>, "str_to_date"),
    strict(kReadDateTime, "sql.str_to_datetime", 3, read<Wanted::datetime>, "str_to_date"),
};

Type format_type(CallBinder& call) {
  // Two characters of a format may become nine, and one that is no constant may be anything.
  constexpr std::uint64_t kMostOfPart = 5;
  const Value* format = call.constant(1);
  const std::uint64_t size =
      format != nullptr && format->is_string() ? format->as_string().size() : call.type(1).width;
  return session_text(call, width_of(kMostOfPart * size));
}

Result<Typed> bind_time_format(CallBinder& call) {
  TRY_STATUS(call.to_time(0));
  TRY_STATUS(call.to_text(1));
  const Type type = format_type(call);
  return call.make(kTimeFormat, type);
}

// What a constant format has decides on the type.
Result<Typed> bind_str_to_date(CallBinder& call) {
  TRY_STATUS(call.to_text(0));
  TRY_STATUS(call.to_text(1));
  const std::vector<Value> modes{Value::uint64(call.session().mode)};
  const Value* format = call.constant(1);
  if (format == nullptr || !format->is_string()) {
    return call.make(kReadDateTime, datetime_type(kMaxTimePrecision), modes);
  }
  bool day = false;
  bool time = false;
  bool fraction = false;
  const std::string_view letters = format->as_string();
  for (std::size_t i = 0; i + 1 < letters.size(); ++i) {
    if (letters[i] != '%') continue;
    const char letter = letters[++i];
    day = day || std::string_view("abcDdejMmUuVvWwXxYy").contains(letter);
    time = time || std::string_view("HhIiklprSsTf").contains(letter);
    fraction = fraction || letter == 'f';
  }
  const int precision = fraction ? kMaxTimePrecision : 0;
  if (day && !time) return call.make(kReadDate, date_type(), modes);
  if (time && !day) return call.make(kReadTime, time_type(precision), modes);
  return call.make(kReadDateTime, datetime_type(precision), modes);
}

struct FormatRow {
  std::string_view type, name, format;
};
constexpr std::array kFormats = std::to_array<FormatRow>({
    {"DATE", "USA", "%m.%d.%Y"},
    {"DATE", "JIS", "%Y-%m-%d"},
    {"DATE", "ISO", "%Y-%m-%d"},
    {"DATE", "EUR", "%d.%m.%Y"},
    {"DATE", "INTERNAL", "%Y%m%d"},
    {"DATETIME", "USA", "%Y-%m-%d %H.%i.%s"},
    {"DATETIME", "JIS", "%Y-%m-%d %H:%i:%s"},
    {"DATETIME", "ISO", "%Y-%m-%d %H:%i:%s"},
    {"DATETIME", "EUR", "%Y-%m-%d %H.%i.%s"},
    {"DATETIME", "INTERNAL", "%Y%m%d%H%i%s"},
    {"TIME", "USA", "%h:%i:%s %p"},
    {"TIME", "JIS", "%H:%i:%s"},
    {"TIME", "ISO", "%H:%i:%s"},
    {"TIME", "EUR", "%H.%i.%s"},
    {"TIME", "INTERNAL", "%H%i%s"},
});

// GET_FORMAT(DATE, 'USA')
Result<Typed> bind_get_format(CallBinder& call) {
  TRY_STATUS(call.to_text(1));
  const Value* name = call.constant(1);
  if (name == nullptr) return call.not_supported();
  Value found;
  for (const FormatRow& row : kFormats) {
    const bool same = name->is_string() && equals_ignoring_case(name->as_string(), row.name);
    if (same && row.type == call.argument(0).word) found = Value::string(row.format);
  }
  return Typed{algebra::constant(std::move(found)), session_text(call, 17)};
}

constexpr NameRow kNames[] = {
    {"DATE_FORMAT", 2, 2, bind_date_format},
    {"GET_FORMAT", 2, 2, bind_get_format},
    {"STR_TO_DATE", 2, 2, bind_str_to_date},
    {"TIME_FORMAT", 2, 2, bind_time_format},
};

}  // namespace

Result<Typed> bind_date_format(CallBinder& call) {
  TRY_STATUS(call.to_datetime(0));
  TRY_STATUS(call.to_text(1));
  const Type type = format_type(call);
  return call.make(kDateFormat, type);
}

std::span<const OperationRow> time_format_operations() { return kOperations; }
std::span<const NameRow> time_format_names() { return kNames; }

}  // namespace octavo::sql
