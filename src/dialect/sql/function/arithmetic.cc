// + - * / DIV % and the sign, of two numbers of one kind.

#include <algorithm>
#include <cmath>

#include "dialect/sql/convert/numbers.h"
#include "dialect/sql/error/error.h"
#include "dialect/sql/function/arguments.h"
#include "dialect/sql/function/loss_rule.h"
#include "dialect/sql/function/numbers.h"
#include "dialect/sql/function/operation_tables.h"
#include "dialect/sql/function/print.h"
#include "value/column_type.h"

namespace octavo::sql {
namespace {

using value::Decimal;
using value::Int128;
using value::Value;

// An integer of either sign of 64 bits.
Result<Int128> wide_at(Args args, std::size_t i) {
  if (args[i].type() == value::Type::uint64) return Int128{args[i].as_uint64()};
  TRY(const std::int64_t number, integer_at(args, i));
  return Int128{number};
}

std::unexpected<Error> overflow(const SingleCall& call, std::string_view kind) {
  return error<1690>(kind, print_call(call.call));
}

Result<Value> integer_result(const SingleCall& call, Int128 number) {
  if (number < INT64_MIN || number > INT64_MAX) return overflow(call, "BIGINT");
  return Value::int64(static_cast<std::int64_t>(number));
}
Result<Value> unsigned_result(const SingleCall& call, Int128 number) {
  if (number < 0 || number > Int128{UINT64_MAX}) return overflow(call, "BIGINT UNSIGNED");
  return Value::uint64(static_cast<std::uint64_t>(number));
}
Result<Value> double_result(const SingleCall& call, double number) {
  if (!std::isfinite(number)) return overflow(call, "DOUBLE");
  return Value::float64(number);
}
Result<Value> decimal_result(const SingleCall& call, const Result<Decimal>& number) {
  if (!number) return overflow(call, "DECIMAL");
  const Converted<Decimal> fitted = fit_decimal(*number);
  if (fitted.loss == Loss::range) return overflow(call, "DECIMAL");
  return Value::decimal(fitted.value);
}

// Products of 64 bits take at most 128.
struct Plus {
  template <class T>
  T operator()(T a, T b) const {
    return a + b;
  }
  Result<Decimal> operator()(const Decimal& a, const Decimal& b) const { return value::add(a, b); }
};
struct Minus {
  template <class T>
  T operator()(T a, T b) const {
    return a - b;
  }
  Result<Decimal> operator()(const Decimal& a, const Decimal& b) const {
    return value::subtract(a, b);
  }
};
struct Times {
  template <class T>
  T operator()(T a, T b) const {
    return a * b;
  }
  Result<Decimal> operator()(const Decimal& a, const Decimal& b) const {
    return value::multiply(a, b);
  }
};

template <class Operator>
Result<Value> of_integers(const SingleCall& call, Args args) {
  TRY(const Int128 a, wide_at(args, 0));
  TRY(const Int128 b, wide_at(args, 1));
  return integer_result(call, Operator()(a, b));
}
// The product of two of 64 bits without sign does not fit 128 bits with one.
template <class Operator>
Result<Value> of_unsigned(const SingleCall& call, Args args) {
  TRY(const Int128 a, wide_at(args, 0));
  TRY(const Int128 b, wide_at(args, 1));
  if constexpr (std::is_same_v<Operator, Times>) {
    const bool negative = (a < 0) != (b < 0) && a != 0 && b != 0;
    Int128 product = 0;
    if (negative || __builtin_mul_overflow(a, b, &product)) {
      return overflow(call, "BIGINT UNSIGNED");
    }
    return unsigned_result(call, product);
  } else {
    return unsigned_result(call, Operator()(a, b));
  }
}
template <class Operator>
Result<Value> of_decimals(const SingleCall& call, Args args) {
  TRY(const Decimal a, decimal_at(args, 0));
  TRY(const Decimal b, decimal_at(args, 1));
  return decimal_result(call, Operator()(a, b));
}
template <class Operator>
Result<Value> of_doubles(const SingleCall& call, Args args) {
  TRY(const double a, double_at(args, 0));
  TRY(const double b, double_at(args, 1));
  return double_result(call, Operator()(a, b));
}

Result<Value> by_zero(const SingleCall& call, const Value& rule) {
  TRY_STATUS(lose(call, loss_rule(rule), error<1365>().error()));
  return Value();
}

Result<Value> divide_decimal(const SingleCall& call, Args args) {
  TRY(const Decimal a, decimal_at(args, 0));
  TRY(const Decimal b, decimal_at(args, 1));
  TRY(const std::int64_t scale, integer_at(args, 2));
  if (b.is_zero()) return by_zero(call, args[3]);
  if (scale < 0 || scale > kMaxDecimalScale) return wrong_form();
  return decimal_result(call,
                        value::divide(a, b, static_cast<int>(scale), value::Rounding::half_up));
}

Result<Value> divide_double(const SingleCall& call, Args args) {
  TRY(const double a, double_at(args, 0));
  TRY(const double b, double_at(args, 1));
  if (b == 0) return by_zero(call, args[2]);
  return double_result(call, a / b);
}

template <auto kResult>
Result<Value> integer_quotient(const SingleCall& call, Args args) {
  TRY(const Int128 a, wide_at(args, 0));
  TRY(const Int128 b, wide_at(args, 1));
  if (b == 0) return by_zero(call, args[2]);
  return kResult(call, a / b);
}

Result<Value> decimal_quotient(const SingleCall& call, Args args) {
  TRY(const Decimal a, decimal_at(args, 0));
  TRY(const Decimal b, decimal_at(args, 1));
  TRY(const std::int64_t is_unsigned, integer_at(args, 3));
  if (b.is_zero()) return by_zero(call, args[2]);
  const std::string_view kind = is_unsigned != 0 ? "BIGINT UNSIGNED" : "BIGINT";
  const auto quotient = value::divide(a, b, 0, value::Rounding::down);
  if (!quotient) return overflow(call, kind);
  const Converted<Integer> integer = integer_of(*quotient, is_unsigned != 0);
  if (integer.loss != Loss::none) return overflow(call, kind);
  return value_of(integer.value.bits, is_unsigned != 0);
}

// Of the dividend's sign.
Result<Value> integer_rest(const SingleCall& call, Args args) {
  TRY(const Int128 a, wide_at(args, 0));
  TRY(const Int128 b, wide_at(args, 1));
  if (b == 0) return by_zero(call, args[2]);
  const Int128 rest = a % b;
  return rest > INT64_MAX ? unsigned_result(call, rest) : integer_result(call, rest);
}

Result<Value> decimal_rest(const SingleCall& call, Args args) {
  TRY(const Decimal a, decimal_at(args, 0));
  TRY(const Decimal b, decimal_at(args, 1));
  if (b.is_zero()) return by_zero(call, args[2]);
  const int scale = std::max(a.scale(), b.scale());
  const auto quotient = value::divide(a, b, 0, value::Rounding::down);
  if (!quotient) return overflow(call, "DECIMAL");
  const auto part = value::multiply(*quotient, b);
  if (!part) return overflow(call, "DECIMAL");
  const auto rest = value::subtract(a, *part);
  return decimal_result(call, rest ? rest->rescale(scale, value::Rounding::down) : rest);
}

Result<Value> double_rest(const SingleCall& call, Args args) {
  TRY(const double a, double_at(args, 0));
  TRY(const double b, double_at(args, 1));
  if (b == 0) return by_zero(call, args[2]);
  return double_result(call, std::fmod(a, b));
}

Result<Value> negate_integer(const SingleCall& call, Args args) {
  TRY(const Int128 a, wide_at(args, 0));
  return integer_result(call, -a);
}
Result<Value> negate_decimal(const SingleCall& /*call*/, Args args) {
  TRY(const Decimal a, decimal_at(args, 0));
  return Value::decimal(a.is_zero() ? a : a.negated());
}
Result<Value> negate_double(const SingleCall& /*call*/, Args args) {
  TRY(const double a, double_at(args, 0));
  return Value::float64(-a);
}

constexpr OperationRow minus(std::uint16_t number, std::string_view name,
                             Result<Value> (*single)(const SingleCall&, Args)) {
  return {.number = number,
          .name = name,
          .least = 1,
          .flags = operation_flag::kStrict | operation_flag::kPrefix,
          .symbol = "-",
          .single = single};
}

constexpr OperationRow kRows[] = {
    infix(op::kAddInteger, "sql.add_integer", "+", of_integers<Plus>),
    infix(op::kAddUnsigned, "sql.add_unsigned", "+", of_unsigned<Plus>),
    infix(op::kAddDecimal, "sql.add_decimal", "+", of_decimals<Plus>),
    infix(op::kAddDouble, "sql.add_double", "+", of_doubles<Plus>),
    infix(op::kSubtractInteger, "sql.subtract_integer", "-", of_integers<Minus>),
    infix(op::kSubtractUnsigned, "sql.subtract_unsigned", "-", of_unsigned<Minus>),
    infix(op::kSubtractDecimal, "sql.subtract_decimal", "-", of_decimals<Minus>),
    infix(op::kSubtractDouble, "sql.subtract_double", "-", of_doubles<Minus>),
    infix(op::kMultiplyInteger, "sql.multiply_integer", "*", of_integers<Times>),
    infix(op::kMultiplyUnsigned, "sql.multiply_unsigned", "*", of_unsigned<Times>),
    infix(op::kMultiplyDecimal, "sql.multiply_decimal", "*", of_decimals<Times>),
    infix(op::kMultiplyDouble, "sql.multiply_double", "*", of_doubles<Times>),
    infix(op::kDivideDecimal, "sql.divide_decimal", "/", divide_decimal, 4),
    infix(op::kDivideDouble, "sql.divide_double", "/", divide_double, 3),
    infix(op::kDivInteger, "sql.div_integer", "DIV", integer_quotient<integer_result>, 3),
    infix(op::kDivUnsigned, "sql.div_unsigned", "DIV", integer_quotient<unsigned_result>, 3),
    infix(op::kDivDecimal, "sql.div_decimal", "DIV", decimal_quotient, 4),
    infix(op::kModInteger, "sql.mod_integer", "%", integer_rest, 3),
    infix(op::kModDecimal, "sql.mod_decimal", "%", decimal_rest, 3),
    infix(op::kModDouble, "sql.mod_double", "%", double_rest, 3),
    minus(op::kNegateInteger, "sql.negate_integer", negate_integer),
    minus(op::kNegateDecimal, "sql.negate_decimal", negate_decimal),
    minus(op::kNegateDouble, "sql.negate_double", negate_double),
};

}  // namespace

std::span<const OperationRow> arithmetic_operations() { return kRows; }

}  // namespace octavo::sql
