// Numbers rounded and cut, and their signs.

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>

#include "dialect/sql/function/named.h"
#include "dialect/sql/function/operators.h"

namespace octavo::sql {
namespace {

using value::Decimal;
using value::Rounding;
using value::Value;

enum Operation : std::uint16_t {
  kAbsInteger = operation_block::kNumeric,
  kAbsDecimal,
  kAbsDouble,
  kCeilDecimal,  // (x, whether an integer is wanted)
  kCeilDouble,
  kFloorDecimal,  // likewise
  kFloorDouble,
  kRoundInteger,     // (x, digits)
  kRoundDecimal,     // (x, digits, scale of the result)
  kRoundDouble,      // (x, digits)
  kTruncateInteger,  // (x, digits)
  kTruncateDecimal,  // (x, digits, scale of the result)
  kTruncateDouble,   // (x, digits)
  kSign,
};

// Digits of a result that is a BIGINT for certain.
constexpr int kIntegerDigits = 18;
constexpr std::int64_t kMaxDigits = 400;  // more of a double's digits change nothing

Result<Value> abs_integer(const SingleCall& call, Args args) {
  TRY(const std::int64_t number, integer_at(args, 0));
  if (args[0].type() == value::Type::uint64) return args[0];
  if (number == std::numeric_limits<std::int64_t>::min()) return out_of_range(call, "BIGINT");
  return integer(std::abs(number));
}

Result<Value> abs_decimal(const SingleCall&, Args args) {
  TRY(const Decimal number, decimal_at(args, 0));
  return Value::decimal(number.is_negative() ? number.negated() : number);
}

Result<Value> abs_double(const SingleCall&, Args args) {
  TRY(const double number, double_at(args, 0));
  return Value::float64(std::fabs(number));
}

// Without digits after the point: `up` from zero away where something is cut.
Result<Value> whole_part(const SingleCall& call, Args args, bool upwards) {
  TRY(const Decimal number, decimal_at(args, 0));
  TRY(Decimal whole, number.rescale(0, Rounding::down));
  if (whole != number && number.is_negative() != upwards) {
    const Decimal one = Decimal::from_int64(1);
    TRY(whole, upwards ? value::add(whole, one) : value::subtract(whole, one));
  }
  if (args[1].type() == value::Type::boolean && args[1].as_boolean()) {
    const auto fits = whole.to_int64();
    return fits ? integer(*fits) : Result<Value>(out_of_range(call, "BIGINT"));
  }
  return decimal_value(whole);
}

Result<Value> ceil_decimal(const SingleCall& call, Args args) {
  return whole_part(call, args, true);
}
Result<Value> floor_decimal(const SingleCall& call, Args args) {
  return whole_part(call, args, false);
}
Result<Value> ceil_double(const SingleCall&, Args args) {
  TRY(const double number, double_at(args, 0));
  return Value::float64(std::ceil(number));
}
Result<Value> floor_double(const SingleCall&, Args args) {
  TRY(const double number, double_at(args, 0));
  return Value::float64(std::floor(number));
}

// Digits before the point are zeroes.
template <Rounding kRounding>
Result<Value> round_integer(const SingleCall& call, Args args) {
  TRY(const std::int64_t digits, integer_at(args, 1));
  if (digits >= 0) return args[0];
  if (digits < -20) return integer(0);
  TRY(const Decimal number, decimal_at(args, 0));
  TRY(const Decimal cut, number.rescale(static_cast<int>(digits), kRounding));
  TRY(const Decimal whole, cut.rescale(0, Rounding::down));
  if (const auto fits = whole.to_int64()) return integer(*fits);
  if (const auto fits = whole.to_uint64(); fits && args[0].type() == value::Type::uint64) {
    return Value::uint64(*fits);
  }
  return out_of_range(call, args[0].type() == value::Type::uint64 ? "BIGINT UNSIGNED" : "BIGINT");
}

template <Rounding kRounding>
Result<Value> round_decimal(const SingleCall& call, Args args) {
  TRY(const std::int64_t digits, integer_at(args, 1));
  TRY(const std::int64_t wanted, integer_at(args, 2));
  TRY(const Decimal number, decimal_at(args, 0));
  const auto scale = std::clamp<std::int64_t>(wanted, 0, kMaxDecimalScale);
  const auto kept = std::clamp<std::int64_t>(digits, -kMaxDecimalPrecision - 1, scale);
  auto rounded = number.rescale(static_cast<int>(kept), kRounding);
  if (rounded) rounded = rounded->rescale(static_cast<int>(scale), Rounding::down);
  if (!rounded || rounded->digits() > kMaxDecimalPrecision) return out_of_range(call, "DECIMAL");
  return decimal_value(*rounded);
}

template <bool kCut>
double rounded(double scaled) {
  if constexpr (kCut) return std::trunc(scaled);
  return std::nearbyint(scaled);
}

template <bool kCut>
Result<Value> round_double(const SingleCall&, Args args) {
  TRY(const double number, double_at(args, 0));
  TRY(std::int64_t digits, integer_at(args, 1));
  digits = std::clamp<std::int64_t>(digits, -kMaxDigits, kMaxDigits);
  const double power = std::pow(10.0, static_cast<double>(std::abs(digits)));
  if (digits < 0) {
    if (std::isinf(power)) return Value::float64(0);
    return Value::float64(rounded<kCut>(number / power) * power);
  }
  const double scaled = number * power;
  if (!std::isfinite(scaled)) return Value::float64(number);
  return Value::float64(rounded<kCut>(scaled) / power);
}

Result<Value> sign(const SingleCall&, Args args) {
  if (args[0].is_number() && args[0].type() != value::Type::float64) {
    TRY(const Decimal number, decimal_at(args, 0));
    return integer(number.is_zero() ? 0 : (number.is_negative() ? -1 : 1));
  }
  TRY(const double number, double_at(args, 0));
  return integer(number > 0 ? 1 : (number < 0 ? -1 : 0));
}

constexpr OperationRow kOperations[] = {
    strict(kAbsInteger, "sql.abs_integer", 1, abs_integer, "abs"),
    strict(kAbsDecimal, "sql.abs_decimal", 1, abs_decimal, "abs"),
    strict(kAbsDouble, "sql.abs_double", 1, abs_double, "abs"),
    strict(kCeilDecimal, "sql.ceil_decimal", 2, ceil_decimal, "ceiling"),
    strict(kCeilDouble, "sql.ceil_double", 1, ceil_double, "ceiling"),
    strict(kFloorDecimal, "sql.floor_decimal", 2, floor_decimal, "floor"),
    strict(kFloorDouble, "sql.floor_double", 1, floor_double, "floor"),
    strict(kRoundInteger, "sql.round_integer", 2, round_integer<Rounding::half_up>, "round"),
    strict(kRoundDecimal, "sql.round_decimal", 3, round_decimal<Rounding::half_up>, "round"),
    strict(kRoundDouble, "sql.round_double", 2, round_double<false>, "round"),
    strict(kTruncateInteger, "sql.truncate_integer", 2, round_integer<Rounding::down>, "truncate"),
    strict(kTruncateDecimal, "sql.truncate_decimal", 3, round_decimal<Rounding::down>, "truncate"),
    strict(kTruncateDouble, "sql.truncate_double", 2, round_double<true>, "truncate"),
    strict(kSign, "sql.sign", 1, sign),
};

Result<Typed> bind_abs(CallBinder& call) {
  TRY_STATUS(to_plain_number(call, 0));
  const Type type = never_null(call.type(0));
  if (type.is_integer()) {
    if (type.is_unsigned()) return call[0];
    return call.make(kAbsInteger, never_null(big_integer()));
  }
  return call.make(type.kind() == Kind::decimal ? kAbsDecimal : kAbsDouble, computed(type));
}

template <Operation kDecimal, Operation kDouble>
Result<Typed> bind_whole(CallBinder& call) {
  TRY_STATUS(to_plain_number(call, 0));
  const Type& type = call.type(0);
  if (type.is_integer()) return call[0];
  if (type.kind() != Kind::decimal) return call.make(kDouble, never_null(double_type()));
  const int whole = type.logical->precision - type.logical->scale + 1;
  const bool fits = whole <= kIntegerDigits;
  return call.make(kDecimal, never_null(fits ? big_integer() : decimal_type(whole, 0)),
                   {boolean(fits)});
}

// ROUND(x), ROUND(x, digits), TRUNCATE(x, digits). With digits that are no constant the result has
// as many as the argument.
template <Operation kOfInteger, Operation kOfDecimal, Operation kOfDouble>
Result<Typed> bind_round(CallBinder& call) {
  TRY_STATUS(to_plain_number(call, 0));
  bool fixed = true;
  std::int64_t digits = 0;
  if (call.size() > 1) {
    TRY_STATUS(call.to_integer(1));
    const Value* constant = call.constant(1);
    fixed = constant != nullptr && !constant->is_null();
    if (fixed) digits = constant->to_int64().value_or(kMaxDigits);
  }
  const Type type = call.type(0);
  std::vector<Value> added;
  if (call.size() == 1) added.push_back(integer(0));
  if (type.is_integer() && fixed) {
    return call.make(kOfInteger, never_null(big_integer(type.is_unsigned())), added);
  }
  if (type.kind() == Kind::decimal) {
    const auto wanted = std::clamp<std::int64_t>(digits, 0, kMaxDecimalScale);
    const int scale = fixed ? static_cast<int>(wanted) : type.logical->scale;
    const int whole = type.logical->precision - type.logical->scale;
    // A carry may need one digit more.
    const int more = kOfDecimal == kRoundDecimal && scale < type.logical->scale ? 1 : 0;
    added.push_back(integer(scale));
    return call.make(kOfDecimal, never_null(decimal_type(whole + more + scale, scale)), added);
  }
  Type real = never_null(double_type());
  if (fixed && digits >= 0 && digits < kNotFixed) real.decimals = static_cast<std::uint8_t>(digits);
  return call.make(kOfDouble, real, added);
}

Result<Typed> bind_sign(CallBinder& call) {
  TRY_STATUS(to_plain_number(call, 0));
  return call.make(kSign, never_null(big_integer(false, 2)));
}

Result<Typed> bind_mod(CallBinder& call) {
  return bind_binary(BinaryOperator::modulo, call[0], call[1], call.context());
}

constexpr NameRow kNames[] = {
    {"ABS", 1, 1, bind_abs},
    {"CEIL", 1, 1, bind_whole<kCeilDecimal, kCeilDouble>},
    {"CEILING", 1, 1, bind_whole<kCeilDecimal, kCeilDouble>},
    {"FLOOR", 1, 1, bind_whole<kFloorDecimal, kFloorDouble>},
    {"MOD", 2, 2, bind_mod},
    {"ROUND", 1, 2, bind_round<kRoundInteger, kRoundDecimal, kRoundDouble>},
    {"SIGN", 1, 1, bind_sign},
    {"TRUNCATE", 2, 2, bind_round<kTruncateInteger, kTruncateDecimal, kTruncateDouble>},
};

}  // namespace

std::span<const OperationRow> rounding_operations() { return kOperations; }
std::span<const NameRow> rounding_names() { return kNames; }

}  // namespace octavo::sql
