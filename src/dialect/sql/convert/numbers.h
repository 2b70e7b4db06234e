#pragma once

// Numbers of one kind made into another.

#include "dialect/sql/convert/loss.h"
#include "dialect/sql/convert/number_text.h"
#include "value/decimal.h"
#include "value/value.h"

namespace octavo::sql {

// To what DECIMAL may hold at all: 65 digits, 30 of them behind the point; more of those are
// rounded.
Converted<value::Decimal> fit_decimal(const value::Decimal& number);
// To a declared one. `cut`: digits behind the point were rounded away that were not zero; `range`:
// the nearest that has so many digits.
Converted<value::Decimal> round_decimal(const value::Decimal& number, int precision, int scale);
// The double's shortest digits.
Converted<value::Decimal> decimal_of(double number);

// To the nearest integer; of a double in the middle the even one, of a decimal away from zero.
// `range`: the least or the greatest. Of an unsigned one below zero: `range`, and its bits.
Converted<Integer> integer_of(double number, bool is_unsigned);
Converted<Integer> integer_of(const value::Decimal& number, bool is_unsigned);

// The value of the bits as an integer that is unsigned or not.
value::Value value_of(std::uint64_t bits, bool is_unsigned);
value::Value value_of(const Integer& integer);

}  // namespace octavo::sql
