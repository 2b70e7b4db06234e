// Dates from their parts and back: $dateFromParts, $dateToParts.

#include <array>
#include <limits>

#include "dialect/mongodb/expression/access.h"
#include "dialect/mongodb/expression/clock_time.h"
#include "dialect/mongodb/expression/operands.h"
#include "dialect/mongodb/expression/operation_tables.h"
#include "dialect/mongodb/expression/operator_tables.h"
#include "dialect/mongodb/expression/operators.h"
#include "dialect/mongodb/type/print.h"

namespace octavo::mongodb {
namespace {

using algebra::ExprPtr;
using value::Value;

// Arguments in their order: a year, a month and a day, or those of an ISO week; the time of day;
// the zone; whether it is by ISO week.
enum Argument : std::size_t {
  kYear,
  kMonth,
  kDay,
  kHour,
  kMinute,
  kSecond,
  kMillisecond,
  kZone,
  kByWeek,
  kArguments,
};
constexpr std::string_view kNames[] = {"year",   "month",  "day",        "hour",
                                       "minute", "second", "millisecond"};

Result<std::int64_t> read_part(const OperationCall& call, std::span<const Item> arguments,
                               std::size_t i, std::int64_t otherwise) {
  if (!is_given(call, i)) return otherwise;
  const Item& part = arguments[i];
  const auto number = is_number(part) ? part->to_int64() : std::nullopt;
  if (!number) {
    return error(40515, "'{}' must evaluate to an integer, found {} with value {}", kNames[i],
                 type_alias(part), print_operand(part));
  }
  constexpr std::int64_t kLongest = std::numeric_limits<std::int32_t>::max();
  if (i != kYear && (*number > kLongest || *number < -kLongest)) {
    return error(31034, "'{}' is too large: {}", kNames[i], *number);
  }
  return *number;
}

std::int64_t days_of_iso(std::int64_t year, std::int64_t week, std::int64_t weekday) {
  // The fourth of January is in the first week.
  const std::int64_t fourth = value::days_from_civil({.year = year, .month = 1, .day = 4});
  const std::int64_t monday = fourth - (value::day_of_week(fourth) - 1);
  return monday + (week - 1) * 7 + (weekday - 1);
}

std::int64_t days_of_calendar(std::int64_t year, std::int64_t month, std::int64_t day) {
  const std::int64_t months = year * 12 + month - 1;
  const std::int64_t of_year = floor_divide(months, 12);
  const value::CivilDate first{
      .year = of_year, .month = static_cast<int>(months - of_year * 12) + 1, .day = 1};
  return value::days_from_civil(first) + day - 1;
}

Result<Item> from_parts(const OperationCall& call, std::span<const Item> arguments) {
  for (std::size_t i = 0; i <= kZone; ++i) {
    if (is_given(call, i) && is_nullish(arguments[i])) return null_item();
  }
  const bool by_week = is_truthy(arguments[kByWeek]);
  std::array<std::int64_t, kZone> parts{};
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const std::int64_t otherwise = i == kMonth || i == kDay ? 1 : 0;
    TRY(parts[i], read_part(call, arguments, i, otherwise));
    if (i == kYear && (parts[i] < 1 || parts[i] > 9'999)) {
      return error(40523, "'{}' must evaluate to an integer in the range 1 to 9999, found {}",
                   by_week ? "isoWeekYear" : "year", parts[i]);
    }
  }
  TRY(const Zone* zone, read_zone(call, arguments, kZone));
  const std::int64_t days = by_week ? days_of_iso(parts[kYear], parts[kMonth], parts[kDay])
                                    : days_of_calendar(parts[kYear], parts[kMonth], parts[kDay]);
  const std::int64_t local = days * kMillisPerDay + parts[kHour] * kMillisPerHour +
                             parts[kMinute] * kMillisPerMinute + parts[kSecond] * kMillisPerSecond +
                             parts[kMillisecond];
  return Item(date_of_millis(zone->to_utc(local)));
}

constexpr OperandField kPartFields[] = {
    {.name = "year"},        {.name = "month"},   {.name = "day"},         {.name = "hour"},
    {.name = "minute"},      {.name = "second"},  {.name = "millisecond"}, {.name = "timezone"},
    {.name = "isoWeekYear"}, {.name = "isoWeek"}, {.name = "isoDayOfWeek"}};
constexpr OperandForm kPartForm{.not_object = 40519, .unknown = 40518, .fields = kPartFields};

Result<ExprPtr> parse_from_parts(const OperatorUse& use) {
  TRY(auto parts, read_form(use, kPartForm));
  constexpr std::size_t kIso = kZone + 1;
  const bool has_year = parts[kYear] != nullptr;
  const bool has_week_year = parts[kIso] != nullptr;
  if (!has_year && !has_week_year) {
    return error(40516, "$dateFromParts requires either 'year' or 'isoWeekYear' to be present");
  }
  if (has_year && (has_week_year || parts[kIso + 1] != nullptr || parts[kIso + 2] != nullptr)) {
    return error(40489, "$dateFromParts does not allow mixing natural dates with ISO dates");
  }
  if (has_week_year && (parts[kMonth] != nullptr || parts[kDay] != nullptr)) {
    return error(40525, "$dateFromParts does not allow mixing ISO dates with natural dates");
  }
  if (has_week_year) {
    for (std::size_t i = kYear; i <= kDay; ++i) parts[i] = parts[kIso + i];
  }
  std::vector<ExprPtr> arguments;
  for (std::size_t i = 0; i <= kZone; ++i) {
    if (parts[i] == nullptr) {
      arguments.push_back(call(op::kAbsent, {}));
      continue;
    }
    TRY(ExprPtr argument, parse_operand(*parts[i], use.variables));
    arguments.push_back(std::move(argument));
  }
  arguments.push_back(algebra::constant(Value::boolean(has_week_year)));
  return call(op::kDateFromParts, std::move(arguments));
}

Value number(std::int64_t part) { return Value::int32(static_cast<std::int32_t>(part)); }

// (date, zone, whether by ISO week)
Result<Item> to_parts(const OperationCall& call, std::span<const Item> arguments) {
  const bool chosen = is_given(call, 2);
  if (is_nullish(arguments[0]) || (chosen && is_nullish(arguments[2]))) return null_item();
  if (chosen && arguments[2]->type() != value::Type::boolean) {
    return error(40521, "iso8601 must evaluate to a bool, found {}", type_alias(arguments[2]));
  }
  TRY(const Zone* zone, read_zone(call, arguments, 1));
  if (zone == nullptr) return null_item();
  TRY(const std::int64_t millis, millis_of_date(*arguments[0]));
  const ClockTime time = clock_time(millis, *zone);
  std::vector<value::Field> parts;
  if (chosen && arguments[2]->as_boolean()) {
    const value::IsoWeek week = value::iso_week(time.days);
    parts = {{"isoWeekYear", number(week.year)},
             {"isoWeek", number(week.week)},
             {"isoDayOfWeek", number(value::day_of_week(time.days))}};
  } else {
    parts = {{"year", number(time.date.year)},
             {"month", number(time.date.month)},
             {"day", number(time.date.day)}};
  }
  parts.push_back({"hour", number(time.hour)});
  parts.push_back({"minute", number(time.minute)});
  parts.push_back({"second", number(time.second)});
  parts.push_back({"millisecond", number(time.millisecond)});
  return Item(Value::object(std::move(parts)));
}

constexpr OperandField kToFields[] = {
    {.name = "date", .missing = 40522}, {.name = "timezone"}, {.name = "iso8601"}};
constexpr OperandForm kToForm{.not_object = 40524, .unknown = 40520, .fields = kToFields};

constexpr OperationRow kOperations[] = {
    {.number = op::kDateFromParts,
     .name = "dateFromParts",
     .least = kArguments,
     .eager = from_parts},
    {.number = op::kDateToParts, .name = "dateToParts", .least = 3, .eager = to_parts},
};

constexpr OperatorRow kOperators[] = {
    {.name = "$dateFromParts", .number = op::kDateFromParts, .parse = parse_from_parts},
    {.name = "$dateToParts", .number = op::kDateToParts, .form = &kToForm},
};

}  // namespace

std::span<const OperationRow> date_fields_operations() { return kOperations; }
std::span<const OperatorRow> date_fields_operators() { return kOperators; }

}  // namespace octavo::mongodb
