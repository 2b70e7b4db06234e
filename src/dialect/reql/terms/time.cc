// Times: milliseconds since 1970 and a zone for display. Parts are those of the time's own zone.

#include <fmt/format.h>

#include <cmath>
#include <string>

#include "dialect/reql/error.h"
#include "dialect/reql/purity.h"
#include "dialect/reql/read/term.h"
#include "dialect/reql/text/iso8601.h"
#include "dialect/reql/text/time_text.h"

namespace octavo::reql {
namespace {

Result<Val> now(Env& env, Args&) { return Val(now_value(env)); }

Result<Val> epoch_time(Env&, Args& args) {
  TRY(const double seconds, args.number(0));
  const auto at = timestamp_of(seconds, 0);
  if (!at) return args.at(0, fail_logic("Error in time logic: the time is out of range."));
  return Val(Value::timestamp(*at));
}

Result<Val> to_epoch_time(Env&, Args& args) {
  TRY(const Value time, args.time(0));
  return Val(number(epoch_seconds(time.as_timestamp())));
}

Result<Val> iso8601(Env&, Args& args) {
  TRY(const Value text, args.string(0));
  TRY(const std::optional<Value> zone, args.option_string("default_timezone"));
  Result<value::Timestamp> at =
      parse_iso8601(text.as_string(), zone ? zone->as_string() : std::string_view{});
  if (!at) return args.at(0, fail(std::move(at).error()));
  return Val(Value::timestamp(*at));
}

Result<Val> to_iso8601(Env&, Args& args) {
  TRY(const Value time, args.time(0));
  TRY(const std::string text, format_iso8601(time.as_timestamp()));
  return Val(string(text));
}

// r.time(year, month, day[, hours, minutes, seconds], zone)
Result<Val> time(Env&, Args& args) {
  if (args.size() != 4 && args.size() != 7) {
    return fail_logic(fmt::format("Got {} arguments to TIME (expected 4 or 7).", args.size()));
  }
  CalendarParts parts;
  TRY(parts.year, args.integer(0));
  TRY(parts.month, args.integer(1));
  TRY(parts.day, args.integer(2));
  if (args.size() == 7) {
    TRY(parts.hours, args.integer(3));
    TRY(parts.minutes, args.integer(4));
    TRY(parts.seconds, args.number(5));
  }
  const std::size_t last = args.size() - 1;
  TRY(const Value zone, args.string(last));
  const Result<std::int16_t> zone_minutes = checked_zone(zone.as_string());
  if (!zone_minutes) return args.at(last, fail(zone_minutes.error()));
  TRY(const value::Timestamp at, time_of_parts(parts, *zone_minutes));
  return Val(Value::timestamp(at));
}

Result<Val> in_timezone(Env&, Args& args) {
  TRY(const Value time, args.time(0));
  TRY(const Value zone, args.string(1));
  const Result<std::int16_t> zone_minutes = checked_zone(zone.as_string());
  if (!zone_minutes) return args.at(1, fail(zone_minutes.error()));
  value::Timestamp at = time.as_timestamp();
  at.zone_minutes = *zone_minutes;
  return Val(Value::timestamp(at));
}

Result<Val> timezone(Env&, Args& args) {
  TRY(const Value time, args.time(0));
  return Val(string(format_zone(time.as_timestamp().zone_minutes)));
}

Result<bool> is_open(Args& args, std::string_view option, bool otherwise) {
  TRY(const std::optional<Value> bound, args.option_string(option));
  if (!bound) return otherwise;
  if (bound->as_string() == "open") return true;
  if (bound->as_string() == "closed") return false;
  return args.at(option,
                 fail_logic(fmt::format("Expected `open` or `closed` for optarg `{}` (got `{}`).",
                                        option, bound->as_string())));
}

Result<Val> during(Env&, Args& args) {
  TRY(const Value time, args.time(0));
  TRY(const Value from, args.time(1));
  TRY(const Value to, args.time(2));
  TRY(const bool left_open, is_open(args, "left_bound", false));
  TRY(const bool right_open, is_open(args, "right_bound", true));
  const auto left = order(from, time);
  const auto right = order(time, to);
  const bool inside = (left_open ? left < 0 : left <= 0) && (right_open ? right < 0 : right <= 0);
  return Val(Value::boolean(inside));
}

// The midnight with which the day began.
Result<Val> date(Env&, Args& args) {
  TRY(const Value time, args.time(0));
  value::Timestamp at = time.as_timestamp();
  TRY(const Calendar calendar, calendar_of(at));
  at.seconds = calendar.day_start;
  at.nanoseconds = 0;
  return Val(Value::timestamp(at));
}

double with_milliseconds(unsigned seconds, unsigned milliseconds) {
  return static_cast<double>(seconds * 1000 + milliseconds) / 1000.0;
}

double year(const Calendar& at) { return at.year; }
double month(const Calendar& at) { return at.month; }
double day(const Calendar& at) { return at.day; }
double day_of_week(const Calendar& at) { return at.day_of_week; }
double day_of_year(const Calendar& at) { return at.day_of_year; }
double hours(const Calendar& at) {
  const unsigned whole = at.second_of_day / 3600;
  return whole;
}
double minutes(const Calendar& at) { return at.second_of_day / 60 % 60; }
double seconds(const Calendar& at) {
  return with_milliseconds(at.second_of_day % 60, at.millisecond);
}
double time_of_day(const Calendar& at) {
  return with_milliseconds(at.second_of_day, at.millisecond);
}

template <double (*kPart)(const Calendar&)>
Result<Val> part(Env&, Args& args) {
  TRY(const Value time, args.time(0));
  TRY(const Calendar calendar, calendar_of(time.as_timestamp()));
  return Val(number(kPart(calendar)));
}

template <int kNumber>
Result<Val> constant(Env&, Args&) {
  return Val(number(kNumber));
}

constexpr Term kTerms[] = {
    {99, "iso8601", 1, 1, {"default_timezone"}, kScalar, iso8601},
    {100, "to_iso8601", 1, 1, {}, kScalar, to_iso8601},
    {101, "epoch_time", 1, 1, {}, kScalar, epoch_time},
    {102, "to_epoch_time", 1, 1, {}, kScalar, to_epoch_time},
    {103, "now", 0, 0, {}, kNow, now},
    {104, "in_timezone", 2, 2, {}, kScalar, in_timezone},
    {105, "during", 3, 3, {"left_bound", "right_bound"}, kScalar, during},
    {106, "date", 1, 1, {}, kScalar, date},
    {126, "time_of_day", 1, 1, {}, kScalar, part<time_of_day>},
    {127, "timezone", 1, 1, {}, kScalar, timezone},
    {128, "year", 1, 1, {}, kScalar, part<year>},
    {129, "month", 1, 1, {}, kScalar, part<month>},
    {130, "day", 1, 1, {}, kScalar, part<day>},
    {131, "day_of_week", 1, 1, {}, kScalar, part<day_of_week>},
    {132, "day_of_year", 1, 1, {}, kScalar, part<day_of_year>},
    {133, "hours", 1, 1, {}, kScalar, part<hours>},
    {134, "minutes", 1, 1, {}, kScalar, part<minutes>},
    {135, "seconds", 1, 1, {}, kScalar, part<seconds>},
    {136, "time", 4, 7, {}, kScalar, time},
    {107, "monday", 0, 0, {}, kScalar, constant<1>},
    {108, "tuesday", 0, 0, {}, kScalar, constant<2>},
    {109, "wednesday", 0, 0, {}, kScalar, constant<3>},
    {110, "thursday", 0, 0, {}, kScalar, constant<4>},
    {111, "friday", 0, 0, {}, kScalar, constant<5>},
    {112, "saturday", 0, 0, {}, kScalar, constant<6>},
    {113, "sunday", 0, 0, {}, kScalar, constant<7>},
    {114, "january", 0, 0, {}, kScalar, constant<1>},
    {115, "february", 0, 0, {}, kScalar, constant<2>},
    {116, "march", 0, 0, {}, kScalar, constant<3>},
    {117, "april", 0, 0, {}, kScalar, constant<4>},
    {118, "may", 0, 0, {}, kScalar, constant<5>},
    {119, "june", 0, 0, {}, kScalar, constant<6>},
    {120, "july", 0, 0, {}, kScalar, constant<7>},
    {121, "august", 0, 0, {}, kScalar, constant<8>},
    {122, "september", 0, 0, {}, kScalar, constant<9>},
    {123, "october", 0, 0, {}, kScalar, constant<10>},
    {124, "november", 0, 0, {}, kScalar, constant<11>},
    {125, "december", 0, 0, {}, kScalar, constant<12>},
};

}  // namespace

std::span<const Term> time_terms() { return kTerms; }

}  // namespace octavo::reql
