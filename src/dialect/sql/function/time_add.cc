// Intervals added to dates and times, and times to each other.

#include <algorithm>

#include "dialect/sql/convert/time_text.h"
#include "dialect/sql/function/intervals.h"
#include "dialect/sql/function/loss_rule.h"
#include "dialect/sql/function/named.h"
#include "dialect/sql/function/time_arguments.h"

namespace octavo::sql {
namespace {

using value::Value;

enum Operation : std::uint16_t {
  // (x, amount, unit, whether it is added, modes): the result is of the kind of x.
  kAddToDate = operation_block::kTime + 40,
  kAddToDateTime,
  kAddToTime,
  kAddToText,
  kAddTimes,     // (time, time, whether it is added)
  kAddTimeTo,    // (datetime, time, whether it is added)
  kAddTimeText,  // (text, time, whether it is added)
  kPeriodAdd,    // (period, months)
  kPeriodDiff,   // (period, period)
};

Result<Span> span_at(Args args) {
  TRY(const std::string_view name, text_at(args, 2));
  const UnitRow* unit = find_unit(name);
  if (unit == nullptr || args[3].type() != value::Type::boolean) return wrong_form();
  Span span;
  switch (unit->amount) {
    case UnitRow::Amount::whole: {
      TRY(const std::int64_t amount, integer_at(args, 1));
      span = span_of(*unit, amount);
      break;
    }
    case UnitRow::Amount::fraction: {
      TRY(const value::Decimal amount, decimal_at(args, 1));
      span = span_of(*unit, amount);
      break;
    }
    case UnitRow::Amount::parts: {
      TRY(const std::string_view parts, text_at(args, 1));
      span = span_of(*unit, parts);
      break;
    }
  }
  return args[3].as_boolean() ? span : span.negated();
}

Value overflow(const SingleCall& call, std::string_view what) {
  warn(call.context, error<1441>(what).error());
  return {};
}

Result<Value> add_to_date(const SingleCall& call, Args args) {
  TRY(const std::int64_t day, day_number_at(args, 0));
  TRY(const Span span, span_at(args));
  if (!is_date_number(day)) return Value();
  const auto sum = add({.seconds = day * 86'400}, span);
  return sum ? date_value(datetime_day(*sum)) : overflow(call, "datetime");
}

Result<Value> add_to_datetime(const SingleCall& call, Args args) {
  TRY(const value::Timestamp at, datetime_at(args, 0));
  TRY(const Span span, span_at(args));
  if (!is_date_number(datetime_day(at))) return Value();
  const auto sum = add(at, span);
  return sum ? Value::timestamp(*sum) : overflow(call, "datetime");
}

// A time within ±838:59:59.
Value time_or_overflow(const SingleCall& call, const Span& span) {
  constexpr std::int64_t kMostSeconds = kMostTime / kSecond;
  const std::int64_t nanoseconds =
      std::clamp(span.seconds, -kMostSeconds - 1, kMostSeconds + 1) * kSecond + span.nanoseconds;
  if (nanoseconds < -kMostTime || nanoseconds > kMostTime) return overflow(call, "time");
  return Value::time_of_day(nanoseconds);
}

Result<Value> add_to_time(const SingleCall& call, Args args) {
  TRY(const std::int64_t time, time_at(args, 0));
  TRY(Span span, span_at(args));
  span.nanoseconds += time % kSecond;
  span.seconds += time / kSecond;
  return time_or_overflow(call, span);
}

// A text has a time where there is one in it or in the interval.
Result<Value> add_to_text(const SingleCall& call, Args args) {
  TRY(const std::string_view text, text_at(args, 0));
  TRY(const Span span, span_at(args));
  TRY(const std::int64_t modes, integer_at(args, 4));
  const auto read = read_datetime(text, static_cast<SqlMode>(modes));
  if (read.loss == Loss::bad) {
    warn(call.context, incorrect("datetime", text));
    return Value();
  }
  if (read.loss == Loss::cut) warn(call.context, error<1292>("datetime", text).error());
  const value::Timestamp at = timestamp_of(read.value.at);
  if (!is_date_number(datetime_day(at))) return Value();
  const auto sum = add(at, span);
  if (!sum) return overflow(call, "datetime");
  const bool days_only = find_unit(args[2].as_string())->of_days;
  if (!read.value.has_time && days_only) return Value::string(print_date(datetime_day(*sum)));
  return Value::string(print_datetime(*sum, sum->nanoseconds / 1'000 == 0 ? 0 : 6));
}

Result<std::int64_t> signed_time_at(Args args) {
  TRY(const std::int64_t time, time_at(args, 1));
  if (args[2].type() != value::Type::boolean) return wrong_form();
  return args[2].as_boolean() ? time : -time;
}

Result<Value> add_times(const SingleCall& call, Args args) {
  TRY(const std::int64_t time, time_at(args, 0));
  TRY(const std::int64_t added, signed_time_at(args));
  return time_or_overflow(
      call, {.seconds = (time + added) / kSecond, .nanoseconds = (time + added) % kSecond});
}

Span span_of_time(std::int64_t nanoseconds) {
  return {.seconds = nanoseconds / kSecond, .nanoseconds = nanoseconds % kSecond};
}

Result<Value> add_time_to(const SingleCall& call, Args args) {
  TRY(const value::Timestamp at, datetime_at(args, 0));
  TRY(const std::int64_t added, signed_time_at(args));
  if (!is_date_number(datetime_day(at))) return Value();
  const auto sum = add(at, span_of_time(added));
  return sum ? Value::timestamp(*sum) : overflow(call, "datetime");
}

// To a time, or a date and time, whichever the text is.
Result<Value> add_time_text(const SingleCall& call, Args args) {
  TRY(const std::string_view text, text_at(args, 0));
  TRY(const std::int64_t added, signed_time_at(args));
  if (const auto read = read_datetime(text, 0); read.loss != Loss::bad && read.value.has_time) {
    const value::Timestamp at = timestamp_of(read.value.at);
    const auto sum = add(at, span_of_time(added));
    if (!sum) return is_date_number(datetime_day(at)) ? overflow(call, "datetime") : Value();
    return Value::string(print_datetime(*sum, sum->nanoseconds / 1'000 == 0 ? 0 : 6));
  }
  const auto read = read_time(text, 0);
  if (read.loss == Loss::bad) {
    warn(call.context, error<1292>("time", text).error());
    return Value();
  }
  const std::int64_t sum = std::clamp(read.value + added, -kMostTime, kMostTime);
  return Value::string(print_time(sum, sum % kSecond / 1'000 == 0 ? 0 : 6));
}

// YYMM or YYYYMM as months since the year 0. Negative: it is none.
std::int64_t months_of_period(std::int64_t period) {
  std::int64_t year = period / 100;
  const std::int64_t month = period % 100;
  if (period < 0 || month < 1 || month > 12 || year > kMostYear) return -1;
  if (year < 70) {
    year += 2'000;
  } else if (year < 100) {
    year += 1'900;
  }
  return year * 12 + month - 1;
}

Result<Value> period_add(const SingleCall&, Args args) {
  TRY(const std::int64_t period, integer_at(args, 0));
  TRY(const std::int64_t added, integer_at(args, 1));
  if (period == 0) return integer(0);
  const std::int64_t months = months_of_period(period);
  if (months < 0) return error<1210>("period_add");
  constexpr std::int64_t kMost = 1'000'000;
  const std::int64_t sum = months + std::clamp(added, -kMost, kMost);
  if (sum < 0) return error<1210>("period_add");
  return integer(sum / 12 * 100 + sum % 12 + 1);
}

Result<Value> period_diff(const SingleCall&, Args args) {
  TRY(const std::int64_t a, integer_at(args, 0));
  TRY(const std::int64_t b, integer_at(args, 1));
  const std::int64_t first = a == 0 ? 0 : months_of_period(a);
  const std::int64_t second = b == 0 ? 0 : months_of_period(b);
  if (first < 0 || second < 0) return error<1210>("period_diff");
  return integer(first - second);
}

constexpr OperationRow kOperations[] = {
    strict(kAddToDate, "sql.add_to_date", 4, add_to_date, "date_add"),
    strict(kAddToDateTime, "sql.add_to_datetime", 4, add_to_datetime, "date_add"),
    strict(kAddToTime, "sql.add_to_time", 4, add_to_time, "date_add"),
    strict(kAddToText, "sql.add_to_text", 5, add_to_text, "date_add"),
    strict(kAddTimes, "sql.add_times", 3, add_times, "addtime"),
    strict(kAddTimeTo, "sql.add_time_to_datetime", 3, add_time_to, "addtime"),
    strict(kAddTimeText, "sql.add_time_to_text", 3, add_time_text, "addtime"),
    strict(kPeriodAdd, "sql.period_add", 2, period_add),
    strict(kPeriodDiff, "sql.period_diff", 2, period_diff),
};

// Digits of the second that the sum has.
int precision_of(const Type& type, const UnitRow& unit, const Type& amount) {
  int precision = type.kind() == Kind::date ? 0 : type.logical->precision;
  if (unit.microseconds) precision = kMaxTimePrecision;
  if (unit.amount == UnitRow::Amount::fraction && amount.decimals != 0) {
    precision = std::max(precision, std::min<int>(amount.decimals, kMaxTimePrecision));
  }
  return precision;
}

struct Adding {
  std::string_view unit;
  bool is_added = true;
};

// x + INTERVAL amount unit, and x - INTERVAL …
Result<Typed> add_interval(CallBinder& call, Typed x, Typed amount, const Adding& adding) {
  const UnitRow* unit = find_unit(adding.unit);
  if (unit == nullptr) return call.wrong_arguments();
  CallBinder of(call.name(), {{.value = std::move(x)}, {.value = std::move(amount)}},
                call.context());
  const Type amount_type = of.type(1);
  switch (unit->amount) {
    case UnitRow::Amount::whole: TRY_STATUS(of.to_integer(1)); break;
    case UnitRow::Amount::fraction:
      TRY_STATUS(of.convert(1, decimal_type(kMaxDecimalPrecision, kMaxTimePrecision)));
      break;
    case UnitRow::Amount::parts: TRY_STATUS(of.to_text(1)); break;
  }
  std::vector<Value> constants{Value::string(adding.unit), boolean(adding.is_added)};
  const Type& type = of.type(0);
  const int precision = precision_of(type, *unit, amount_type);
  if (type.kind() == Kind::date && unit->of_days) {
    return of.make(kAddToDate, date_type(), std::move(constants));
  }
  if (type.kind() == Kind::time && unit->of_time) {
    return of.make(kAddToTime, time_type(precision), std::move(constants));
  }
  if (type.is_time()) {
    TRY_STATUS(of.to_datetime(0));
    return of.make(kAddToDateTime, datetime_type(precision), std::move(constants));
  }
  TRY_STATUS(of.to_text(0));
  constants.push_back(Value::uint64(of.session().mode));
  return of.make(kAddToText, session_text(of, 29), std::move(constants));
}

template <bool kAdded>
Result<Typed> bind_date_add(CallBinder& call) {
  const CallArgument& interval = call.argument(1);
  if (!interval.is_interval) return add_interval(call, call[0], interval.value, {"DAY", kAdded});
  return add_interval(call, call[0], interval.value, {interval.word, kAdded});
}

// TIMESTAMPADD(unit, amount, x)
Result<Typed> bind_timestampadd(CallBinder& call) {
  return add_interval(call, call[2], call[1], {.unit = call.argument(0).word});
}

template <bool kAdded>
Result<Typed> bind_addtime(CallBinder& call) {
  TRY_STATUS(call.to_time(1));
  const Type& type = call.type(0);
  const std::uint8_t precision = call.type(1).logical->precision;
  const int most = std::max<int>(type.is_time() ? type.logical->precision : 0, precision);
  if (type.kind() == Kind::time) {
    return call.make(kAddTimes, time_type(most), {boolean(kAdded)});
  }
  if (type.is_time()) {
    TRY_STATUS(call.to_datetime(0));
    return call.make(kAddTimeTo, datetime_type(most), {boolean(kAdded)});
  }
  TRY_STATUS(call.to_text(0));
  return call.make(kAddTimeText, session_text(call, 26), {boolean(kAdded)});
}

// TIMESTAMP(x [, time])
Result<Typed> bind_timestamp(CallBinder& call) {
  TRY_STATUS(call.to_datetime(0));
  if (call.size() == 1) return call[0];
  TRY_STATUS(call.to_time(1));
  const int digits = std::max(call.type(0).logical->precision, call.type(1).logical->precision);
  return call.make(kAddTimeTo, datetime_type(digits), {boolean(true)});
}

template <std::uint16_t kNumber>
Result<Typed> bind_period(CallBinder& call) {
  TRY_STATUS(call.to_integer(0));
  TRY_STATUS(call.to_integer(1));
  return call.make(kNumber, never_null(big_integer(false, 6)));
}

constexpr NameRow kNames[] = {
    {"ADDDATE", 2, 2, bind_date_add<true>},        {"ADDTIME", 2, 2, bind_addtime<true>},
    {"DATE_ADD", 2, 2, bind_date_add<true>},       {"DATE_SUB", 2, 2, bind_date_add<false>},
    {"PERIOD_ADD", 2, 2, bind_period<kPeriodAdd>}, {"PERIOD_DIFF", 2, 2, bind_period<kPeriodDiff>},
    {"SUBDATE", 2, 2, bind_date_add<false>},       {"SUBTIME", 2, 2, bind_addtime<false>},
    {"TIMESTAMP", 1, 2, bind_timestamp},           {"TIMESTAMPADD", 3, 3, bind_timestampadd},
};

}  // namespace

std::span<const OperationRow> time_add_operations() { return kOperations; }
std::span<const NameRow> time_add_names() { return kNames; }

}  // namespace octavo::sql
