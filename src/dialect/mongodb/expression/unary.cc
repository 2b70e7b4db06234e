// Functions of one number, trigonometry too: a table of what they compute over each kind.

#include <algorithm>
#include <cmath>
#include <iterator>
#include <numbers>

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

// Which numbers a function takes.
struct Domain {
  bool (*has)(double number) = nullptr;  // null: all
  std::uint32_t code = 0;
  std::string_view text;
};

constexpr std::uint32_t kNotNumeric = 28765;

struct Function {
  std::uint16_t number;
  std::string_view name;
  double (*doubles)(double);
  Decimal (*decimals)(const Decimal&);
  Domain domain = {};
  std::uint32_t type_code = kNotNumeric;
  bool nan_is_double = false;  // whatever the argument is
};

constexpr std::uint32_t kOutOfRange = 50989;
constexpr std::uint32_t kTypeMismatch = 14;

bool is_positive(double number) { return !(number <= 0); }
bool is_not_negative(double number) { return !(number < 0); }
bool is_finite(double number) { return !std::isinf(number); }
bool is_in_unit(double number) { return !(number < -1 || number > 1); }
bool is_from_one(double number) { return !(number < 1); }

double degrees(double radians) { return radians * (180.0 / std::numbers::pi); }
double radians(double degrees) { return degrees * (std::numbers::pi / 180.0); }

double sigmoid_of(double x) { return 1.0 / (1.0 + std::exp(-x)); }
Decimal sigmoid_of(const Decimal& x) {
  const Decimal one = Decimal::from_int64(1);
  return decimal128::divide(one, decimal128::add(one, decimal128::exp(x.negated())));
}

constexpr Domain kUnit{.has = is_in_unit, .code = kOutOfRange, .text = "in [-1,1]"};
constexpr Domain kFinite{.has = is_finite, .code = kOutOfRange, .text = "in (-inf,inf)"};

constexpr Function kFunctions[] = {
    {op::kExp, "$exp", std::exp, decimal128::exp},
    {op::kLn,
     "$ln",
     std::log,
     decimal128::ln,
     {is_positive, 28766, "a positive number"},
     kNotNumeric,
     true},
    {op::kLog10,
     "$log10",
     std::log10,
     decimal128::log10,
     {is_positive, 28761, "a positive number"},
     kNotNumeric,
     true},
    {op::kSqrt,
     "$sqrt",
     std::sqrt,
     decimal128::sqrt,
     {is_not_negative, 28714, "greater than or equal to 0"}},
    {op::kSigmoid, "$sigmoid", sigmoid_of, sigmoid_of, {}, kTypeMismatch},
    {op::kSin, "$sin", std::sin, decimal128::sin, kFinite},
    {op::kCos, "$cos", std::cos, decimal128::cos, kFinite},
    {op::kTan, "$tan", std::tan, decimal128::tan, kFinite},
    {op::kAsin, "$asin", std::asin, decimal128::asin, kUnit},
    {op::kAcos, "$acos", std::acos, decimal128::acos, kUnit},
    {op::kAtan, "$atan", std::atan, decimal128::atan},
    {op::kSinh, "$sinh", std::sinh, decimal128::sinh},
    {op::kCosh, "$cosh", std::cosh, decimal128::cosh},
    {op::kTanh, "$tanh", std::tanh, decimal128::tanh},
    {op::kAsinh, "$asinh", std::asinh, decimal128::asinh},
    {op::kAcosh, "$acosh", std::acosh, decimal128::acosh, {is_from_one, kOutOfRange, "in [1,inf]"}},
    {op::kAtanh, "$atanh", std::atanh, decimal128::atanh, kUnit},
    {op::kDegreesToRadians, "$degreesToRadians", radians, decimal128::to_radians},
    {op::kRadiansToDegrees, "$radiansToDegrees", degrees, decimal128::to_degrees},
};

const Function& function_of(std::uint16_t number) {
  return *std::ranges::find(kFunctions, number, &Function::number);
}

Result<Item> apply(const OperationCall& call, std::span<const Item> arguments) {
  const Function& function = function_of(call.call.function.number);
  const Item& argument = arguments[0];
  if (is_nullish(argument)) return null_item();
  if (!is_number(argument)) {
    return error(function.type_code, "{} only supports numeric types, not {}", function.name,
                 type_alias(argument));
  }
  const double real = argument->to_double();
  const bool within = function.domain.has == nullptr || function.domain.has(real);
  // A decimal below the least double is no zero.
  const bool tiny = real == 0 && !is_zero(*argument);
  const bool tiny_within = tiny && !is_negative(*argument);
  if (!within && !tiny_within) {
    return error(function.domain.code, "{}'s argument must be {}, but is {}", function.name,
                 function.domain.text, print_operand(*argument));
  }
  const bool no_number = std::isnan(real) && function.nan_is_double;
  if (number_kind(*argument) == NumberKind::decimal && !no_number) {
    return Item(Value::decimal(function.decimals(to_decimal(*argument))));
  }
  return Item(Value::float64(function.doubles(real)));
}

Result<Item> absolute_of(const OperationCall& /*call*/, std::span<const Item> arguments) {
  const Item& argument = arguments[0];
  if (is_nullish(argument)) return null_item();
  if (!is_number(argument)) {
    return error(28765, "$abs only supports numeric types, not {}", type_alias(argument));
  }
  auto result = absolute(*argument);
  if (!result) return error(28680, "can't take $abs of long long min");
  return Item(*std::move(result));
}

Result<Item> whole(const Item& argument, std::string_view name, RoundTo to) {
  if (is_nullish(argument)) return null_item();
  if (!is_number(argument)) {
    return error(28765, "{} only supports numeric types, not {}", name, type_alias(argument));
  }
  return or_null(round(*argument, 0, to));
}
Result<Item> floor_of(const OperationCall& /*call*/, std::span<const Item> arguments) {
  return whole(arguments[0], "$floor", RoundTo::floor);
}
Result<Item> ceil_of(const OperationCall& /*call*/, std::span<const Item> arguments) {
  return whole(arguments[0], "$ceil", RoundTo::ceil);
}

Result<Item> angle_of(const OperationCall& /*call*/, std::span<const Item> arguments) {
  if (any_nullish(arguments)) return null_item();
  for (const Item& argument : arguments) {
    if (is_number(argument)) continue;
    return error(51044, "$atan2 only supports numeric types, not {}", type_alias(argument));
  }
  const Value& y = *arguments[0];
  const Value& x = *arguments[1];
  if (wider(number_kind(y), number_kind(x)) == NumberKind::decimal) {
    return Item(Value::decimal(decimal128::atan2(to_decimal(y), to_decimal(x))));
  }
  return Item(Value::float64(std::atan2(y.to_double(), x.to_double())));
}

constexpr OperationRow kOperations[] = {
    {.number = op::kAbs, .name = "abs", .least = 1, .eager = absolute_of},
    {.number = op::kFloor, .name = "floor", .least = 1, .eager = floor_of},
    {.number = op::kCeil, .name = "ceil", .least = 1, .eager = ceil_of},
    {.number = op::kExp, .name = "exp", .least = 1, .eager = apply},
    {.number = op::kLn, .name = "ln", .least = 1, .eager = apply},
    {.number = op::kLog10, .name = "log10", .least = 1, .eager = apply},
    {.number = op::kSqrt, .name = "sqrt", .least = 1, .eager = apply},
    {.number = op::kSigmoid, .name = "sigmoid", .least = 1, .eager = apply},
    {.number = op::kSin, .name = "sin", .least = 1, .eager = apply},
    {.number = op::kCos, .name = "cos", .least = 1, .eager = apply},
    {.number = op::kTan, .name = "tan", .least = 1, .eager = apply},
    {.number = op::kAsin, .name = "asin", .least = 1, .eager = apply},
    {.number = op::kAcos, .name = "acos", .least = 1, .eager = apply},
    {.number = op::kAtan, .name = "atan", .least = 1, .eager = apply},
    {.number = op::kAtan2, .name = "atan2", .least = 2, .eager = angle_of},
    {.number = op::kSinh, .name = "sinh", .least = 1, .eager = apply},
    {.number = op::kCosh, .name = "cosh", .least = 1, .eager = apply},
    {.number = op::kTanh, .name = "tanh", .least = 1, .eager = apply},
    {.number = op::kAsinh, .name = "asinh", .least = 1, .eager = apply},
    {.number = op::kAcosh, .name = "acosh", .least = 1, .eager = apply},
    {.number = op::kAtanh, .name = "atanh", .least = 1, .eager = apply},
    {.number = op::kDegreesToRadians, .name = "degreesToRadians", .least = 1, .eager = apply},
    {.number = op::kRadiansToDegrees, .name = "radiansToDegrees", .least = 1, .eager = apply},
};

constexpr OperatorRow kOperators[] = {
    {.name = "$abs", .number = op::kAbs},
    {.name = "$floor", .number = op::kFloor},
    {.name = "$ceil", .number = op::kCeil},
    {.name = "$exp", .number = op::kExp},
    {.name = "$ln", .number = op::kLn},
    {.name = "$log10", .number = op::kLog10},
    {.name = "$sqrt", .number = op::kSqrt},
    {.name = "$sigmoid", .number = op::kSigmoid},
    {.name = "$sin", .number = op::kSin},
    {.name = "$cos", .number = op::kCos},
    {.name = "$tan", .number = op::kTan},
    {.name = "$asin", .number = op::kAsin},
    {.name = "$acos", .number = op::kAcos},
    {.name = "$atan", .number = op::kAtan},
    {.name = "$atan2", .number = op::kAtan2, .least = 2, .most = 2},
    {.name = "$sinh", .number = op::kSinh},
    {.name = "$cosh", .number = op::kCosh},
    {.name = "$tanh", .number = op::kTanh},
    {.name = "$asinh", .number = op::kAsinh},
    {.name = "$acosh", .number = op::kAcosh},
    {.name = "$atanh", .number = op::kAtanh},
    {.name = "$degreesToRadians", .number = op::kDegreesToRadians},
    {.name = "$radiansToDegrees", .number = op::kRadiansToDegrees},
};

}  // namespace

std::span<const OperationRow> unary_operations() { return kOperations; }
std::span<const OperatorRow> unary_operators() { return kOperators; }

}  // namespace octavo::mongodb
