// What ReQL's terms do with plain numbers, texts and booleans, for many rows at once. Whatever else
// they are given is deferred to the interpreter (function/kernel.h).

#include <cmath>
#include <cstdint>

#include "dialect/reql/datum.h"
#include "dialect/reql/lambda.h"
#include "dialect/reql/numbers.h"
#include "function/core_kernels.h"

namespace octavo::reql {
namespace {

using function::comparison;
using function::KernelCall;
using function::KernelRow;
using function::Shape;
using value::StringRef;

constexpr auto kSame = [](const auto& a, const auto& b) { return a == b; };
constexpr auto kSameDatum = [](const Value& a, const Value& b) { return same(a, b); };
constexpr auto kLess = [](const auto& a, const auto& b) { return a < b; };
constexpr auto kLessOrEqual = [](const auto& a, const auto& b) { return a <= b; };
constexpr auto kGreater = [](const auto& a, const auto& b) { return a > b; };
constexpr auto kGreaterOrEqual = [](const auto& a, const auto& b) { return a >= b; };

constexpr auto kPlus = [](double a, double b) { return a + b; };
constexpr auto kMinus = [](double a, double b) { return a - b; };
constexpr auto kTimes = [](double a, double b) { return a * b; };
// By zero it is no finite number, and so an error of the interpreter's.
constexpr auto kDividedBy = [](double a, double b) { return a / b; };

void modulo(const KernelCall& call) {
  const auto* const a = call.operands[0].as<double>();
  const auto* const b = call.operands[1].as<double>();
  auto* const out = call.out_as<double>();
  const auto is_integer = [](double number) {
    return std::fabs(number) <= kMaxSafeInteger && std::trunc(number) == number;
  };
  for (std::size_t i = 0; i < call.rows; ++i) {
    out[i] = 0;
    // The first is checked before the second is looked for.
    if (call.operands[0].state(i) != function::kPresent) continue;
    if (call.states[i] == function::kPresent && is_integer(a[i]) && is_integer(b[i]) && b[i] != 0) {
      out[i] =
          static_cast<double>(static_cast<std::int64_t>(a[i]) % static_cast<std::int64_t>(b[i]));
    } else {
      call.states[i] = function::kDeferred;
    }
  }
}

void stays(const KernelCall& /*call*/) {}

// Null is false; missing is the setting.
void filter_test(const KernelCall& call) {
  const auto* const a = call.operands[0].as<std::uint8_t>();
  auto* const out = call.out_as<std::uint8_t>();
  for (std::size_t i = 0; i < call.rows; ++i) {
    const function::State state = call.operands[0].state(i);
    const bool otherwise = state == function::kMissing && call.setting != 0;
    out[i] = state == function::kPresent ? a[i] : static_cast<std::uint8_t>(otherwise);
    call.states[i] = state == function::kDeferred ? function::kDeferred : function::kPresent;
  }
}

std::optional<double> constant_default(const algebra::Call& call) {
  if (call.options.empty()) return 0.0;
  const auto* given = std::get_if<algebra::Const>(&call.options.front().value->node);
  if (given == nullptr || call.options.size() != 1) return std::nullopt;
  return truthy(given->value) ? 1.0 : 0.0;
}

constexpr KernelRow arithmetic_row(std::uint16_t number, void (*run)(const KernelCall&)) {
  return {.number = number,
          .operands = {Shape::number, Shape::number},
          .count = 2,
          .result = Shape::number,
          .folds = true,
          .run = run};
}

template <class T>
constexpr Shape shape_of() {
  if (std::is_same_v<T, double>) return Shape::number;
  if (std::is_same_v<T, Value>) return Shape::any;
  return std::is_same_v<T, StringRef> ? Shape::text : Shape::boolean;
}

template <class T, auto kHolds>
constexpr KernelRow comparison_row(std::uint16_t number) {
  return {.number = number,
          .operands = {shape_of<T>(), shape_of<T>()},
          .count = 2,
          .result = Shape::boolean,
          .run = comparison<T, kHolds>};
}

template <class T, auto kIsSame, bool kWanted>
constexpr KernelRow equality_row(std::uint16_t number) {
  return {.number = number,
          .operands = {shape_of<T>(), shape_of<T>()},
          .count = 2,
          .result = Shape::boolean,
          .strict = false,
          .run = function::equality<T, kIsSame, kWanted>};
}

template <class T>
constexpr KernelRow default_row() {
  return {.number = term::kDefault,
          .operands = {shape_of<T>(), shape_of<T>()},
          .count = 2,
          .result = shape_of<T>(),
          .strict = false,
          .run = function::default_to<T>};
}

// Several rows for one term: the first whose operands can be had.
constexpr KernelRow kRows[] = {
    equality_row<double, kSame, true>(term::kEq),
    equality_row<StringRef, kSame, true>(term::kEq),
    equality_row<std::uint8_t, kSame, true>(term::kEq),
    equality_row<Value, kSameDatum, true>(term::kEq),
    equality_row<double, kSame, false>(term::kNe),
    equality_row<StringRef, kSame, false>(term::kNe),
    equality_row<std::uint8_t, kSame, false>(term::kNe),
    equality_row<Value, kSameDatum, false>(term::kNe),
    comparison_row<double, kLess>(term::kLt),
    comparison_row<StringRef, kLess>(term::kLt),
    comparison_row<double, kLessOrEqual>(term::kLe),
    comparison_row<StringRef, kLessOrEqual>(term::kLe),
    comparison_row<double, kGreater>(term::kGt),
    comparison_row<StringRef, kGreater>(term::kGt),
    comparison_row<double, kGreaterOrEqual>(term::kGe),
    comparison_row<StringRef, kGreaterOrEqual>(term::kGe),
    function::negate_row(term::kNot),
    arithmetic_row(term::kAdd, function::arithmetic<kPlus>),
    arithmetic_row(term::kSub, function::arithmetic<kMinus>),
    arithmetic_row(term::kMul, function::arithmetic<kTimes>),
    arithmetic_row(term::kDiv, function::arithmetic<kDividedBy>),
    {.number = term::kMod,
     .operands = {Shape::number, Shape::number},
     .count = 2,
     .result = Shape::number,
     .run = modulo},
    function::connective_row<true>(term::kOr),
    function::connective_row<false>(term::kAnd),
    default_row<Value>(),  // first: a number as it is, where nobody asks for a double
    default_row<double>(),
    default_row<std::uint8_t>(),
    {.number = term::kFilterTest,
     .operands = {Shape::boolean},
     .count = 1,
     .result = Shape::boolean,
     .strict = false,
     .run = filter_test,
     .accepts = constant_default},
    {.number = term::kNumberOf,
     .operands = {Shape::number},
     .count = 1,
     .result = Shape::number,
     .passes = true,
     .run = stays},
    function::or_null_row(term::kOrNull),
    {.number = term::kIsThere,
     .operands = {Shape::any},
     .count = 1,
     .result = Shape::boolean,
     .strict = false,
     .run = function::is_there},
};

}  // namespace

std::span<const function::KernelRow> kernel_rows() { return kRows; }

}  // namespace octavo::reql
