// Parts of dates: $year, $hour, $isoWeek and their like, a table of what each is of a clock's time.

#include <algorithm>
#include <iterator>

#include "dialect/mongodb/expression/access.h"
#include "dialect/mongodb/expression/clock_time.h"
#include "dialect/mongodb/expression/operands.h"
#include "dialect/mongodb/expression/operation_tables.h"
#include "dialect/mongodb/expression/operator_tables.h"
#include "dialect/mongodb/expression/operators.h"

namespace octavo::mongodb {
namespace {

using algebra::ExprPtr;
using value::Value;

Value number(std::int64_t part) { return Value::int32(static_cast<std::int32_t>(part)); }

// Weeks begin on Sunday; days before the first one are in week 0.
int sunday_week(const ClockTime& time) {
  const int weekday = value::day_of_week(time.days) % 7;
  return (value::day_of_year(time.date) - 1 + 7 - weekday) / 7;
}

struct Part {
  std::uint16_t number;
  Value (*of)(const ClockTime& time);
};
constexpr Part kParts[] = {
    {op::kYear, [](const ClockTime& time) { return number(time.date.year); }},
    {op::kMonth, [](const ClockTime& time) { return number(time.date.month); }},
    {op::kDayOfMonth, [](const ClockTime& time) { return number(time.date.day); }},
    {op::kDayOfWeek,
     [](const ClockTime& time) { return number(value::day_of_week(time.days) % 7 + 1); }},
    {op::kDayOfYear, [](const ClockTime& time) { return number(value::day_of_year(time.date)); }},
    {op::kHour, [](const ClockTime& time) { return number(time.hour); }},
    {op::kMinute, [](const ClockTime& time) { return number(time.minute); }},
    {op::kSecond, [](const ClockTime& time) { return number(time.second); }},
    {op::kMillisecond, [](const ClockTime& time) { return number(time.millisecond); }},
    {op::kWeek, [](const ClockTime& time) { return number(sunday_week(time)); }},
    {op::kIsoWeek, [](const ClockTime& time) { return number(value::iso_week(time.days).week); }},
    {op::kIsoWeekYear,
     [](const ClockTime& time) { return Value::int64(value::iso_week(time.days).year); }},
    {op::kIsoDayOfWeek,
     [](const ClockTime& time) { return number(value::day_of_week(time.days)); }},
};

// (date, zone)
Result<Item> part_of(const OperationCall& call, std::span<const Item> arguments) {
  TRY(const Zone* zone, read_zone(call, arguments, 1));
  if (is_nullish(arguments[0]) || zone == nullptr) return null_item();
  TRY(const std::int64_t millis, millis_of_date(*arguments[0]));
  const auto* const part = std::ranges::find(kParts, call.call.function.number, &Part::number);
  return Item(part->of(clock_time(millis, *zone)));
}

constexpr OperandField kFields[] = {{.name = "date", .missing = 40539}, {.name = "timezone"}};
constexpr OperandForm kForm{.not_object = 40539, .unknown = 40535, .fields = kFields};

// A date, an array of one, or {date: …, timezone: …}.
Result<ExprPtr> parse_part(const OperatorUse& use) {
  const Value& operand = use.operand;
  const bool by_name = operand.is_object() && (operand.as_object().empty() ||
                                               !operand.as_object().front().name.starts_with('$'));
  if (by_name) {
    TRY(const auto parts, read_form(use, kForm));
    std::vector<ExprPtr> arguments;
    for (const Value* part : parts) {
      if (part == nullptr) {
        arguments.push_back(call(op::kAbsent, {}));
        continue;
      }
      TRY(ExprPtr argument, parse_operand(*part, use.variables));
      arguments.push_back(std::move(argument));
    }
    return call(use.row.number, std::move(arguments));
  }
  if (operand.is_array() && operand.as_array().size() != 1) {
    return error(40536, "{} accepts exactly one argument if given an array, but was given {}",
                 use.row.name, operand.as_array().size());
  }
  const Value& only = operand.is_array() ? operand.as_array().front() : operand;
  TRY(ExprPtr date, parse_operand(only, use.variables));
  return call(use.row.number, {std::move(date), call(op::kAbsent, {})});
}

Result<Item> stamp_part(const Item& stamp, std::uint32_t code, std::string_view name,
                        std::uint32_t (Value::*part)() const) {
  if (is_nullish(stamp)) return null_item();
  if (stamp->type() != value::Type::log_stamp) {
    return error(code, "Argument to {} must be a timestamp, but is {}", name, type_alias(stamp));
  }
  return Item(Value::int64(((*stamp).*part)()));
}
Result<Item> seconds_of(const OperationCall& /*call*/, std::span<const Item> arguments) {
  return stamp_part(arguments[0], 5687301, "$tsSecond", &Value::log_stamp_seconds);
}
Result<Item> increment_of(const OperationCall& /*call*/, std::span<const Item> arguments) {
  return stamp_part(arguments[0], 5687302, "$tsIncrement", &Value::log_stamp_increment);
}

constexpr OperationRow kOperations[] = {
    {.number = op::kYear, .name = "year", .least = 2, .eager = part_of},
    {.number = op::kMonth, .name = "month", .least = 2, .eager = part_of},
    {.number = op::kDayOfMonth, .name = "dayOfMonth", .least = 2, .eager = part_of},
    {.number = op::kDayOfWeek, .name = "dayOfWeek", .least = 2, .eager = part_of},
    {.number = op::kDayOfYear, .name = "dayOfYear", .least = 2, .eager = part_of},
    {.number = op::kHour, .name = "hour", .least = 2, .eager = part_of},
    {.number = op::kMinute, .name = "minute", .least = 2, .eager = part_of},
    {.number = op::kSecond, .name = "second", .least = 2, .eager = part_of},
    {.number = op::kMillisecond, .name = "millisecond", .least = 2, .eager = part_of},
    {.number = op::kWeek, .name = "week", .least = 2, .eager = part_of},
    {.number = op::kIsoWeek, .name = "isoWeek", .least = 2, .eager = part_of},
    {.number = op::kIsoWeekYear, .name = "isoWeekYear", .least = 2, .eager = part_of},
    {.number = op::kIsoDayOfWeek, .name = "isoDayOfWeek", .least = 2, .eager = part_of},
    {.number = op::kTsSecond, .name = "tsSecond", .least = 1, .eager = seconds_of},
    {.number = op::kTsIncrement, .name = "tsIncrement", .least = 1, .eager = increment_of},
};

constexpr OperatorRow kOperators[] = {
    {.name = "$year", .number = op::kYear, .parse = parse_part},
    {.name = "$month", .number = op::kMonth, .parse = parse_part},
    {.name = "$dayOfMonth", .number = op::kDayOfMonth, .parse = parse_part},
    {.name = "$dayOfWeek", .number = op::kDayOfWeek, .parse = parse_part},
    {.name = "$dayOfYear", .number = op::kDayOfYear, .parse = parse_part},
    {.name = "$hour", .number = op::kHour, .parse = parse_part},
    {.name = "$minute", .number = op::kMinute, .parse = parse_part},
    {.name = "$second", .number = op::kSecond, .parse = parse_part},
    {.name = "$millisecond", .number = op::kMillisecond, .parse = parse_part},
    {.name = "$week", .number = op::kWeek, .parse = parse_part},
    {.name = "$isoWeek", .number = op::kIsoWeek, .parse = parse_part},
    {.name = "$isoWeekYear", .number = op::kIsoWeekYear, .parse = parse_part},
    {.name = "$isoDayOfWeek", .number = op::kIsoDayOfWeek, .parse = parse_part},
    {.name = "$tsSecond", .number = op::kTsSecond},
    {.name = "$tsIncrement", .number = op::kTsIncrement},
};

}  // namespace

std::span<const OperationRow> date_part_operations() { return kOperations; }
std::span<const OperatorRow> date_part_operators() { return kOperators; }

}  // namespace octavo::mongodb
