// + - * / of integers and decimals in 64 bits, and of doubles.

#include <algorithm>
#include <cmath>

#include "dialect/sql/function/kernel_loops.h"
#include "dialect/sql/function/numbers.h"
#include "value/value.h"

namespace octavo::sql {
namespace {

constexpr int kMostScale = 30;  // of SQL's decimals

struct Plus {
  static bool overflows(std::int64_t a, std::int64_t b, std::int64_t* out) {
    return __builtin_add_overflow(a, b, out);
  }
  static double of(double a, double b) { return a + b; }
};
struct Minus {
  static bool overflows(std::int64_t a, std::int64_t b, std::int64_t* out) {
    return __builtin_sub_overflow(a, b, out);
  }
  static double of(double a, double b) { return a - b; }
};
struct Times {
  static bool overflows(std::int64_t a, std::int64_t b, std::int64_t* out) {
    return __builtin_mul_overflow(a, b, out);
  }
  static double of(double a, double b) { return a * b; }
};

// What does not fit is more than an integer may be, or of an unsigned type.
template <class Operator, bool kUnsigned>
void of_integers(const KernelCall& call) {
  take_states(call);
  call.typed->form = Form::integer;
  const Operand& a = call.operands[0];
  const Operand& b = call.operands[1];
  if (a.form != Form::integer || b.form != Form::integer) return defer_all(call);
  auto* const out = call.out_as<std::int64_t>();
  for (std::size_t row = 0; row < call.rows; ++row) {
    const bool overflows =
        Operator::overflows(a.as<std::int64_t>()[row], b.as<std::int64_t>()[row], &out[row]);
    if (overflows || (kUnsigned && out[row] < 0)) defer(call, row);
  }
}

template <class Operator>
void of_decimals(const KernelCall& call) {
  take_states(call);
  call.typed->form = Form::decimal;
  const Operand& a = call.operands[0];
  const Operand& b = call.operands[1];
  if (!is_exact(a.form) || !is_exact(b.form)) return defer_all(call);
  const auto* const first = a.as<std::int64_t>();
  const auto* const second = b.as<std::int64_t>();
  auto* const out = call.out_as<std::int64_t>();
  if constexpr (std::is_same_v<Operator, Times>) {
    if (a.scale + b.scale > kMostScale) return defer_all(call);
    call.typed->scale = static_cast<std::uint8_t>(a.scale + b.scale);
    for (std::size_t row = 0; row < call.rows; ++row) {
      const bool overflows = Operator::overflows(first[row], second[row], &out[row]);
      if (overflows) defer(call, row);
    }
  } else {
    const std::uint8_t scale = std::max(a.scale, b.scale);
    if (scale > kUnitDigits) return defer_all(call);
    call.typed->scale = scale;
    const std::int64_t more_a = kPowersOfTen[static_cast<std::size_t>(scale - a.scale)];
    const std::int64_t more_b = kPowersOfTen[static_cast<std::size_t>(scale - b.scale)];
    for (std::size_t row = 0; row < call.rows; ++row) {
      std::int64_t x = 0;
      std::int64_t y = 0;
      const bool overflows = __builtin_mul_overflow(first[row], more_a, &x) ||
                             __builtin_mul_overflow(second[row], more_b, &y) ||
                             Operator::overflows(x, y, &out[row]);
      if (overflows) defer(call, row);
    }
  }
}

void finish_doubles(const KernelCall& call) {
  const auto* const out = call.out_as<double>();
  for (std::size_t row = 0; row < call.rows; ++row) {
    if (!std::isfinite(out[row])) defer(call, row);
  }
}

template <class Operator>
void of_doubles(const KernelCall& call) {
  take_states(call);
  call.typed->form = Form::real;
  Doubles rooms[2];
  const double* const a = as_doubles(call, call.operands[0], rooms[0]);
  const double* const b = as_doubles(call, call.operands[1], rooms[1]);
  if (a == nullptr || b == nullptr) return defer_all(call);
  auto* const out = call.out_as<double>();
  for (std::size_t row = 0; row < call.rows; ++row) out[row] = Operator::of(a[row], b[row]);
  finish_doubles(call);
}

void divide_double(const KernelCall& call) {
  take_states(call);
  call.typed->form = Form::real;
  Doubles rooms[2];
  const double* const a = as_doubles(call, call.operands[0], rooms[0]);
  const double* const b = as_doubles(call, call.operands[1], rooms[1]);
  if (a == nullptr || b == nullptr) return defer_all(call);
  auto* const out = call.out_as<double>();
  // By zero it is not finite.
  for (std::size_t row = 0; row < call.rows; ++row) out[row] = a[row] / b[row];
  finish_doubles(call);
}

struct Scale final : function::Prepared {
  explicit Scale(std::uint8_t digits) : digits(digits) {}
  std::uint8_t digits;
};

function::PreparedPtr scale_of(const algebra::Call& call) {
  const value::Value* const constant = constant_at(call, 2);
  const auto digits =
      constant == nullptr || !constant->is_number() ? std::nullopt : constant->to_int64();
  if (!digits || *digits < 0 || *digits > kMostScale) return nullptr;
  return std::make_shared<const Scale>(static_cast<std::uint8_t>(*digits));
}

// Away from zero in the middle. Nothing: it takes more than 128 bits on the way, or than 64.
std::optional<std::int64_t> rounded_quotient(std::int64_t a, std::int64_t b, int power) {
  if (b == 0 || power > kUnitDigits || power < -kUnitDigits) return std::nullopt;
  Int128 dividend = a;
  Int128 divisor = b;
  // 19 digits and 18 fit 128 bits, also twice.
  (power >= 0 ? dividend : divisor) *= kPowersOfTen[static_cast<std::size_t>(std::abs(power))];
  Int128 quotient = dividend / divisor;
  const Int128 rest = dividend % divisor;
  const Int128 twice = 2 * (rest < 0 ? -rest : rest);
  const bool negative = (a < 0) != (b < 0);
  if (twice >= (divisor < 0 ? -divisor : divisor)) quotient += negative ? -1 : 1;
  if (quotient > INT64_MAX || quotient < -INT64_MAX) return std::nullopt;
  return static_cast<std::int64_t>(quotient);
}

void divide_decimal(const KernelCall& call) {
  take_states(call);
  const std::uint8_t scale = static_cast<const Scale&>(*call.prepared).digits;
  call.typed->form = Form::decimal;
  call.typed->scale = scale;
  const Operand& a = call.operands[0];
  const Operand& b = call.operands[1];
  if (!is_exact(a.form) || !is_exact(b.form)) return defer_all(call);
  const int power = scale - a.scale + b.scale;
  auto* const out = call.out_as<std::int64_t>();
  for (std::size_t row = 0; row < call.rows; ++row) {
    if (call.states[row] != kPresent) continue;
    const auto quotient =
        rounded_quotient(a.as<std::int64_t>()[row], b.as<std::int64_t>()[row], power);
    if (quotient) {
      out[row] = *quotient;
    } else {
      call.states[row] = kDeferred;
    }
  }
}

template <bool kRest, bool kUnsigned>
void divide_integers(const KernelCall& call) {
  take_states(call);
  call.typed->form = Form::integer;
  const Operand& a = call.operands[0];
  const Operand& b = call.operands[1];
  if (a.form != Form::integer || b.form != Form::integer) return defer_all(call);
  auto* const out = call.out_as<std::int64_t>();
  for (std::size_t row = 0; row < call.rows; ++row) {
    if (call.states[row] != kPresent) continue;
    const std::int64_t dividend = a.as<std::int64_t>()[row];
    const std::int64_t divisor = b.as<std::int64_t>()[row];
    if (divisor == 0 || divisor == -1) {
      call.states[row] = kDeferred;
      continue;
    }
    out[row] = kRest ? dividend % divisor : dividend / divisor;
    if (kUnsigned && out[row] < 0) call.states[row] = kDeferred;
  }
}

template <Form kForm>
void negate_exact(const KernelCall& call) {
  take_states(call);
  const Operand& a = call.operands[0];
  call.typed->form = kForm;
  call.typed->scale = a.scale;
  if (!(kForm == Form::decimal ? is_exact(a.form) : a.form == kForm)) return defer_all(call);
  auto* const out = call.out_as<std::int64_t>();
  for (std::size_t row = 0; row < call.rows; ++row) {
    if (__builtin_sub_overflow(std::int64_t{0}, a.as<std::int64_t>()[row], &out[row])) {
      defer(call, row);
    }
  }
}

void negate_double(const KernelCall& call) {
  take_states(call);
  const Operand& a = call.operands[0];
  call.typed->form = Form::real;
  if (a.form != Form::real) return defer_all(call);
  auto* const out = call.out_as<double>();
  for (std::size_t row = 0; row < call.rows; ++row) out[row] = -a.as<double>()[row];
}

void to_double(const KernelCall& call) {
  take_states(call);
  call.typed->form = Form::real;
  Doubles room;
  const double* const numbers = as_doubles(call, call.operands[0], room);
  if (numbers == nullptr) return defer_all(call);
  std::copy_n(numbers, call.rows, call.out_as<double>());
}

constexpr KernelRow number_row(std::uint16_t number, std::uint8_t count, std::uint8_t constants,
                               void (*run)(const KernelCall&),
                               function::PreparedPtr (*prepare)(const algebra::Call&) = nullptr) {
  return {.number = number,
          .operands = {Shape::typed, Shape::typed},
          .count = count,
          .result = Shape::typed,
          .strict = false,
          .run = run,
          .constants = constants,
          .prepare = prepare};
}

constexpr KernelRow kRows[] = {
    number_row(op::kAddInteger, 2, 0, of_integers<Plus, false>),
    number_row(op::kAddUnsigned, 2, 0, of_integers<Plus, true>),
    number_row(op::kAddDecimal, 2, 0, of_decimals<Plus>),
    number_row(op::kAddDouble, 2, 0, of_doubles<Plus>),
    number_row(op::kSubtractInteger, 2, 0, of_integers<Minus, false>),
    number_row(op::kSubtractUnsigned, 2, 0, of_integers<Minus, true>),
    number_row(op::kSubtractDecimal, 2, 0, of_decimals<Minus>),
    number_row(op::kSubtractDouble, 2, 0, of_doubles<Minus>),
    number_row(op::kMultiplyInteger, 2, 0, of_integers<Times, false>),
    number_row(op::kMultiplyUnsigned, 2, 0, of_integers<Times, true>),
    number_row(op::kMultiplyDecimal, 2, 0, of_decimals<Times>),
    number_row(op::kMultiplyDouble, 2, 0, of_doubles<Times>),
    number_row(op::kDivideDecimal, 2, 2, divide_decimal, scale_of),
    number_row(op::kDivideDouble, 2, 1, divide_double),
    number_row(op::kDivInteger, 2, 1, divide_integers<false, false>),
    number_row(op::kDivUnsigned, 2, 1, divide_integers<false, true>),
    number_row(op::kModInteger, 2, 1, divide_integers<true, false>),
    number_row(op::kNegateInteger, 1, 0, negate_exact<Form::integer>),
    number_row(op::kNegateDecimal, 1, 0, negate_exact<Form::decimal>),
    number_row(op::kNegateDouble, 1, 0, negate_double),
    number_row(op::kToDouble, 1, 2, to_double),
};

}  // namespace

std::span<const KernelRow> arithmetic_kernels() { return kRows; }

}  // namespace octavo::sql
