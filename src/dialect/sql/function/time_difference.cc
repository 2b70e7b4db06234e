// How far dates and times are from each other.

#include <algorithm>
#include <array>
#include <cstdlib>

#include "dialect/sql/convert/time_text.h"
#include "dialect/sql/function/named.h"
#include "dialect/sql/function/time_arguments.h"
#include "value/datetime.h"

namespace octavo::sql {
namespace {

using value::Timestamp;
using value::Value;

enum Operation : std::uint16_t {
  kDateDiff = operation_block::kTime + 60,  // (date, date)
  kTimeDiff,                                // (time, time)
  kDateTimeDiff,                            // (datetime, datetime) → time
  kTimestampDiff,                           // (unit, datetime, datetime)
  kTimeTextDiff,                            // (text, text) → time
};

Result<Value> date_diff(const SingleCall&, Args args) {
  TRY(const std::int64_t a, day_number_at(args, 0));
  TRY(const std::int64_t b, day_number_at(args, 1));
  if (!is_date_number(a) || !is_date_number(b)) return Value();
  return integer(a - b);
}

// Cut at ±838:59:59, with a warning.
Value limited_time(const SingleCall& call, std::int64_t seconds, std::int64_t nanoseconds) {
  constexpr std::int64_t kMostSeconds = kMostTime / kSecond;
  const std::int64_t time =
      std::clamp(seconds, -kMostSeconds - 1, kMostSeconds + 1) * kSecond + nanoseconds;
  if (time >= -kMostTime && time <= kMostTime) return Value::time_of_day(time);
  warn(call.context, error<1292>("time", print_time(time, 0)).error());
  return Value::time_of_day(time < 0 ? -kMostTime : kMostTime);
}

Result<Value> time_diff(const SingleCall& call, Args args) {
  TRY(const std::int64_t a, time_at(args, 0));
  TRY(const std::int64_t b, time_at(args, 1));
  return limited_time(call, (a - b) / kSecond, (a - b) % kSecond);
}

Value between(const SingleCall& call, const Timestamp& a, const Timestamp& b) {
  if (!is_date_number(datetime_day(a)) || !is_date_number(datetime_day(b))) return {};
  const std::int64_t nanoseconds =
      std::int64_t{a.nanoseconds} - static_cast<std::int64_t>(b.nanoseconds);
  return limited_time(call, a.seconds - b.seconds, nanoseconds);
}

Result<Value> datetime_diff(const SingleCall& call, Args args) {
  TRY(const Timestamp a, datetime_at(args, 0));
  TRY(const Timestamp b, datetime_at(args, 1));
  return between(call, a, b);
}

// Two texts are both times, or both dates and times; else the difference is null.
Result<Value> time_text_diff(const SingleCall& call, Args args) {
  struct Side {
    bool is_datetime = false;
    Timestamp at;
    std::int64_t time = 0;
  };
  std::array<Side, 2> sides;
  for (std::size_t i = 0; i < sides.size(); ++i) {
    TRY(const std::string_view text, text_at(args, i));
    if (const auto read = read_datetime(text, 0); read.loss == Loss::none && read.value.has_time) {
      sides[i] = {.is_datetime = true, .at = timestamp_of(read.value.at)};
      continue;
    }
    const auto read = read_time(text, 0);
    if (read.loss == Loss::bad) {
      warn(call.context, error<1292>("time", text).error());
      return Value();
    }
    sides[i].time = read.value;
  }
  if (sides[0].is_datetime != sides[1].is_datetime) return Value();
  if (sides[0].is_datetime) return between(call, sides[0].at, sides[1].at);
  const std::int64_t difference = sides[0].time - sides[1].time;
  return limited_time(call, difference / kSecond, difference % kSecond);
}

// Whole months from `a` to `b`, which is not before it.
std::int64_t whole_months(const Timestamp& a, const Timestamp& b) {
  const DateTime from = datetime_of(a);
  const DateTime to = datetime_of(b);
  const std::int64_t months = (to.day.year - from.day.year) * 12LL + to.day.month - from.day.month;
  const bool reached =
      to.day.day != from.day.day ? to.day.day > from.day.day : time_of(to) >= time_of(from);
  return months - (reached ? 0 : 1);
}

struct DiffUnit {
  std::string_view name;
  std::int64_t months;   // of months, or
  std::int64_t seconds;  // of seconds; neither: microseconds
};
constexpr std::array kDiffUnits = std::to_array<DiffUnit>({
    {"MICROSECOND", 0, 0},
    {"SECOND", 0, 1},
    {"MINUTE", 0, 60},
    {"HOUR", 0, 3'600},
    {"DAY", 0, 86'400},
    {"WEEK", 0, 7 * 86'400},
    {"MONTH", 1, 0},
    {"QUARTER", 3, 0},
    {"YEAR", 12, 0},
});

bool is_before(const Timestamp& a, const Timestamp& b) {
  return a.seconds != b.seconds ? a.seconds < b.seconds : a.nanoseconds < b.nanoseconds;
}

Result<Value> timestamp_diff(const SingleCall&, Args args) {
  TRY(const std::string_view name, text_at(args, 0));
  TRY(Timestamp from, datetime_at(args, 1));
  TRY(Timestamp to, datetime_at(args, 2));
  const auto* unit = std::ranges::find(kDiffUnits, name, &DiffUnit::name);
  if (unit == kDiffUnits.end()) return wrong_form();
  if (!is_date_number(datetime_day(from)) || !is_date_number(datetime_day(to))) return Value();
  const bool negative = is_before(to, from);
  if (negative) std::swap(from, to);
  std::int64_t difference = 0;
  if (unit->months != 0) {
    difference = whole_months(from, to) / unit->months;
  } else {
    std::int64_t seconds = to.seconds - from.seconds;
    std::int64_t nanoseconds =
        std::int64_t{to.nanoseconds} - static_cast<std::int64_t>(from.nanoseconds);
    if (nanoseconds < 0) {
      --seconds;
      nanoseconds += kSecond;
    }
    difference =
        unit->seconds != 0 ? seconds / unit->seconds : seconds * 1'000'000 + nanoseconds / 1'000;
  }
  return integer(negative ? -difference : difference);
}

constexpr OperationRow kOperations[] = {
    strict(kDateDiff, "sql.datediff", 2, date_diff),
    strict(kTimeDiff, "sql.timediff", 2, time_diff),
    strict(kDateTimeDiff, "sql.datetime_diff", 2, datetime_diff, "timediff"),
    strict(kTimestampDiff, "sql.timestampdiff", 3, timestamp_diff),
    strict(kTimeTextDiff, "sql.time_text_diff", 2, time_text_diff, "timediff"),
};

Result<Typed> bind_datediff(CallBinder& call) {
  TRY_STATUS(call.to_date(0));
  TRY_STATUS(call.to_date(1));
  return call.make(kDateDiff, big_integer(false, 7));
}

bool is_datetime(const Type& type) {
  return type.kind() == Kind::datetime || type.kind() == Kind::timestamp ||
         type.kind() == Kind::date;
}

// Of a date and time and of a time there is no difference.
Result<Typed> bind_timediff(CallBinder& call) {
  const Type a = call.type(0);
  const Type b = call.type(1);
  const auto precision = [](const Type& type) {
    return type.is_time() ? type.logical->precision : kMaxTimePrecision;
  };
  const Type type = time_type(std::max<int>(precision(a), precision(b)));
  if ((is_datetime(a) && b.kind() == Kind::time) || (is_datetime(b) && a.kind() == Kind::time)) {
    return Typed{algebra::constant(Value()), type};
  }
  if (is_datetime(a) || is_datetime(b)) {
    TRY_STATUS(call.to_datetime(0));
    TRY_STATUS(call.to_datetime(1));
    return call.make(kDateTimeDiff, type);
  }
  if (a.kind() == Kind::time || b.kind() == Kind::time) {
    TRY_STATUS(call.to_time(0));
    TRY_STATUS(call.to_time(1));
    return call.make(kTimeDiff, type);
  }
  TRY_STATUS(call.to_text(0));
  TRY_STATUS(call.to_text(1));
  return call.make(kTimeTextDiff, type);
}

Result<Typed> bind_timestampdiff(CallBinder& call) {
  const std::string_view unit = call.argument(0).word;
  TRY_STATUS(call.to_datetime(1));
  TRY_STATUS(call.to_datetime(2));
  Typed name{algebra::constant(Value::string(unit)), never_null(session_text(call, 16))};
  return call.make_of(kTimestampDiff, {std::move(name), call[1], call[2]}, big_integer(false, 21));
}

constexpr NameRow kNames[] = {
    {"DATEDIFF", 2, 2, bind_datediff},
    {"TIMEDIFF", 2, 2, bind_timediff},
    {"TIMESTAMPDIFF", 3, 3, bind_timestampdiff},
};

}  // namespace

std::span<const OperationRow> time_difference_operations() { return kOperations; }
std::span<const NameRow> time_difference_names() { return kNames; }

}  // namespace octavo::sql
