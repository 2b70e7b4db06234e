// Dates moved, measured against each other and cut: $dateAdd, $dateSubtract, $dateDiff, $dateTrunc.
//
// Units of a day and more are those of the calendar in the zone; a shorter one is as long
// everywhere.

#include <algorithm>
#include <limits>

#include "dialect/mongodb/expression/clock_time.h"
#include "dialect/mongodb/expression/operands.h"
#include "dialect/mongodb/expression/operation_tables.h"
#include "dialect/mongodb/expression/operator_tables.h"
#include "dialect/mongodb/expression/operators.h"
#include "dialect/mongodb/expression/time_unit.h"
#include "dialect/mongodb/type/print.h"

namespace octavo::mongodb {
namespace {

using value::Value;

__extension__ using Int128 = __int128;

bool fits(Int128 number) {
  return number >= std::numeric_limits<std::int64_t>::min() &&
         number <= std::numeric_limits<std::int64_t>::max();
}

// Months since the year 0.
std::int64_t month_number(const value::CivilDate& date) { return date.year * 12 + date.month - 1; }

value::CivilDate first_of_month(std::int64_t number) {
  const std::int64_t year = floor_divide(number, 12);
  return {.year = year, .month = static_cast<int>(number - year * 12) + 1, .day = 1};
}

// ---- $dateAdd, $dateSubtract

std::unexpected<Error> beyond() { return error(5166406, "$dateAdd overflowed"); }

Result<std::int64_t> add_months(std::int64_t millis, std::int64_t months, const Zone& zone) {
  const ClockTime from = clock_time(millis, zone);
  value::CivilDate date = first_of_month(month_number(from.date) + months);
  // A month without such a day: its last one.
  date.day = std::min(from.date.day, value::days_in_month(date.year, date.month));
  const Int128 local = Int128{value::days_from_civil(date)} * kMillisPerDay + from.millis_of_day();
  if (!fits(local)) return beyond();
  return zone.to_utc(static_cast<std::int64_t>(local));
}

Result<std::int64_t> add_units(std::int64_t millis, TimeUnit unit, std::int64_t amount,
                               const Zone& zone) {
  // As long as all dates there are, about.
  constexpr std::int64_t kMillisPerMonth = 30 * kMillisPerDay;
  const std::int64_t length =
      has_fixed_length(unit) ? millis_of_unit(unit) : months_of_unit(unit) * kMillisPerMonth;
  if (!fits(Int128{amount} * length)) {
    return error(5976500, "invalid dateAdd 'amount' parameter value: {} {}", amount, name_of(unit));
  }
  if (!has_fixed_length(unit)) return add_months(millis, amount * months_of_unit(unit), zone);
  const bool of_calendar = unit <= TimeUnit::day && !zone.is_fixed();
  const std::int64_t from = of_calendar ? local_millis(millis, zone) : millis;
  std::int64_t result = 0;
  if (__builtin_add_overflow(from, amount * length, &result)) return beyond();
  return of_calendar ? zone.to_utc(result) : result;
}

// (date, unit, amount, zone)
Result<Item> moved(const OperationCall& call, std::span<const Item> arguments, bool back) {
  const std::string_view name = back ? "$dateSubtract" : "$dateAdd";
  if (is_nullish(arguments[0]) || is_nullish(arguments[1]) || is_nullish(arguments[2])) {
    return null_item();
  }
  TRY(const Zone* zone, read_zone(call, arguments, 3));
  if (zone == nullptr) return null_item();
  if (!is_date_like(arguments[0])) {
    return error(5166403, "{} requires startDate to be convertible to a date, but got {}", name,
                 type_alias(arguments[0]));
  }
  TRY(const std::int64_t from, millis_of_date(*arguments[0]));
  TRY(const TimeUnit unit, read_time_unit(*arguments[1]));
  const auto given = is_number(arguments[2]) ? arguments[2]->to_int64() : std::nullopt;
  if (!given) {
    return error(5166405, "{} expects integer amount of time units", name);
  }
  std::int64_t amount = *given;
  if (back && amount == std::numeric_limits<std::int64_t>::min()) {
    return error(6045000, "invalid $dateSubtract 'amount' parameter value: {} {}", amount,
                 name_of(unit));
  }
  if (back) amount = -amount;
  TRY(const std::int64_t result, add_units(from, unit, amount, *zone));
  return Item(date_of_millis(result));
}
Result<Item> add_to(const OperationCall& call, std::span<const Item> arguments) {
  return moved(call, arguments, false);
}
Result<Item> subtract_from(const OperationCall& call, std::span<const Item> arguments) {
  return moved(call, arguments, true);
}

// ---- $dateDiff: how many beginnings of a unit lie between

constexpr int kSunday = 7;

// The number of the week that a day is in.
std::int64_t week_number(std::int64_t days, int first_day) {
  // 1970-01-01 was a Thursday, the fourth day.
  return floor_divide(days + 4 - first_day, 7);
}

std::int64_t hour_number(std::int64_t millis, const Zone& zone) {
  // Of a zone with an offset of no whole hours, hours begin otherwise.
  const std::int64_t within = zone.offset_at(millis) % kMillisPerHour;
  return floor_divide(millis + within, kMillisPerHour);
}

std::int64_t unit_number(std::int64_t millis, TimeUnit unit, const Zone& zone, int first_day) {
  switch (unit) {
    case TimeUnit::year: return clock_time(millis, zone).date.year;
    case TimeUnit::quarter: return floor_divide(month_number(clock_time(millis, zone).date), 3);
    case TimeUnit::month: return month_number(clock_time(millis, zone).date);
    case TimeUnit::week: return week_number(clock_time(millis, zone).days, first_day);
    case TimeUnit::day: return clock_time(millis, zone).days;
    case TimeUnit::hour: return hour_number(millis, zone);
    case TimeUnit::minute:
    case TimeUnit::second:
    case TimeUnit::millisecond: return floor_divide(millis, millis_of_unit(unit));
  }
  return 0;
}

// The day weeks begin with: Sunday where none is given. 0: it is null.
Result<int> read_first_day(const OperationCall& call, std::span<const Item> arguments,
                           std::size_t i) {
  if (!is_given(call, i)) return kSunday;
  if (is_nullish(arguments[i])) return 0;
  return read_day_of_week(*arguments[i]);
}

Result<std::int64_t> read_date(const Item& date, std::string_view name, std::string_view which) {
  if (!is_date_like(date)) {
    return error(5166307, "{} requires '{}' to be a date, but got {}", name, which,
                 type_alias(date));
  }
  return millis_of_date(*date);
}

// (from, to, unit, zone, first day)
Result<Item> difference(const OperationCall& call, std::span<const Item> arguments) {
  if (any_nullish(arguments.first(3))) return null_item();
  TRY(const TimeUnit unit, read_time_unit(*arguments[2]));
  int first_day = kSunday;
  if (unit == TimeUnit::week) {
    TRY(first_day, read_first_day(call, arguments, 4));
  }
  TRY(const Zone* zone, read_zone(call, arguments, 3));
  if (zone == nullptr || first_day == 0) return null_item();
  TRY(const std::int64_t from, read_date(arguments[0], "$dateDiff", "startDate"));
  TRY(const std::int64_t to, read_date(arguments[1], "$dateDiff", "endDate"));
  std::int64_t result = 0;
  if (__builtin_sub_overflow(unit_number(to, unit, *zone, first_day),
                             unit_number(from, unit, *zone, first_day), &result)) {
    return error(5166308, "dateDiff overflowed");
  }
  return Item(Value::int64(result));
}

// ---- $dateTrunc: the beginning of the bin that a date is in; bins are counted from 2000-01-01

constexpr std::int64_t kFirstYear = 2'000;
constexpr std::int64_t kFirstDay = 10'957;

std::unexpected<Error> bins_too_large(TimeUnit unit) {
  struct TooLarge {
    TimeUnit unit;
    std::uint32_t code;
  };
  constexpr TooLarge kRows[] = {
      {TimeUnit::year, 5439006},   {TimeUnit::quarter, 5439006}, {TimeUnit::month, 5439006},
      {TimeUnit::week, 5439005},   {TimeUnit::day, 5439004},     {TimeUnit::hour, 5439002},
      {TimeUnit::minute, 5439001}, {TimeUnit::second, 5439000},  {TimeUnit::millisecond, 5439000},
  };
  return error(std::ranges::find(kRows, unit, &TooLarge::unit)->code,
               "$dateTrunc unsupported binSize value");
}

Result<std::int64_t> truncate(std::int64_t millis, TimeUnit unit, std::int64_t bins,
                              const Zone& zone, int first_day) {
  const bool fixed = has_fixed_length(unit);
  const Int128 length = Int128{bins} * (fixed ? millis_of_unit(unit) : months_of_unit(unit));
  constexpr Int128 kMostMonths = 12 * Int128{300'000'000};
  if (!fits(length) || (!fixed && length > kMostMonths)) return bins_too_large(unit);
  const auto size = static_cast<std::int64_t>(length);
  if (unit > TimeUnit::day) {
    const std::int64_t first = zone.to_utc(kFirstDay * kMillisPerDay);
    const Int128 begin = Int128{first} + Int128{floor_divide(millis - first, size)} * size;
    return fits(begin) ? Result<std::int64_t>(static_cast<std::int64_t>(begin)) : beyond();
  }
  const ClockTime time = clock_time(millis, zone);
  std::int64_t day = 0;
  if (fixed) {
    // Weeks: the first day of one that is not before the first day of all.
    const int weekday = value::day_of_week(kFirstDay);
    const std::int64_t first =
        kFirstDay + (unit == TimeUnit::week ? (first_day - weekday + 7) % 7 : 0);
    const std::int64_t days = size / kMillisPerDay;
    day = first + floor_divide(time.days - first, days) * days;
  } else {
    const std::int64_t first = kFirstYear * 12;
    const std::int64_t month = first + floor_divide(month_number(time.date) - first, size) * size;
    day = value::days_from_civil(first_of_month(month));
  }
  const Int128 local = Int128{day} * kMillisPerDay;
  if (!fits(local)) return beyond();
  return zone.to_utc(static_cast<std::int64_t>(local));
}

// (date, unit, size of bins, zone, first day)
Result<Item> truncated(const OperationCall& call, std::span<const Item> arguments) {
  const bool sized = is_given(call, 2);
  if (any_nullish(arguments.first(2)) || (sized && is_nullish(arguments[2]))) return null_item();
  TRY(const std::int64_t millis, read_date(arguments[0], "$dateTrunc", "date"));
  TRY(const TimeUnit unit, read_time_unit(*arguments[1]));
  std::int64_t bins = 1;
  if (sized) {
    const auto size = is_number(arguments[2]) ? arguments[2]->to_int64() : std::nullopt;
    if (!size) {
      return error(5439017,
                   "$dateTrunc requires 'binSize' to be a 64-bit integer, but got value "
                   "'{}' of type {}",
                   print_operand(arguments[2]), type_alias(arguments[2]));
    }
    if (*size <= 0) {
      return error(5439018, "$dateTrunc requires 'binSize' to be greater than 0, but got value {}",
                   *size);
    }
    bins = *size;
  }
  int first_day = kSunday;
  if (unit == TimeUnit::week) {
    TRY(first_day, read_first_day(call, arguments, 4));
  }
  TRY(const Zone* zone, read_zone(call, arguments, 3));
  if (zone == nullptr || first_day == 0) return null_item();
  TRY(const std::int64_t result, truncate(millis, unit, bins, *zone, first_day));
  return Item(date_of_millis(result));
}

constexpr OperandField kAddFields[] = {{.name = "startDate", .missing = 5166402},
                                       {.name = "unit", .missing = 5166402},
                                       {.name = "amount", .missing = 5166402},
                                       {.name = "timezone"}};
constexpr OperandForm kAddForm{.not_object = 5166400, .unknown = 5166401, .fields = kAddFields};
constexpr OperandField kDiffFields[] = {{.name = "startDate", .missing = 5166303},
                                        {.name = "endDate", .missing = 5166304},
                                        {.name = "unit", .missing = 5166305},
                                        {.name = "timezone"},
                                        {.name = "startOfWeek"}};
constexpr OperandForm kDiffForm{.not_object = 5166301, .unknown = 5166302, .fields = kDiffFields};
constexpr OperandField kTruncFields[] = {{.name = "date", .missing = 5439009},
                                         {.name = "unit", .missing = 5439010},
                                         {.name = "binSize"},
                                         {.name = "timezone"},
                                         {.name = "startOfWeek"}};
constexpr OperandForm kTruncForm{.not_object = 5439007, .unknown = 5439008, .fields = kTruncFields};

constexpr OperationRow kOperations[] = {
    {.number = op::kDateAdd, .name = "dateAdd", .least = 4, .eager = add_to},
    {.number = op::kDateSubtract, .name = "dateSubtract", .least = 4, .eager = subtract_from},
    {.number = op::kDateDiff, .name = "dateDiff", .least = 5, .eager = difference},
    {.number = op::kDateTrunc, .name = "dateTrunc", .least = 5, .eager = truncated},
};

constexpr OperatorRow kOperators[] = {
    {.name = "$dateAdd", .number = op::kDateAdd, .form = &kAddForm},
    {.name = "$dateSubtract", .number = op::kDateSubtract, .form = &kAddForm},
    {.name = "$dateDiff", .number = op::kDateDiff, .form = &kDiffForm},
    {.name = "$dateTrunc", .number = op::kDateTrunc, .form = &kTruncForm},
};

}  // namespace

std::span<const OperationRow> date_math_operations() { return kOperations; }
std::span<const OperatorRow> date_math_operators() { return kOperators; }

}  // namespace octavo::mongodb
