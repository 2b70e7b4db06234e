#include "dialect/mongodb/expression/time_unit.h"

#include <algorithm>
#include <array>
#include <iterator>

#include "base/rows.h"
#include "base/text.h"
#include "dialect/mongodb/error/error.h"
#include "dialect/mongodb/expression/clock_time.h"
#include "dialect/mongodb/type/type.h"

namespace octavo::mongodb {
namespace {

struct UnitRow {
  TimeUnit unit;
  std::string_view name;
  std::int64_t months;
  std::int64_t millis;
};
constexpr std::array<UnitRow, 9> kUnits = {{
    {TimeUnit::year, "year", 12, 0},
    {TimeUnit::quarter, "quarter", 3, 0},
    {TimeUnit::month, "month", 1, 0},
    {TimeUnit::week, "week", 0, 7 * kMillisPerDay},
    {TimeUnit::day, "day", 0, kMillisPerDay},
    {TimeUnit::hour, "hour", 0, kMillisPerHour},
    {TimeUnit::minute, "minute", 0, kMillisPerMinute},
    {TimeUnit::second, "second", 0, kMillisPerSecond},
    {TimeUnit::millisecond, "millisecond", 0, 1},
}};
static_assert(rows_in_place(kUnits, &UnitRow::unit, TimeUnit::millisecond));

// With the three letters that are short for them.
constexpr std::string_view kDays[] = {"monday", "tuesday",  "wednesday", "thursday",
                                      "friday", "saturday", "sunday"};

}  // namespace

Result<TimeUnit> read_time_unit(const value::Value& unit) {
  if (!unit.is_string()) {
    return error(5439013, "unit must evaluate to a string, found {}", type_alias(unit));
  }
  const auto* const row = std::ranges::find(kUnits, unit.as_string(), &UnitRow::name);
  if (row == kUnits.end()) {
    return error(ErrorCode::failed_to_parse, "unknown time unit value: {}", unit.as_string());
  }
  return row->unit;
}

std::string_view name_of(TimeUnit unit) { return row_of(kUnits, unit).name; }
std::int64_t millis_of_unit(TimeUnit unit) { return row_of(kUnits, unit).millis; }
std::int64_t months_of_unit(TimeUnit unit) { return row_of(kUnits, unit).months; }

Result<int> read_day_of_week(const value::Value& day) {
  if (!day.is_string()) {
    return error(5439015, "startOfWeek must evaluate to a string, found {}", type_alias(day));
  }
  const std::string_view name = day.as_string();
  constexpr std::size_t kShort = 3;
  for (std::size_t i = 0; i < std::size(kDays); ++i) {
    if (equals_ignoring_case(name, kDays[i]) ||
        equals_ignoring_case(name, kDays[i].substr(0, kShort))) {
      return static_cast<int>(i) + 1;
    }
  }
  return error(5439016, "unknown day of week value: {}", name);
}

}  // namespace octavo::mongodb
