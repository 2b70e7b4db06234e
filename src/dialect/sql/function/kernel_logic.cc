// Conditions and choices.

#include <cstring>

#include "dialect/sql/function/kernel_loops.h"
#include "dialect/sql/function/numbers.h"

namespace octavo::sql {
namespace {

// AND and OR: one operand may decide; null is unknown.
template <bool kDeciding>
void junction(const KernelCall& call) {
  const Operand& a = call.operands[0];
  const Operand& b = call.operands[1];
  auto* const out = call.out_as<std::uint8_t>();
  if (a.states == nullptr && b.states == nullptr) {
    for (std::size_t row = 0; row < call.rows; ++row) {
      const std::uint8_t first = a.as<std::uint8_t>()[row];
      const std::uint8_t second = b.as<std::uint8_t>()[row];
      out[row] = kDeciding ? first | second : first & second;
    }
    return;
  }
  for (std::size_t row = 0; row < call.rows; ++row) {
    const State first = a.state(row);
    const State second = b.state(row);
    const auto decides = [row](const Operand& operand, State state) {
      return state == kPresent && (operand.as<std::uint8_t>()[row] != 0) == kDeciding;
    };
    out[row] = kDeciding ? 1 : 0;
    if (first == kDeferred || decides(a, first)) {
      call.states[row] = first;
    } else if (second == kDeferred || decides(b, second)) {
      call.states[row] = second;
    } else {
      out[row] = kDeciding ? 0 : 1;
      call.states[row] = first == kPresent ? second : first;
    }
  }
}

void logical_not(const KernelCall& call) {
  take_states(call);
  const auto* const a = call.operands[0].as<std::uint8_t>();
  auto* const out = call.out_as<std::uint8_t>();
  for (std::size_t row = 0; row < call.rows; ++row) out[row] = a[row] == 0 ? 1 : 0;
}

// Whether rows that are present are not zero; false: they are no numbers.
bool truths(const KernelCall& call, const Operand& operand) {
  auto* const out = call.out_as<std::uint8_t>();
  const auto take = [&]<class T>(const T* values) {
    for (std::size_t row = 0; row < call.rows; ++row) out[row] = values[row] != T() ? 1 : 0;
    return true;
  };
  switch (operand.form) {
    case Form::boolean: return take(operand.as<std::uint8_t>());
    case Form::integer:
    case Form::decimal: return take(operand.as<std::int64_t>());
    case Form::real: return take(operand.as<double>());
    default: return false;
  }
}

void truth(const KernelCall& call) {
  take_states(call);
  if (!truths(call, call.operands[0])) defer_all(call);
}

template <bool kWanted>
void is(const KernelCall& call) {
  const Operand& operand = call.operands[0];
  auto* const out = call.out_as<std::uint8_t>();
  const bool known = truths(call, operand);
  for (std::size_t row = 0; row < call.rows; ++row) {
    const State state = operand.state(row);
    if (state == kDeferred || (state == kPresent && !known)) {
      call.states[row] = kDeferred;
    } else {
      out[row] = state == kPresent && (out[row] != 0) == kWanted ? 1 : 0;
    }
  }
}

void is_null(const KernelCall& call) {
  const Operand& operand = call.operands[0];
  auto* const out = call.out_as<std::uint8_t>();
  for (std::size_t row = 0; row < call.rows; ++row) {
    const State state = operand.state(row);
    out[row] = state == kNull ? 1 : 0;
    if (state == kDeferred) call.states[row] = kDeferred;
  }
}

// Copies rows of several operands that are of one form: that of the first which has rows. A row of
// another form is deferred.
class Copies {
 public:
  Copies(const KernelCall& call, const Operand& a, const Operand& b)
      : call_(call), like_(a.form == Form::none ? b : a) {
    call.typed->form = like_.form;
    call.typed->scale = like_.scale;
  }

  template <class Choose>
  void run(Choose&& choose) {
    switch (like_.form) {
      case Form::none: return copy<std::uint8_t>(choose, false);
      case Form::boolean: return copy<std::uint8_t>(choose, true);
      case Form::integer:
      case Form::decimal:
      case Form::time: return copy<std::int64_t>(choose, true);
      case Form::real: return copy<double>(choose, true);
      case Form::text:
      case Form::bytes: return copy<StringRef>(choose, true);
      case Form::date: return copy<std::int32_t>(choose, true);
      case Form::instant: return copy<value::Timestamp>(choose, true);
    }
  }

 private:
  // `choose(row)`: which operand counts; null: the state is there already.
  template <class T, class Choose>
  void copy(Choose& choose, bool has_values) {
    T* const out = call_.out_as<T>();
    for (std::size_t row = 0; row < call_.rows; ++row) {
      const Operand* const from = choose(row);
      if (from == nullptr) continue;
      State state = from->state(row);
      const bool fits = from->form == like_.form && from->scale == like_.scale;
      if (state == kPresent && (!fits || !has_values)) state = kDeferred;
      if (state == kPresent) out[row] = from->template as<T>()[row];
      call_.states[row] = state;
    }
  }

  const KernelCall& call_;
  const Operand& like_;
};

void choose(const KernelCall& call) {
  const Operand& condition = call.operands[0];
  Copies(call, call.operands[1], call.operands[2]).run([&](std::size_t row) -> const Operand* {
    const State state = condition.state(row);
    if (state == kDeferred) {
      call.states[row] = kDeferred;
      return nullptr;
    }
    const bool holds = state == kPresent && condition.as<std::uint8_t>()[row] != 0;
    return &call.operands[holds ? 1 : 2];
  });
}

void coalesce(const KernelCall& call) {
  Copies(call, call.operands[0], call.operands[1]).run([&](std::size_t row) -> const Operand* {
    return &call.operands[call.operands[0].state(row) == kNull ? 1 : 0];
  });
}

constexpr KernelRow condition_row(std::uint16_t number, std::uint8_t count, Shape operands,
                                  void (*run)(const KernelCall&)) {
  return {.number = number,
          .operands = {operands, operands, operands},
          .count = count,
          .result = Shape::boolean,
          .strict = false,
          .folds = count == 2,
          .run = run};
}

constexpr KernelRow kRows[] = {
    condition_row(op::kAnd, 2, Shape::boolean, junction<false>),
    condition_row(op::kOr, 2, Shape::boolean, junction<true>),
    condition_row(op::kNot, 1, Shape::boolean, logical_not),
    condition_row(op::kTruth, 1, Shape::typed, truth),
    condition_row(op::kIsTrue, 1, Shape::typed, is<true>),
    condition_row(op::kIsFalse, 1, Shape::typed, is<false>),
    condition_row(op::kIsNull, 1, Shape::typed, is_null),
    {.number = op::kIf,
     .operands = {Shape::boolean, Shape::typed, Shape::typed},
     .count = 3,
     .result = Shape::typed,
     .strict = false,
     .run = choose},
    {.number = op::kCoalesce,
     .operands = {Shape::typed, Shape::typed},
     .count = 2,
     .result = Shape::typed,
     .strict = false,
     .folds = true,
     .run = coalesce},
};

}  // namespace

std::span<const KernelRow> logic_kernels() { return kRows; }

}  // namespace octavo::sql
