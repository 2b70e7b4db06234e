#pragma once

// Numbers as texts, as MySQL reads and prints them: spaces before and behind are nothing, and what
// is no number any more is cut off. An empty text is 0.

#include <string>
#include <string_view>

#include "dialect/sql/convert/loss.h"
#include "value/decimal.h"

namespace octavo::sql {

// An integer of 64 bits of either sign: the bits, and whether they are those of a negative one.
struct Integer {
  std::uint64_t bits = 0;
  bool negative = false;
};

// `range`: what is beyond the doubles is the greatest one.
Converted<double> read_double(std::string_view text);
// Without fraction and exponent, which are cut. `range`: the least or the greatest of 64 bits.
Converted<Integer> read_integer(std::string_view text);
// `range`: more digits before the point than there may be; all of them are 9 then.
Converted<value::Decimal> read_decimal(std::string_view text);

// The shortest text that reads back as the number, without exponent from 1e-14 up to 1e15.
std::string print_double(double number);
// Of a FLOAT: six digits.
std::string print_float(double number);

}  // namespace octavo::sql
