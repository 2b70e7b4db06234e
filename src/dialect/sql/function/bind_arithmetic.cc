// Arithmetic: which kind of number it is computed in, and what type that gives.

#include <algorithm>

#include "dialect/sql/error/error.h"
#include "dialect/sql/function/bind_binary.h"
#include "dialect/sql/function/convert.h"
#include "dialect/sql/function/fold.h"
#include "dialect/sql/function/loss_rule.h"
#include "dialect/sql/function/operators.h"

namespace octavo::sql {
namespace {

using value::Value;

// The operations of one operator, by the kind of number.
struct ArithmeticRow {
  BinaryOperator op;
  std::uint16_t of_integers, of_unsigned, of_decimals, of_doubles;
  Digits (*digits)(Digits a, Digits b);  // of a result that is no double
};

constexpr ArithmeticRow kRows[] = {
    {BinaryOperator::add, op::kAddInteger, op::kAddUnsigned, op::kAddDecimal, op::kAddDouble,
     [](Digits a, Digits b) {
       return Digits{.whole = std::max(a.whole, b.whole) + 1, .scale = std::max(a.scale, b.scale)};
     }},
    {BinaryOperator::subtract, op::kSubtractInteger, op::kSubtractUnsigned, op::kSubtractDecimal,
     op::kSubtractDouble,
     [](Digits a, Digits b) {
       return Digits{.whole = std::max(a.whole, b.whole) + 1, .scale = std::max(a.scale, b.scale)};
     }},
    {BinaryOperator::multiply, op::kMultiplyInteger, op::kMultiplyUnsigned, op::kMultiplyDecimal,
     op::kMultiplyDouble,
     [](Digits a, Digits b) {
       return Digits{.whole = a.whole + b.whole, .scale = a.scale + b.scale};
     }},
};

struct Operands {
  Typed a, b;

  bool any_of(Kind kind) const { return a.type.kind() == kind || b.type.kind() == kind; }
  bool any_unsigned() const { return a.type.is_unsigned() || b.type.is_unsigned(); }
  bool nullable() const { return a.type.nullable || b.type.nullable; }
  Digits digits_of_a() const { return digits_of(a.type).value_or(Digits{}); }
  Digits digits_of_b() const { return digits_of(b.type).value_or(Digits{}); }
};

Operands numbers(Typed left, Typed right, const CallContext& context) {
  return {.a = as_number(std::move(left), context), .b = as_number(std::move(right), context)};
}

std::vector<Typed> doubles(Operands operands, const CallContext& context) {
  return {as_double(std::move(operands.a), context), as_double(std::move(operands.b), context)};
}

Type integer_type(bool is_unsigned, Digits digits) {
  constexpr int kMost = 20;
  return big_integer(is_unsigned, static_cast<std::uint32_t>(std::min(digits.whole, kMost)) +
                                      (is_unsigned ? 0 : 1));
}

Typed bind_row(const ArithmeticRow& row, Operands operands, const CallContext& context) {
  const bool nullable = operands.nullable();
  if (operands.any_of(Kind::real)) {
    return make_call(row.of_doubles, doubles(std::move(operands), context),
                     with_null(double_type(), nullable));
  }
  const Digits digits = row.digits(operands.digits_of_a(), operands.digits_of_b());
  if (operands.any_of(Kind::decimal)) {
    Type type = decimal_type(digits.whole + digits.scale, digits.scale);
    return make_call(row.of_decimals, {std::move(operands.a), std::move(operands.b)},
                     with_null(std::move(type), nullable));
  }
  const bool keeps_sign =
      row.op == BinaryOperator::subtract && context.session.has(sql_mode::kNoUnsignedSubtraction);
  const bool is_unsigned = operands.any_unsigned() && !keeps_sign;
  return make_call(is_unsigned ? row.of_unsigned : row.of_integers,
                   {std::move(operands.a), std::move(operands.b)},
                   with_null(integer_type(is_unsigned, digits), nullable));
}

// Of a division by zero, which is null.
std::vector<Value> zero_rule(const CallContext& context) {
  return {constant_of(on_division_by_zero(context.session))};
}

Typed bind_divide(Operands operands, const CallContext& context) {
  if (operands.any_of(Kind::real)) {
    return make_call(op::kDivideDouble, doubles(std::move(operands), context), double_type(),
                     zero_rule(context));
  }
  const Digits a = operands.digits_of_a();
  const int more = context.session.div_precision_increment;
  const int scale = std::min<int>(a.scale + more, kMaxDecimalScale);
  // Divided by 0.01 the digits before the point become more.
  const int whole = a.whole + operands.digits_of_b().scale;
  return make_call(op::kDivideDecimal, {std::move(operands.a), std::move(operands.b)},
                   decimal_type(whole + scale, scale),
                   {Value::int64(scale), constant_of(on_division_by_zero(context.session))});
}

Typed bind_div(Operands operands, const CallContext& context) {
  const bool is_unsigned = operands.any_unsigned();
  const Type type = integer_type(is_unsigned, {.whole = 20});
  if (!operands.any_of(Kind::real) && !operands.any_of(Kind::decimal)) {
    const Digits digits = operands.digits_of_a();
    return make_call(is_unsigned ? op::kDivUnsigned : op::kDivInteger,
                     {std::move(operands.a), std::move(operands.b)},
                     integer_type(is_unsigned, digits), zero_rule(context));
  }
  return make_call(
      op::kDivDecimal, {std::move(operands.a), std::move(operands.b)}, type,
      {constant_of(on_division_by_zero(context.session)), Value::int64(is_unsigned ? 1 : 0)});
}

Typed bind_mod(Operands operands, const CallContext& context) {
  if (operands.any_of(Kind::real)) {
    return make_call(op::kModDouble, doubles(std::move(operands), context), double_type(),
                     zero_rule(context));
  }
  const Digits a = operands.digits_of_a();
  const Digits b = operands.digits_of_b();
  if (operands.any_of(Kind::decimal)) {
    const int scale = std::max(a.scale, b.scale);
    return make_call(op::kModDecimal, {std::move(operands.a), std::move(operands.b)},
                     decimal_type(std::max(a.whole, b.whole) + scale, scale), zero_rule(context));
  }
  const bool is_unsigned = operands.a.type.is_unsigned();
  return make_call(op::kModInteger, {std::move(operands.a), std::move(operands.b)},
                   integer_type(is_unsigned, {.whole = std::max(a.whole, b.whole)}),
                   zero_rule(context));
}

struct BitRow {
  BinaryOperator op;
  std::uint16_t of_integers, of_bytes;
  bool shifts = false;  // the second operand is a number
};
constexpr BitRow kBitRows[] = {
    {BinaryOperator::bit_and, op::kBitAnd, op::kBytesAnd},
    {BinaryOperator::bit_or, op::kBitOr, op::kBytesOr},
    {BinaryOperator::bit_xor, op::kBitXor, op::kBytesXor},
    {BinaryOperator::shift_left, op::kShiftLeft, op::kBytesShiftLeft, true},
    {BinaryOperator::shift_right, op::kShiftRight, op::kBytesShiftRight, true},
};

// Bytes that are no x'41'.
bool is_bytes(const Typed& operand) {
  return operand.type.kind() == Kind::bytes && !operand.type.has(type_flag::kHex);
}

// The bits of a number: a negative one keeps its own.
Typed as_bits(Typed operand, const CallContext& context) {
  operand = as_number_source(std::move(operand), context);
  if (operand.type.is_integer()) return operand;
  const bool is_unsigned = !operand.type.is_number();
  return as_integer(std::move(operand), is_unsigned, context);
}

}  // namespace

Result<Typed> bind_arithmetic(BinaryOperator op, Typed left, Typed right,
                              const CallContext& context) {
  Operands operands = numbers(std::move(left), std::move(right), context);
  switch (op) {
    case BinaryOperator::divide: return bind_divide(std::move(operands), context);
    case BinaryOperator::integer_divide: return bind_div(std::move(operands), context);
    case BinaryOperator::modulo: return bind_mod(std::move(operands), context);
    default:
      return bind_row(*std::ranges::find(kRows, op, &ArithmeticRow::op), std::move(operands),
                      context);
  }
}

Result<Typed> bind_bits(BinaryOperator op, Typed left, Typed right, const CallContext& context) {
  const BitRow& row = *std::ranges::find(kBitRows, op, &BitRow::op);
  const bool nullable = left.type.nullable || right.type.nullable;
  if (is_bytes(left) && (row.shifts || is_bytes(right))) {
    if (row.shifts) right = as_bits(std::move(right), context);
    Type type = with_null(bytes_type(left.type.width), nullable);
    return make_call(row.of_bytes, {std::move(left), std::move(right)}, std::move(type));
  }
  return make_call(row.of_integers,
                   {as_bits(std::move(left), context), as_bits(std::move(right), context)},
                   with_null(big_integer(true), nullable));
}

Result<Typed> bind_minus(Typed operand, const CallContext& context) {
  operand = as_number(std::move(operand), context);
  const bool nullable = operand.type.nullable;
  switch (operand.type.kind()) {
    case Kind::real:
      return make_call(op::kNegateDouble, {std::move(operand)}, with_null(double_type(), nullable));
    case Kind::decimal: {
      Type type = decimal_type(operand.type.logical->precision, operand.type.logical->scale);
      return make_call(op::kNegateDecimal, {std::move(operand)},
                       with_null(std::move(type), nullable));
    }
    default: break;
  }
  // A literal that has no opposite of its kind is a decimal.
  const Value* constant = fold_in_place(operand, context);
  constexpr std::uint64_t kLeast = std::uint64_t{1} << 63U;
  const bool no_opposite =
      constant != nullptr &&
      ((constant->type() == value::Type::uint64 && constant->as_uint64() > kLeast) ||
       (constant->type() == value::Type::int64 && constant->as_int64() == INT64_MIN));
  if (no_opposite) {
    operand = as_decimal(std::move(operand), 20, 0, context);
    return make_call(op::kNegateDecimal, {std::move(operand)},
                     with_null(decimal_type(20, 0), nullable));
  }
  const bool is_constant = constant != nullptr;
  Type type = big_integer(false, operand.type.width + (operand.type.is_unsigned() ? 1 : 0));
  Typed opposite =
      make_call(op::kNegateInteger, {std::move(operand)}, with_null(std::move(type), nullable));
  // A negative literal is shown as one.
  if (is_constant) opposite.expression = fold(opposite.expression, context);
  return opposite;
}

Result<Typed> bind_invert(Typed operand, const CallContext& context) {
  const bool nullable = operand.type.nullable;
  if (is_bytes(operand)) {
    Type type = with_null(bytes_type(operand.type.width), nullable);
    return make_call(op::kBytesNot, {std::move(operand)}, std::move(type));
  }
  return make_call(op::kBitNot, {as_bits(std::move(operand), context)},
                   with_null(big_integer(true), nullable));
}

}  // namespace octavo::sql
