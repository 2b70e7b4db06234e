#pragma once

// Arithmetic over BSON's four kinds of numbers. The kind of a result is the wider one of the
// operands' (int32 < int64 < float64 < decimal), but for integers that overflow: an int32 widens to
// an int64, and an int64 to a double, except where a function says otherwise. All operands must be
// numbers; an unsigned one above 2^63 is a decimal.

#include <cstdint>
#include <optional>

#include "value/decimal.h"
#include "value/value.h"

namespace octavo::mongodb {

enum class NumberKind : std::uint8_t { int32, int64, float64, decimal };

NumberKind number_kind(const value::Value& number);
NumberKind wider(NumberKind a, NumberKind b);

// The number as one of a kind: integers of 64 bits must fit (`integer_of` is for others), decimals
// have 34 digits.
value::Decimal to_decimal(const value::Value& number);  // 15 digits of a double
value::Value of_decimal(const value::Decimal& number);  // rounded
// As int32 where it fits and `kind` is int32; else as int64.
value::Value of_integer(std::int64_t number, NumberKind kind);
value::Value zero_of(NumberKind kind);
bool is_nan(const value::Value& number);
bool is_infinite(const value::Value& number);
bool is_zero(const value::Value& number);
bool is_negative(const value::Value& number);  // below zero; NaN and -0 are not

value::Value add(const value::Value& a, const value::Value& b);
value::Value subtract(const value::Value& a, const value::Value& b);
value::Value multiply(const value::Value& a, const value::Value& b);
// Nothing where an int64 overflows: as $inc and $mul have it.
std::optional<value::Value> add_checked(const value::Value& a, const value::Value& b);
std::optional<value::Value> multiply_checked(const value::Value& a, const value::Value& b);
// A double, or a decimal if either is one. By zero: infinite or NaN.
value::Value divide(const value::Value& a, const value::Value& b);
// With the sign of `a`. By an integral zero: the caller has refused it (`is_zero`).
value::Value modulo(const value::Value& a, const value::Value& b);
// Of the least integer of 64 bits: a double.
value::Value negate(const value::Value& number);
std::optional<value::Value> absolute(const value::Value& number);  // nothing: of the least int64

// Rounds to so many digits after the point, negative ones before it; integers stay integers, and
// nothing comes of one that overflows.
enum class RoundTo : std::uint8_t { even, zero, floor, ceil };
std::optional<value::Value> round(const value::Value& number, int places, RoundTo to);

// A sum as $sum, $avg and $add make it: exact while there are only integers, compensated for
// doubles, so the order of addition does not matter much and a transient overflow is none. What is
// no number is passed over.
class Sum {
 public:
  void add(const value::Value& value);
  // Takes back what was added: for windows.
  void remove(const value::Value& value);
  void merge(const Sum& other);

  std::int64_t count() const { return count_; }  // of numbers
  value::Value total() const;                    // int32 0 for none
  value::Value average() const;                  // null for none

 private:
  void count_in(const value::Value& value, int sign);
  void add_double(double number);
  value::Decimal whole_decimal() const;
  double whole_double() const;

  __extension__ __int128 integers_ = 0;
  // The doubles: a sum and what rounding took from it (Neumaier 1974).
  double doubles_ = 0;
  double lost_ = 0;
  value::Decimal decimals_;
  std::int64_t count_ = 0;
  std::int64_t counts_[4] = {};  // by kind
  std::int64_t nans_ = 0;        // of doubles; decimals have their own in `decimals_`
  std::int64_t positive_infinities_ = 0;
  std::int64_t negative_infinities_ = 0;
};

}  // namespace octavo::mongodb
