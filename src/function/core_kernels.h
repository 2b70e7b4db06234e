#pragma once

// Loops over plain numbers, texts and booleans that families put into their rows.

#include <algorithm>
#include <cmath>
#include <type_traits>

#include "function/kernel.h"
#include "value/string_arena.h"

namespace octavo::function {

// out = kOperation(a, b). A result that is no finite number is deferred.
template <auto kOperation>
void arithmetic(const KernelCall& call) {
  const auto* const a = call.operands[0].as<double>();
  const auto* const b = call.operands[1].as<double>();
  auto* const out = call.out_as<double>();
  for (std::size_t i = 0; i < call.rows; ++i) {
    out[i] = kOperation(a[i], b[i]);
    if (!std::isfinite(out[i])) call.states[i] = kDeferred;
  }
}

// out = kHolds(a, b), for numbers, texts and booleans. The place of NaN is the family's.
template <class T, auto kHolds>
void comparison(const KernelCall& call) {
  const auto* const a = call.operands[0].as<T>();
  const auto* const b = call.operands[1].as<T>();
  auto* const out = call.out_as<std::uint8_t>();
  for (std::size_t i = 0; i < call.rows; ++i) {
    out[i] = kHolds(a[i], b[i]) ? 1 : 0;
    if constexpr (std::is_same_v<T, double>) {
      if (std::isunordered(a[i], b[i])) call.states[i] = kDeferred;
    }
  }
}

// out = kSame(a, b) is kWanted, where null is the same as null alone. Not strict.
template <class T, auto kSame, bool kWanted>
void equality(const KernelCall& call) {
  const Operand& a = call.operands[0];
  const Operand& b = call.operands[1];
  auto* const out = call.out_as<std::uint8_t>();
  for (std::size_t i = 0; i < call.rows; ++i) {
    const State first = a.state(i);
    const State second = b.state(i);
    const State state = std::max(first, second);
    bool same = first == second;
    if (state == kPresent) same = kSame(a.as<T>()[i], b.as<T>()[i]);
    out[i] = same == kWanted ? 1 : 0;
    if (state != kNull) call.states[i] = state;
    if constexpr (std::is_same_v<T, double>) {
      if (state == kPresent && std::isunordered(a.as<T>()[i], b.as<T>()[i])) {
        call.states[i] = kDeferred;
      }
    }
  }
}

// Whether the operand is there and not null. Not strict.
inline void is_there(const KernelCall& call) {
  auto* const out = call.out_as<std::uint8_t>();
  for (std::size_t i = 0; i < call.rows; ++i) {
    const State state = call.operands[0].state(i);
    out[i] = state == kPresent ? 1 : 0;
    if (state == kDeferred) call.states[i] = kDeferred;
  }
}

// The operand, or null where it is missing. It passes its values, and is not strict.
inline void or_null(const KernelCall& call) {
  for (std::size_t i = 0; i < call.rows; ++i) {
    const State state = call.operands[0].state(i);
    call.states[i] = state == kMissing ? kNull : state;
  }
}

inline void negate(const KernelCall& call) {
  const auto* const a = call.operands[0].as<std::uint8_t>();
  auto* const out = call.out_as<std::uint8_t>();
  for (std::size_t i = 0; i < call.rows; ++i) out[i] = a[i] == 0 ? 1 : 0;
}

// The first operand whose truth is `kDeciding`, or else the second, which does not count where the
// first decides. Null is false.
template <bool kDeciding>
void connective(const KernelCall& call) {
  const Operand& a = call.operands[0];
  const Operand& b = call.operands[1];
  auto* const out = call.out_as<std::uint8_t>();
  for (std::size_t i = 0; i < call.rows; ++i) {
    const State state = a.state(i);
    const bool truth = state == kPresent && a.as<std::uint8_t>()[i] != 0;
    const bool goes_on = (state == kPresent || state == kNull) && truth != kDeciding;
    const Operand& counts = goes_on ? b : a;
    out[i] = counts.as<std::uint8_t>()[i];
    call.states[i] = counts.state(i);
  }
}

// The first operand, or the second where that is null or missing.
template <class T>
void default_to(const KernelCall& call) {
  const Operand& a = call.operands[0];
  const Operand& b = call.operands[1];
  auto* const out = call.out_as<T>();
  for (std::size_t i = 0; i < call.rows; ++i) {
    const State state = a.state(i);
    const Operand& counts = state == kNull || state == kMissing ? b : a;
    out[i] = counts.as<T>()[i];
    call.states[i] = counts.state(i);
  }
}

// --- rows of the functions above, for the numbers that a family has for them ---

template <bool kDeciding>
constexpr KernelRow connective_row(std::uint16_t number) {
  return {.number = number,
          .operands = {Shape::boolean, Shape::boolean},
          .count = 2,
          .result = Shape::boolean,
          .strict = false,
          .folds = true,
          .run = connective<kDeciding>};
}

constexpr KernelRow negate_row(std::uint16_t number) {
  return {.number = number,
          .operands = {Shape::boolean},
          .count = 1,
          .result = Shape::boolean,
          .run = negate};
}

constexpr KernelRow or_null_row(std::uint16_t number) {
  return {.number = number,
          .operands = {Shape::any},
          .count = 1,
          .result = Shape::any,
          .strict = false,
          .passes = true,
          .run = or_null};
}

}  // namespace octavo::function
