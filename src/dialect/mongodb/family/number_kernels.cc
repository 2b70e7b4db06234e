#include "dialect/mongodb/family/number_kernels.h"

#include <cmath>
#include <optional>

#include "dialect/mongodb/expression/operators.h"
#include "dialect/mongodb/type/number.h"

namespace octavo::mongodb {
namespace {

using function::KernelCall;
using function::KernelRow;
using function::Operand;
using function::Shape;
using value::Value;

// A number of 64 bits or a double.
bool is_plain(const Value& value) {
  return value.type() == value::Type::int64 || value.type() == value::Type::float64;
}
bool are_doubles(const Value& a, const Value& b) {
  return a.type() == value::Type::float64 || b.type() == value::Type::float64;
}

// As $add has it: a sum of doubles alone has no negative zero, and two numbers lose nothing that a
// compensation could give back, unless a double does not have the integer.
std::optional<Value> sum_of(const Value& a, const Value& b) {
  if (!are_doubles(a, b)) return add_checked(a, b);
  constexpr double kWhole = 0x1p53;
  const double x = a.to_double();
  const double y = b.to_double();
  const bool exact = std::fabs(x) < kWhole && std::fabs(y) < kWhole;
  if (!exact) return std::nullopt;  // also infinities, and NaN
  return Value::float64(x + y + 0.0);
}
std::optional<Value> difference_of(const Value& a, const Value& b) {
  if (!are_doubles(a, b)) return subtract(a, b);
  return Value::float64(a.to_double() - b.to_double());
}
std::optional<Value> product_of(const Value& a, const Value& b) {
  if (!are_doubles(a, b)) return multiply(a, b);
  return Value::float64(a.to_double() * b.to_double());
}
std::optional<Value> quotient_of(const Value& a, const Value& b) {
  if (is_zero(b)) return std::nullopt;
  return divide(a, b);
}
std::optional<Value> remainder_of(const Value& a, const Value& b) {
  if (is_zero(b)) return std::nullopt;
  return modulo(a, b);
}

// Null where either is null or missing: whether the other one may stand there says the evaluator,
// unless it is a number or is not there either.
template <std::optional<Value> (*kOf)(const Value& a, const Value& b)>
void of_two(const KernelCall& call) {
  const Operand& a = call.operands[0];
  const Operand& b = call.operands[1];
  auto* const out = call.out_as<Value>();
  for (std::size_t i = 0; i < call.rows; ++i) {
    const function::State first = a.state(i);
    const function::State second = b.state(i);
    call.states[i] = function::kDeferred;
    if (first == function::kDeferred || second == function::kDeferred) continue;
    const Value* const x = first == function::kPresent ? &a.as<Value>()[i] : nullptr;
    const Value* const y = second == function::kPresent ? &b.as<Value>()[i] : nullptr;
    if ((x != nullptr && !is_plain(*x)) || (y != nullptr && !is_plain(*y))) continue;
    if (x == nullptr || y == nullptr) {
      call.states[i] = function::kNull;
      continue;
    }
    if (auto result = kOf(*x, *y)) {
      out[i] = *std::move(result);
      call.states[i] = function::kPresent;
    }
  }
}

template <std::optional<Value> (*kOf)(const Value& a, const Value& b)>
constexpr KernelRow row_of_two(std::uint16_t number, bool folds = false) {
  return {.number = number,
          .operands = {Shape::any, Shape::any},
          .count = 2,
          .result = Shape::any,
          .strict = false,
          .folds = folds,
          .run = of_two<kOf>};
}

// $add of more than two is one compensated sum.
constexpr KernelRow kRows[] = {
    row_of_two<sum_of>(op::kAdd),
    row_of_two<difference_of>(op::kSubtract),
    row_of_two<product_of>(op::kMultiply, true),
    row_of_two<quotient_of>(op::kDivide),
    row_of_two<remainder_of>(op::kMod),
};

}  // namespace

std::span<const KernelRow> number_kernels() { return kRows; }

}  // namespace octavo::mongodb
