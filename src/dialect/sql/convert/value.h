#pragma once

// Values of any kind made into one. What a value is of says itself; of times it says not which: a
// timestamp here is what a clock shows, of zone 0. Null is none of these functions' business.

#include <string>

#include "dialect/sql/convert/calendar.h"
#include "dialect/sql/convert/numbers.h"
#include "value/logical_type.h"
#include "value/value.h"

namespace octavo::sql {

Converted<double> double_of(const value::Value& value);
// Texts are cut at what is no digit (CAST), or read as numbers and rounded.
enum class TextAs : std::uint8_t { digits, number };
Converted<Integer> integer_of(const value::Value& value, bool is_unsigned, TextAs text);
Converted<value::Decimal> decimal_of(const value::Value& value);

// As it is shown where its type is the one given: digits of the second, zeros before an integer,
// six digits of a float; documents as JSON.
std::string text_of(const value::Value& value, const value::LogicalType& type);
// Of a value whose type nobody knows: as few digits as it needs.
std::string plain_text(const value::Value& value);

// `today`: the day of a time without one.
Converted<value::Timestamp> instant_of_value(const value::Value& value, SqlMode mode,
                                             std::int64_t today);
// Nanoseconds.
Converted<std::int64_t> time_of_value(const value::Value& value, SqlMode mode);

// The value as JSON: scalars of JSON's kinds as they are, a text as a text, null as `undefined`.
value::Value json_of(const value::Value& value);

}  // namespace octavo::sql
