#include "dialect/mongodb/expression/clock_time.h"

#include "dialect/mongodb/expression/operands.h"
#include "dialect/mongodb/expression/operator.h"

namespace octavo::mongodb {

using value::Type;
using value::Value;

std::int64_t ClockTime::millis_of_day() const {
  return hour * kMillisPerHour + minute * kMillisPerMinute + second * kMillisPerSecond +
         millisecond;
}

std::int64_t local_millis(std::int64_t utc_millis, const Zone& zone) {
  std::int64_t local = 0;
  // At the ends of time offsets do not matter.
  return __builtin_add_overflow(utc_millis, zone.offset_at(utc_millis), &local) ? utc_millis
                                                                                : local;
}

ClockTime clock_time(std::int64_t utc_millis, const Zone& zone) {
  const std::int64_t local = local_millis(utc_millis, zone);
  ClockTime time;
  time.offset = local - utc_millis;
  time.days = floor_divide(local, kMillisPerDay);
  time.date = value::civil_from_days(time.days);
  const std::int64_t rest = local - time.days * kMillisPerDay;
  time.hour = static_cast<int>(rest / kMillisPerHour);
  time.minute = static_cast<int>(rest / kMillisPerMinute % 60);
  time.second = static_cast<int>(rest / kMillisPerSecond % 60);
  time.millisecond = static_cast<int>(rest % kMillisPerSecond);
  return time;
}

bool is_date_like(const Item& item) {
  return item && (item->type() == Type::timestamp || item->type() == Type::log_stamp ||
                  item->type() == Type::object_id);
}

Result<std::int64_t> millis_of_date(const Value& value) {
  if (value.type() == Type::timestamp) return date_millis(value.as_timestamp());
  if (value.type() == Type::log_stamp) {
    return std::int64_t{value.log_stamp_seconds()} * kMillisPerSecond;
  }
  if (value.type() == Type::object_id) {
    // It begins with seconds, signed as dates are.
    std::uint32_t seconds = 0;
    for (const char byte : value.as_bytes().substr(0, 4)) {
      seconds = (seconds << 8U) | static_cast<unsigned char>(byte);
    }
    return std::int64_t{static_cast<std::int32_t>(seconds)} * kMillisPerSecond;
  }
  return error(16006, "can't convert from BSON type {} to Date", type_alias(value));
}

Result<const Zone*> read_zone(const OperationCall& call, std::span<const Item> arguments,
                              std::size_t i) {
  if (!is_given(call, i)) return &utc();
  const Item& name = arguments[i];
  if (is_nullish(name)) return nullptr;
  if (!name->is_string()) {
    return error(40517, "timezone must evaluate to a string, found {}", type_alias(name));
  }
  return find_zone(name->as_string());
}

}  // namespace octavo::mongodb
