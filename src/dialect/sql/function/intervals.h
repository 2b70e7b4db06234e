#pragma once

// INTERVAL amount unit: what it is of, and what it makes of a date and time.

#include <cstdint>
#include <optional>
#include <string_view>

#include "dialect/sql/convert/calendar.h"
#include "value/decimal.h"

namespace octavo::sql {

// A row for each unit (ast/units.h).
struct UnitRow {
  // What the amount is: a whole number, one with a fraction, or several in a text.
  enum class Amount : std::uint8_t { whole, fraction, parts };

  std::string_view name;
  Amount amount = Amount::whole;
  bool of_days = false;  // nothing of it is below a day: a date stays one
  bool of_time = false;  // nothing of it is above a day: a time stays one
  bool microseconds = false;
  // Of one: months, or seconds, or microseconds.
  std::int32_t months = 0;
  std::int32_t seconds = 0;
  // Of several: the places of the first and the last in year, month, day, hour, minute, second,
  // microsecond.
  std::uint8_t first = 0, last = 0;
};
// Null: there is no such unit.
const UnitRow* find_unit(std::string_view upper_name);

// As much as there may be of it: nothing above changes what becomes of a date.
struct Span {
  std::int64_t months = 0;
  std::int64_t seconds = 0;
  std::int64_t nanoseconds = 0;  // of the sign of `seconds`, less than a second

  Span negated() const { return {-months, -seconds, -nanoseconds}; }
};

Span span_of(const UnitRow& unit, std::int64_t amount);
Span span_of(const UnitRow& unit, const value::Decimal& amount);  // SECOND
Span span_of(const UnitRow& unit, std::string_view parts);

// Nothing: beyond the years 0 to 9999, or of a day that is no date. Days that the month does not
// have are its last one.
std::optional<value::Timestamp> add(const value::Timestamp& at, const Span& span);

}  // namespace octavo::sql
