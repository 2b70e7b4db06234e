// Parts of dates and times.

#include <array>

#include "dialect/sql/function/named.h"
#include "dialect/sql/function/time_arguments.h"
#include "dialect/sql/function/time_words.h"
#include "dialect/sql/function/weeks.h"
#include "value/datetime.h"

namespace octavo::sql {
namespace {

using value::Value;

enum Operation : std::uint16_t {
  kYear = operation_block::kTime,  // (date)
  kMonth,
  kDay,
  kQuarter,
  kDayOfWeek,
  kWeekday,
  kDayOfYear,
  kDayName,
  kMonthName,
  kWeek,       // (date, mode)
  kYearWeek,   // (date, mode)
  kLastDay,    // (date)
  kToDays,     // (date)
  kToSeconds,  // (datetime)
  kHour,       // (time)
  kMinute,
  kSecond_,
  kMicrosecond,
  kTimeToSec,
  kExtract,  // (datetime or time, unit)
};

template <class F>
Result<Value> of_day(Args args, F&& part) {
  TRY(const std::int64_t number, day_number_at(args, 0));
  return part(day_of(number));
}
// Null for days that are no dates.
template <class F>
Result<Value> of_date(Args args, F&& part) {
  TRY(const std::int64_t number, day_number_at(args, 0));
  return is_date_number(number) ? part(number) : Value();
}

Result<Value> year(const SingleCall&, Args args) {
  return of_day(args, [](const Day& day) { return integer(day.year); });
}
Result<Value> month(const SingleCall&, Args args) {
  return of_day(args, [](const Day& day) { return integer(day.month); });
}
Result<Value> day_of_month(const SingleCall&, Args args) {
  return of_day(args, [](const Day& day) { return integer(day.day); });
}
Result<Value> quarter(const SingleCall&, Args args) {
  return of_day(args, [](const Day& day) { return integer((day.month + 2) / 3); });
}
Result<Value> month_name(const SingleCall&, Args args) {
  return of_day(args, [](const Day& day) {
    return day.month == 0 ? Value() : Value::string(month_word(day.month));
  });
}
Result<Value> day_of_week(const SingleCall&, Args args) {
  return of_date(args, [](std::int64_t day) { return integer((weekday(day) + 1) % 7 + 1); });
}
Result<Value> week_day(const SingleCall&, Args args) {
  return of_date(args, [](std::int64_t day) { return integer(weekday(day)); });
}
Result<Value> year_day(const SingleCall&, Args args) {
  return of_date(args, [](std::int64_t day) { return integer(day_of_year(day_of(day))); });
}
Result<Value> day_name(const SingleCall&, Args args) {
  return of_date(args, [](std::int64_t day) { return Value::string(weekday_word(weekday(day))); });
}
Result<Value> to_days(const SingleCall&, Args args) {
  return of_date(args, [](std::int64_t day) { return integer(day + kDaysBefore1970); });
}

Result<Value> week(const SingleCall&, Args args) {
  TRY(const std::int64_t mode, integer_at(args, 1));
  return of_date(args, [mode](std::int64_t day) {
    return integer(week_of(day_of(day), week_rule::of_mode(mode)).number);
  });
}

// Weeks of a year are counted from 1 here, whatever the mode.
Result<Value> year_week(const SingleCall&, Args args) {
  TRY(const std::int64_t mode, integer_at(args, 1));
  return of_date(args, [mode](std::int64_t day) {
    const auto rule = static_cast<std::uint8_t>(week_rule::of_mode(mode) | week_rule::kFrom1);
    const Week found = week_of(day_of(day), rule);
    return integer(found.year * 100 + found.number);
  });
}

Result<Value> last_day(const SingleCall&, Args args) {
  TRY(const std::int64_t number, day_number_at(args, 0));
  Day day = day_of(number);
  if (day.month == 0) return Value();
  day.day = value::days_in_month(day.year, day.month);
  return date_value(day);
}

Result<Value> to_seconds(const SingleCall&, Args args) {
  TRY(const value::Timestamp at, datetime_at(args, 0));
  if (!is_date_number(datetime_day(at))) return Value();
  return integer(at.seconds + kDaysBefore1970 * value::kSecondsPerDay);
}

std::int64_t part_of(std::int64_t time, std::int64_t unit, std::int64_t most) {
  return size_of_time(time) / unit % most;
}

template <std::int64_t kUnit, std::int64_t kMost>
Result<Value> time_part(const SingleCall&, Args args) {
  TRY(const std::int64_t time, time_at(args, 0));
  return integer(part_of(time, kUnit, kMost));
}

Result<Value> time_to_sec(const SingleCall&, Args args) {
  TRY(const std::int64_t time, time_at(args, 0));
  return integer(time / kSecond);
}

// What EXTRACT puts together: from the unit that is named first, down to the last one.
enum class Field : std::uint8_t { year, month, day, hour, minute, second, microsecond };
struct ExtractRow {
  std::string_view unit;
  Field first, last;
  std::uint32_t width;
};
constexpr std::array kExtracts = std::to_array<ExtractRow>({
    {"MICROSECOND", Field::microsecond, Field::microsecond, 7},
    {"SECOND", Field::second, Field::second, 3},
    {"MINUTE", Field::minute, Field::minute, 3},
    {"HOUR", Field::hour, Field::hour, 4},
    {"DAY", Field::day, Field::day, 2},
    {"MONTH", Field::month, Field::month, 2},
    {"YEAR", Field::year, Field::year, 4},
    {"YEAR_MONTH", Field::year, Field::month, 6},
    {"DAY_HOUR", Field::day, Field::hour, 5},
    {"DAY_MINUTE", Field::day, Field::minute, 7},
    {"DAY_SECOND", Field::day, Field::second, 9},
    {"DAY_MICROSECOND", Field::day, Field::microsecond, 15},
    {"HOUR_MINUTE", Field::hour, Field::minute, 6},
    {"HOUR_SECOND", Field::hour, Field::second, 8},
    {"HOUR_MICROSECOND", Field::hour, Field::microsecond, 14},
    {"MINUTE_SECOND", Field::minute, Field::second, 5},
    {"MINUTE_MICROSECOND", Field::minute, Field::microsecond, 11},
    {"SECOND_MICROSECOND", Field::second, Field::microsecond, 9},
});

const ExtractRow* find_extract(std::string_view unit) {
  for (const ExtractRow& row : kExtracts) {
    if (row.unit == unit) return &row;
  }
  return nullptr;
}

struct Fields {
  std::array<std::int64_t, 7> of{};
  bool negative = false;
};

Result<Fields> fields_of(Args args) {
  if (args[0].type() == value::Type::time_of_day) {
    const std::int64_t time = args[0].as_nanoseconds();
    return Fields{
        .of = {0, 0, 0, part_of(time, 3'600 * kSecond, 1'000), part_of(time, 60 * kSecond, 60),
               part_of(time, kSecond, 60), part_of(time, 1'000, 1'000'000)},
        .negative = time < 0};
  }
  TRY(const value::Timestamp instant, datetime_at(args, 0));
  const DateTime at = datetime_of(instant);
  return Fields{.of = {at.day.year, at.day.month, at.day.day, at.hour, at.minute, at.second,
                       at.nanosecond / 1'000}};
}

Result<Value> extract(const SingleCall&, Args args) {
  TRY(const std::string_view unit, text_at(args, 1));
  const ExtractRow* row = find_extract(unit);
  if (row == nullptr) return wrong_form();
  TRY(const Fields fields, fields_of(args));
  std::int64_t number = 0;
  for (auto i = static_cast<std::size_t>(row->first); i <= static_cast<std::size_t>(row->last);
       ++i) {
    const bool fraction = i == static_cast<std::size_t>(Field::microsecond);
    number = number * (fraction ? 1'000'000 : 100) + fields.of[i];
  }
  return integer(fields.negative ? -number : number);
}

constexpr OperationRow kOperations[] = {
    strict(kYear, "sql.year", 1, year),
    strict(kMonth, "sql.month", 1, month),
    strict(kDay, "sql.dayofmonth", 1, day_of_month),
    strict(kQuarter, "sql.quarter", 1, quarter),
    strict(kDayOfWeek, "sql.dayofweek", 1, day_of_week),
    strict(kWeekday, "sql.weekday", 1, week_day),
    strict(kDayOfYear, "sql.dayofyear", 1, year_day),
    strict(kDayName, "sql.dayname", 1, day_name),
    strict(kMonthName, "sql.monthname", 1, month_name),
    strict(kWeek, "sql.week", 2, week),
    strict(kYearWeek, "sql.yearweek", 2, year_week),
    strict(kLastDay, "sql.last_day", 1, last_day),
    strict(kToDays, "sql.to_days", 1, to_days),
    strict(kToSeconds, "sql.to_seconds", 1, to_seconds),
    strict(kHour, "sql.hour", 1, time_part<3'600 * kSecond, 1'000>),
    strict(kMinute, "sql.minute", 1, time_part<60 * kSecond, 60>),
    strict(kSecond_, "sql.second", 1, time_part<kSecond, 60>),
    strict(kMicrosecond, "sql.microsecond", 1, time_part<1'000, 1'000'000>),
    strict(kTimeToSec, "sql.time_to_sec", 1, time_to_sec),
    strict(kExtract, "sql.extract", 2, extract),
};

template <std::uint16_t kNumber, std::uint32_t kWidth>
Result<Typed> bind_of_date(CallBinder& call) {
  TRY_STATUS(call.to_date(0));
  return call.make(kNumber, big_integer(false, kWidth));
}

Result<Typed> bind_year(CallBinder& call) {
  TRY_STATUS(call.to_date(0));
  return call.make(kYear, year_type());
}

template <std::uint16_t kNumber>
Result<Typed> bind_word(CallBinder& call) {
  TRY_STATUS(call.to_date(0));
  return call.make(kNumber, session_text(call, 9));
}

template <std::uint16_t kNumber, std::uint32_t kWidth>
Result<Typed> bind_week(CallBinder& call) {
  TRY_STATUS(call.to_date(0));
  if (call.size() > 1) TRY_STATUS(call.to_integer(1));
  std::vector<Value> mode;
  const bool of_session = kNumber == kWeek;
  if (call.size() == 1)
    mode.push_back(integer(of_session ? call.session().default_week_format : 0));
  return call.make(kNumber, big_integer(false, kWidth), std::move(mode));
}

// WEEK(x, 3)
Result<Typed> bind_week_of_year(CallBinder& call) {
  TRY_STATUS(call.to_date(0));
  return call.make(kWeek, big_integer(false, 2), {integer(3)});
}

Result<Typed> bind_last_day(CallBinder& call) {
  TRY_STATUS(call.to_date(0));
  return call.make(kLastDay, date_type());
}

Result<Typed> bind_to_seconds(CallBinder& call) {
  TRY_STATUS(call.to_datetime(0));
  return call.make(kToSeconds, big_integer(false, 20));
}

template <std::uint16_t kNumber, std::uint32_t kWidth>
Result<Typed> bind_of_time(CallBinder& call) {
  TRY_STATUS(call.to_time(0));
  return call.make(kNumber, big_integer(false, kWidth));
}

// EXTRACT(unit FROM x)
Result<Typed> bind_extract(CallBinder& call) {
  const std::string_view unit = call.argument(0).word;
  // Units that are computed of others.
  CallBinder of(call.name(), {call.argument(1)}, call.context());
  if (unit == "WEEK") return bind_week<kWeek, 2>(of);
  if (unit == "QUARTER") return bind_of_date<kQuarter, 2>(of);
  const ExtractRow* row = find_extract(unit);
  if (row == nullptr) return call.wrong_arguments();
  const bool of_time = of.type(0).kind() == Kind::time || row->first >= Field::hour;
  if (of_time && !of.type(0).is_time()) {
    TRY_STATUS(of.to_time(0));
  } else if (of.type(0).kind() != Kind::time) {
    TRY_STATUS(of.to_datetime(0));
  }
  return of.make(kExtract, big_integer(false, row->width), {Value::string(unit)});
}

Result<Typed> bind_date(CallBinder& call) {
  TRY_STATUS(call.to_date(0));
  return call[0];
}

Result<Typed> bind_time(CallBinder& call) {
  TRY_STATUS(call.to_time(0));
  return call[0];
}

constexpr NameRow kNames[] = {
    {"DATE", 1, 1, bind_date},
    {"DAY", 1, 1, bind_of_date<kDay, 2>},
    {"DAYNAME", 1, 1, bind_word<kDayName>},
    {"DAYOFMONTH", 1, 1, bind_of_date<kDay, 2>},
    {"DAYOFWEEK", 1, 1, bind_of_date<kDayOfWeek, 1>},
    {"DAYOFYEAR", 1, 1, bind_of_date<kDayOfYear, 3>},
    {"EXTRACT", 2, 2, bind_extract},
    {"HOUR", 1, 1, bind_of_time<kHour, 3>},
    {"LAST_DAY", 1, 1, bind_last_day},
    {"MICROSECOND", 1, 1, bind_of_time<kMicrosecond, 6>},
    {"MINUTE", 1, 1, bind_of_time<kMinute, 2>},
    {"MONTH", 1, 1, bind_of_date<kMonth, 2>},
    {"MONTHNAME", 1, 1, bind_word<kMonthName>},
    {"QUARTER", 1, 1, bind_of_date<kQuarter, 1>},
    {"SECOND", 1, 1, bind_of_time<kSecond_, 2>},
    {"TIME", 1, 1, bind_time},
    {"TIME_TO_SEC", 1, 1, bind_of_time<kTimeToSec, 10>},
    {"TO_DAYS", 1, 1, bind_of_date<kToDays, 6>},
    {"TO_SECONDS", 1, 1, bind_to_seconds},
    {"WEEK", 1, 2, bind_week<kWeek, 2>},
    {"WEEKDAY", 1, 1, bind_of_date<kWeekday, 1>},
    {"WEEKOFYEAR", 1, 1, bind_week_of_year},
    {"YEAR", 1, 1, bind_year},
    {"YEARWEEK", 1, 2, bind_week<kYearWeek, 6>},
};

}  // namespace

std::span<const OperationRow> time_part_operations() { return kOperations; }
std::span<const NameRow> time_part_names() { return kNames; }

}  // namespace octavo::sql
