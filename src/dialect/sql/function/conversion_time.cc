// Conversions to dates and times, and between what clocks show and instants.

#include "dialect/sql/convert/time_text.h"
#include "dialect/sql/convert/value.h"
#include "dialect/sql/convert/zone.h"
#include "dialect/sql/error/error.h"
#include "dialect/sql/function/arguments.h"
#include "dialect/sql/function/loss_rule.h"
#include "dialect/sql/function/numbers.h"
#include "dialect/sql/function/operation_tables.h"
#include "value/datetime.h"

namespace octavo::sql {
namespace {

using value::Timestamp;
using value::Type;
using value::Value;

Result<SqlMode> mode_at(Args args, std::size_t i) {
  TRY(const std::int64_t mode, integer_at(args, i));
  return static_cast<SqlMode>(mode);
}

Result<int> precision_at(Args args, std::size_t i) {
  TRY(const std::int64_t precision, integer_at(args, i));
  if (precision < 0 || precision > kMaxTimePrecision) return wrong_form();
  return static_cast<int>(precision);
}

Result<const Zone*> zone_at(Args args, std::size_t i) {
  TRY(const std::string_view name, text_at(args, i));
  const Zone* zone = find_zone(name);
  if (zone == nullptr) return error<1298>(name);
  return zone;
}

// Whether a value was lost for good: what was cut is a value still.
Result<bool> is_lost(const SingleCall& call, Loss loss, const Value& rule, std::string_view kind,
                     const Value& from) {
  if (loss == Loss::none) return false;
  const std::string text = plain_text(from);
  const bool kept = loss == Loss::cut || loss == Loss::range;
  TRY_STATUS(lose(call, loss_rule(rule), kept ? truncated(kind, text) : incorrect(kind, text)));
  return !kept;
}

Result<Value> to_date(const SingleCall& call, Args args) {
  TRY(const SqlMode mode, mode_at(args, 1));
  TRY(const std::int64_t today, integer_at(args, 2));
  const Converted<Timestamp> at = instant_of_value(args[0], mode, today);
  TRY(const bool lost, is_lost(call, at.loss, args[3], "datetime", args[0]));
  if (lost) return Value();
  return Value::date(static_cast<std::int32_t>(datetime_day(at.value)));
}

Result<Value> to_time(const SingleCall& call, Args args) {
  TRY(const int precision, precision_at(args, 1));
  TRY(const SqlMode mode, mode_at(args, 2));
  const Converted<std::int64_t> time = time_of_value(args[0], mode);
  TRY(const bool lost, is_lost(call, time.loss, args[3], "time", args[0]));
  if (lost) return Value();
  const std::int64_t rounded = round_time(time.value, precision, mode);
  return Value::time_of_day(std::clamp(rounded, -kMostTime, kMostTime));
}

// What a text says with an offset is an instant, which the session's clock shows in its own way.
Result<std::optional<Timestamp>> with_offset(Args args, SqlMode mode) {
  if (!args[0].is_string()) return std::nullopt;
  const Converted<ReadDateTime> read = read_datetime(args[0].as_string(), mode);
  if (read.loss == Loss::bad || !read.value.zone_minutes) return std::nullopt;
  TRY(const Zone* zone, zone_at(args, 4));
  Timestamp instant = timestamp_of(read.value.at);
  instant.seconds -= *read.value.zone_minutes * 60;
  return local_time(*zone, instant);
}

Result<Value> to_datetime(const SingleCall& call, Args args) {
  TRY(const int precision, precision_at(args, 1));
  TRY(const SqlMode mode, mode_at(args, 2));
  TRY(const std::int64_t today, integer_at(args, 3));
  Converted<Timestamp> at = instant_of_value(args[0], mode, today);
  TRY(const auto moved, with_offset(args, mode));
  if (moved) at.value = *moved;
  if (at.loss == Loss::none || at.loss == Loss::cut) {
    const Converted<Timestamp> rounded = round_instant(at.value, precision, mode);
    at = {.value = rounded.value, .loss = rounded.loss == Loss::range ? Loss::bad : at.loss};
  }
  TRY(const bool lost, is_lost(call, at.loss, args[5], "datetime", args[0]));
  return lost ? Value() : Value::timestamp(at.value);
}

Result<Value> to_year(const SingleCall& call, Args args) {
  const bool is_text = args[0].is_string();
  const Converted<Integer> number = integer_of(args[0], false, TextAs::digits);
  auto year = static_cast<std::int64_t>(number.value.bits);
  if (args[0].type() == Type::date) year = day_of(args[0].as_date()).year;
  if (args[0].type() == Type::timestamp) year = datetime_of(args[0].as_timestamp()).day.year;
  Loss loss = number.loss;
  // 0 as a number is the year 0, and as a text 2000.
  if (year >= (is_text ? 0 : 1) && year <= 99) year += year < 70 ? 2'000 : 1'900;
  if (loss != Loss::bad && year != 0 && (year < 1'901 || year > 2'155)) loss = Loss::bad;
  TRY(const bool lost, is_lost(call, loss, args[1], "YEAR", args[0]));
  return lost ? Value() : Value::int64(year);
}

Result<Value> to_local(const SingleCall& /*call*/, Args args) {
  if (args[0].type() != Type::timestamp) return wrong_form();
  TRY(const Zone* zone, zone_at(args, 1));
  return Value::timestamp(local_time(*zone, args[0].as_timestamp()));
}

Result<Value> to_instant(const SingleCall& call, Args args) {
  if (args[0].type() != Type::timestamp) return wrong_form();
  TRY(const Zone* zone, zone_at(args, 1));
  const Instant instant = instant_of(*zone, args[0].as_timestamp());
  if (!instant.exists) {
    TRY_STATUS(lose(call, loss_rule(args[2]), incorrect("datetime", plain_text(args[0]))));
  }
  return Value::timestamp(instant.at);
}

constexpr OperationRow kRows[] = {
    conversion(op::kToDate, "sql.to_date", 5, to_date),
    conversion(op::kToTime, "sql.to_time", 5, to_time),
    conversion(op::kToDatetime, "sql.to_datetime", 7, to_datetime),
    conversion(op::kToYear, "sql.to_year", 3, to_year),
    conversion(op::kToLocal, "sql.to_local", 2, to_local),
    conversion(op::kToInstant, "sql.to_instant", 4, to_instant),
};

}  // namespace

std::span<const OperationRow> time_conversions() { return kRows; }

}  // namespace octavo::sql
