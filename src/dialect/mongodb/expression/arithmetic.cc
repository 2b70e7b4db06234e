// Arithmetic of two and more numbers, and of dates with them.

#include <cmath>
#include <limits>

#include "dialect/mongodb/expression/operands.h"
#include "dialect/mongodb/expression/operation_tables.h"
#include "dialect/mongodb/expression/operator_tables.h"
#include "dialect/mongodb/expression/operators.h"
#include "dialect/mongodb/type/decimal128.h"
#include "dialect/mongodb/type/number.h"
#include "dialect/mongodb/type/print.h"

namespace octavo::mongodb {
namespace {

using value::Decimal;
using value::Value;

bool is_date(const Item& item) { return item && bson_type(*item) == BsonType::date; }

// A number of milliseconds: halves are rounded away from zero, of decimals to the even one.
Result<std::int64_t> millis_of(const Value& number) {
  if (is_nan(number) || is_infinite(number)) {
    return error(ErrorCode::overflow, "date overflow: {} is no number of milliseconds",
                 print_operand(number));
  }
  if (number.type() == value::Type::float64) {
    const double whole = std::round(number.as_float64());
    if (whole >= 0x1p63 || whole < -0x1p63) return error(ErrorCode::overflow, "date overflow");
    return static_cast<std::int64_t>(whole);
  }
  const Value whole = round(number, 0, RoundTo::even).value_or(number);
  const auto millis = whole.to_int64();
  if (!millis) return error(ErrorCode::overflow, "date overflow");
  return *millis;
}

Result<Item> moved(const Value& date, const Value& by, bool back) {
  TRY(const std::int64_t millis, millis_of(by));
  const std::int64_t from = date_millis(date.as_timestamp());
  std::int64_t result = 0;
  const bool over = back ? __builtin_sub_overflow(from, millis, &result)
                         : __builtin_add_overflow(from, millis, &result);
  if (over) return error(ErrorCode::overflow, "date overflow");
  return Item(date_of_millis(result));
}

Result<Item> add_all(const OperationCall& /*call*/, std::span<const Item> arguments) {
  Sum sum;
  const Item* date = nullptr;
  for (const Item& argument : arguments) {
    if (is_nullish(argument)) return null_item();
    if (argument->is_number()) {
      sum.add(*argument);
    } else if (is_date(argument)) {
      if (date != nullptr) return error(16612, "only one date allowed in an $add expression");
      date = &argument;
    } else {
      return error(ErrorCode::type_mismatch, "$add only supports numeric or date types, not {}",
                   type_alias(argument));
    }
  }
  if (date == nullptr) return Item(sum.total());
  return moved(**date, sum.total(), false);
}

Result<Item> subtract_two(const OperationCall& /*call*/, std::span<const Item> arguments) {
  const Item& a = arguments[0];
  const Item& b = arguments[1];
  if (any_nullish(arguments)) return null_item();
  if (is_number(a) && is_number(b)) return Item(subtract(*a, *b));
  if (is_date(a) && is_date(b)) {
    std::int64_t millis = 0;
    if (__builtin_sub_overflow(date_millis(a->as_timestamp()), date_millis(b->as_timestamp()),
                               &millis)) {
      return error(ErrorCode::overflow, "overflow in the difference of two dates");
    }
    return Item(Value::int64(millis));
  }
  if (is_date(a) && is_number(b)) return moved(*a, *b, true);
  return error(ErrorCode::type_mismatch, "can't $subtract {} from {}", type_alias(b),
               type_alias(a));
}

Result<Item> multiply_all(const OperationCall& /*call*/, std::span<const Item> arguments) {
  Value product = Value::int32(1);
  for (const Item& argument : arguments) {
    if (is_nullish(argument)) return null_item();
    if (!argument->is_number()) {
      return error(ErrorCode::type_mismatch, "$multiply only supports numeric types, not {}",
                   type_alias(argument));
    }
    product = multiply(product, *argument);
  }
  return Item(product);
}

Result<Item> divide_two(const OperationCall& /*call*/, std::span<const Item> arguments) {
  if (any_nullish(arguments)) return null_item();
  const Item& a = arguments[0];
  const Item& b = arguments[1];
  if (!is_number(a) || !is_number(b)) {
    return error(ErrorCode::type_mismatch, "$divide only supports numeric types, not {} and {}",
                 type_alias(a), type_alias(b));
  }
  if (is_zero(*b)) return error(ErrorCode::bad_value, "can't $divide by zero");
  return Item(divide(*a, *b));
}

Result<Item> modulo_two(const OperationCall& /*call*/, std::span<const Item> arguments) {
  if (any_nullish(arguments)) return null_item();
  const Item& a = arguments[0];
  const Item& b = arguments[1];
  if (!is_number(a) || !is_number(b)) {
    return error(16611, "$mod only supports numeric types, not {} and {}", type_alias(a),
                 type_alias(b));
  }
  if (is_zero(*b)) {
    const bool decimal = wider(number_kind(*a), number_kind(*b)) == NumberKind::decimal;
    return error(decimal ? 5733415 : 16610, "can't $mod by zero");
  }
  // Doubles that are integers leave an integer, where the other one is an integer.
  return Item(modulo(*a, *b));
}

// An integer to an integral power, where an int64 has it.
std::optional<std::int64_t> integer_power(std::int64_t base, std::int64_t exponent) {
  std::int64_t result = 1;
  for (; exponent > 0; exponent /= 2) {
    if (exponent % 2 != 0 && __builtin_mul_overflow(result, base, &result)) return std::nullopt;
    if (exponent > 1 && __builtin_mul_overflow(base, base, &base)) return std::nullopt;
  }
  return result;
}

Value power(const Value& base, const Value& exponent) {
  const NumberKind kind = wider(number_kind(base), number_kind(exponent));
  if (kind == NumberKind::decimal) {
    return Value::decimal(decimal128::pow(to_decimal(base), to_decimal(exponent)));
  }
  if (kind != NumberKind::float64) {
    const std::int64_t of = base.as_int64();
    const std::int64_t to = exponent.as_int64();
    // Of 1 and -1 all powers are integers.
    const bool unit = of == 1 || of == -1;
    if (to >= 0 || unit) {
      const auto whole = unit ? (to % 2 == 0 ? 1 : of) : integer_power(of, to);
      if (whole) return of_integer(*whole, kind);
    }
  }
  return Value::float64(std::pow(base.to_double(), exponent.to_double()));
}

Result<Item> power_two(const OperationCall& /*call*/, std::span<const Item> arguments) {
  if (any_nullish(arguments)) return null_item();
  const Item& base = arguments[0];
  const Item& exponent = arguments[1];
  if (!is_number(base)) {
    return error(28762, "$pow's base must be numeric, not {}", type_alias(base));
  }
  if (!is_number(exponent)) {
    return error(28763, "$pow's exponent must be numeric, not {}", type_alias(exponent));
  }
  if (is_zero(*base) && is_negative(*exponent)) {
    return error(28764, "$pow cannot take a base of 0 and a negative exponent");
  }
  return Item(power(*base, *exponent));
}

Value not_a_number() { return Value::float64(std::numeric_limits<double>::quiet_NaN()); }

Result<Item> logarithm(const OperationCall& /*call*/, std::span<const Item> arguments) {
  if (any_nullish(arguments)) return null_item();
  const Item& argument = arguments[0];
  const Item& base = arguments[1];
  if (!is_number(argument)) {
    return error(28756, "$log's argument must be numeric, not {}", type_alias(argument));
  }
  if (!is_number(base))
    return error(28757, "$log's base must be numeric, not {}", type_alias(base));
  if (is_zero(*argument) || is_negative(*argument)) {
    return error(28758, "$log's argument must be a positive number, but is {}",
                 print_operand(*argument));
  }
  if (is_nan(*argument) || is_nan(*base)) return Item(not_a_number());
  const Value one = Value::int32(1);
  if (is_zero(*base) || is_negative(*base) || equal(*base, one)) {
    return error(28759, "$log's base must be a positive number not equal to 1, but is {}",
                 print_operand(*base));
  }
  if (wider(number_kind(*argument), number_kind(*base)) == NumberKind::decimal) {
    return Item(Value::decimal(decimal128::divide(decimal128::ln(to_decimal(*argument)),
                                                  decimal128::ln(to_decimal(*base)))));
  }
  return Item(Value::float64(std::log(argument->to_double()) / std::log(base->to_double())));
}

// The second argument of $round and $trunc.
Result<int> read_places(const Item& places, std::string_view name) {
  if (!is_number(places)) {
    return error(16004, "precision argument to {} must be a integral value", name);
  }
  const auto integral = places->to_int64();
  constexpr std::int64_t kFar = 0x7fffffff;
  const double real = places->to_double();
  const bool no_number = places->type() == value::Type::decimal && is_nan(*places);
  if (!integral && !no_number && (!std::isfinite(real) || std::fabs(real) > kFar)) {
    return error(31109, "Can't coerce out of range value {} to long", print_operand(*places));
  }
  if (!integral) {
    return error(51082, "precision argument to {} must be a integral value", name);
  }
  constexpr std::int64_t kLeast = -20;
  constexpr std::int64_t kMost = 100;
  if (*integral < kLeast || *integral > kMost) {
    return error(51083, "cannot apply {} with precision value {} value must be in [-20, 100]", name,
                 *integral);
  }
  return static_cast<int>(*integral);
}

Result<Item> rounded(std::span<const Item> arguments, std::string_view name, RoundTo to) {
  const Item& number = arguments[0];
  if (any_nullish(arguments)) return null_item();
  if (!is_number(number)) {
    return error(51081, "{} only supports numeric types, not {}", name, type_alias(number));
  }
  int places = 0;
  if (arguments.size() > 1) {
    TRY(places, read_places(arguments[1], name));
  }
  auto result = round(*number, places, to);
  if (!result) {
    return error(51080,
                 "invalid conversion from Decimal128 result in {} resulting from "
                 "arguments: [{}, {}]",
                 name, print_operand(*number), places);
  }
  return Item(*std::move(result));
}

Result<Item> round_to(const OperationCall& /*call*/, std::span<const Item> arguments) {
  return rounded(arguments, "$round", RoundTo::even);
}
Result<Item> trunc_to(const OperationCall& /*call*/, std::span<const Item> arguments) {
  return rounded(arguments, "$trunc", RoundTo::zero);
}

constexpr OperationRow kOperations[] = {
    {.number = op::kAdd, .name = "add", .eager = add_all},
    {.number = op::kSubtract, .name = "subtract", .least = 2, .eager = subtract_two},
    {.number = op::kMultiply, .name = "multiply", .eager = multiply_all},
    {.number = op::kDivide, .name = "divide", .least = 2, .eager = divide_two},
    {.number = op::kMod, .name = "mod", .least = 2, .eager = modulo_two},
    {.number = op::kPow, .name = "pow", .least = 2, .eager = power_two},
    {.number = op::kLog, .name = "log", .least = 2, .eager = logarithm},
    {.number = op::kRound, .name = "round", .least = 1, .eager = round_to},
    {.number = op::kTrunc, .name = "trunc", .least = 1, .eager = trunc_to},
};

constexpr OperatorRow kOperators[] = {
    {.name = "$add", .number = op::kAdd, .least = 0, .most = OperatorRow::kAny},
    {.name = "$subtract", .number = op::kSubtract, .least = 2, .most = 2},
    {.name = "$multiply", .number = op::kMultiply, .least = 0, .most = OperatorRow::kAny},
    {.name = "$divide", .number = op::kDivide, .least = 2, .most = 2},
    {.name = "$mod", .number = op::kMod, .least = 2, .most = 2},
    {.name = "$pow", .number = op::kPow, .least = 2, .most = 2},
    {.name = "$log", .number = op::kLog, .least = 2, .most = 2},
    {.name = "$round", .number = op::kRound, .least = 1, .most = 2},
    {.name = "$trunc", .number = op::kTrunc, .least = 1, .most = 2},
};

}  // namespace

std::span<const OperationRow> arithmetic_operations() { return kOperations; }
std::span<const OperatorRow> arithmetic_operators() { return kOperators; }

}  // namespace octavo::mongodb
