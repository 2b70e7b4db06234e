// The time of the statement: constants once it is bound. SYSDATE() is that of its call.

#include "base/clock.h"
#include "dialect/sql/convert/calendar.h"
#include "dialect/sql/convert/zone.h"
#include "dialect/sql/function/named.h"
#include "dialect/sql/function/time_arguments.h"

namespace octavo::sql {
namespace {

using value::Timestamp;
using value::Value;

enum Operation : std::uint16_t {
  kSysdate = operation_block::kTime + 120,  // (digits of the second, zone)
};

Timestamp instant_of_ns(std::int64_t ns, int digits) {
  std::int64_t unit = kSecond;
  for (int i = 0; i < digits; ++i) unit /= 10;
  const std::int64_t cut = ns - ns % unit;
  return {.seconds = cut / kSecond, .nanoseconds = static_cast<std::uint32_t>(cut % kSecond)};
}

Timestamp local_now(std::int64_t ns, std::string_view zone_name, int digits) {
  const Zone* zone = find_zone(zone_name);
  const Timestamp now = instant_of_ns(ns, digits);
  return zone == nullptr ? now : local_time(*zone, now);
}

Result<Value> sysdate(const SingleCall&, Args args) {
  TRY(const std::int64_t digits, integer_at(args, 0));
  TRY(const std::string_view zone, text_at(args, 1));
  if (digits < 0 || digits > kMaxTimePrecision) return wrong_form();
  return Value::timestamp(local_now(system_clock().wall_ns(), zone, static_cast<int>(digits)));
}

constexpr OperationRow kOperations[] = {
    {.number = kSysdate,
     .name = "sql.sysdate",
     .least = 2,
     .flags = operation_flag::kImpure,
     .single = sysdate},
};

// Digits of the second: 1426 above six.
Result<int> digits_of_call(CallBinder& call) {
  if (call.size() == 0) return 0;
  const Value* digits = call.constant(0);
  const auto number = digits != nullptr && digits->is_number() ? digits->to_int64() : std::nullopt;
  if (!number || *number < 0) return call.wrong_arguments();
  if (*number > kMaxTimePrecision) {
    return error<1426>(std::to_string(*number), call.name(), std::to_string(kMaxTimePrecision));
  }
  return static_cast<int>(*number);
}

template <bool kUtc>
Result<Typed> bind_now(CallBinder& call) {
  TRY(const int digits, digits_of_call(call));
  const std::string_view zone = kUtc ? std::string_view("+00:00") : call.session().time_zone;
  return Typed{algebra::constant(Value::timestamp(local_now(call.session().now_ns, zone, digits))),
               never_null(datetime_type(digits))};
}

template <bool kUtc>
Result<Typed> bind_date(CallBinder& call) {
  TRY(const Typed now, bind_now<kUtc>(call));
  return Typed{algebra::constant(date_value(datetime_day(now.constant()->as_timestamp()))),
               never_null(date_type())};
}

template <bool kUtc>
Result<Typed> bind_time(CallBinder& call) {
  TRY(const int digits, digits_of_call(call));
  TRY(const Typed now, bind_now<kUtc>(call));
  const DateTime at = datetime_of(now.constant()->as_timestamp());
  return Typed{algebra::constant(Value::time_of_day(time_of(at))), never_null(time_type(digits))};
}

Result<Typed> bind_sysdate(CallBinder& call) {
  TRY(const int digits, digits_of_call(call));
  CallBinder none(call.name(), {}, call.context());
  return none.make(kSysdate, never_null(datetime_type(digits)),
                   {integer(digits), Value::string(call.session().time_zone)});
}

constexpr NameRow kNames[] = {
    {"CURDATE", 0, 0, bind_date<false>},       {"CURRENT_DATE", 0, 0, bind_date<false>},
    {"CURRENT_TIME", 0, 1, bind_time<false>},  {"CURRENT_TIMESTAMP", 0, 1, bind_now<false>},
    {"CURTIME", 0, 1, bind_time<false>},       {"LOCALTIME", 0, 1, bind_now<false>},
    {"LOCALTIMESTAMP", 0, 1, bind_now<false>}, {"NOW", 0, 1, bind_now<false>},
    {"SYSDATE", 0, 1, bind_sysdate},           {"UTC_DATE", 0, 0, bind_date<true>},
    {"UTC_TIME", 0, 1, bind_time<true>},       {"UTC_TIMESTAMP", 0, 1, bind_now<true>},
};

}  // namespace

std::span<const OperationRow> time_now_operations() { return kOperations; }
std::span<const NameRow> time_now_names() { return kNames; }

}  // namespace octavo::sql
