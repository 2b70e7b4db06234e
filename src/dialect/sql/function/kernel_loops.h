#pragma once

// What loops over the rows of typed operands share.

#include <array>
#include <cstdint>
#include <optional>

#include "dialect/sql/function/kernels.h"
#include "value/batch.h"
#include "value/column_type.h"

namespace octavo::sql {

using function::Form;
using function::kDeferred;
using function::KernelCall;
using function::KernelRow;
using function::kNull;
using function::kPresent;
using function::Operand;
using function::Shape;
using function::State;
using value::Int128;
using value::StringRef;

constexpr int kUnitDigits = 18;  // powers of ten of that many zeros fit 64 bits
constexpr std::array<std::int64_t, kUnitDigits + 1> kPowersOfTen = [] {
  std::array<std::int64_t, kUnitDigits + 1> powers{1};
  for (std::size_t i = 1; i < powers.size(); ++i) powers[i] = 10 * powers[i - 1];
  return powers;
}();

// Arguments are computed one after the other, and the first that is null ends it: the first of the
// operands that is not present says what the result is.
inline void take_states(const KernelCall& call) {
  for (const Operand& operand : call.operands) {
    if (operand.states == nullptr) continue;
    for (std::size_t row = 0; row < call.rows; ++row) {
      if (call.states[row] == kPresent) call.states[row] = operand.states[row];
    }
  }
}

inline void defer(const KernelCall& call, std::size_t row) {
  if (call.states[row] == kPresent) call.states[row] = kDeferred;
}
// All rows that are present: the operands are of forms that the kernel does not know.
inline void defer_all(const KernelCall& call) {
  for (std::size_t row = 0; row < call.rows; ++row) defer(call, row);
}

inline bool is_exact(Form form) { return form == Form::integer || form == Form::decimal; }

// The nearest double to units of 10^-scale; nothing where one division does not give it.
inline std::optional<double> nearest_double(std::int64_t units, std::uint8_t scale) {
  constexpr std::int64_t kExact = std::int64_t{1} << 53;
  if (scale == 0) return static_cast<double>(units);
  if (units > kExact || units < -kExact || scale > kUnitDigits) return std::nullopt;
  return static_cast<double>(units) / static_cast<double>(kPowersOfTen[scale]);
}

// Rows of a number as doubles: where they lie, or in `room`. Rows that are none are deferred; null:
// the operand is no number.
using Doubles = std::array<double, value::kBatchRows>;
const double* as_doubles(const KernelCall& call, const Operand& operand, Doubles& room);

// The constant of a call at that place; null: there is none.
const value::Value* constant_at(const algebra::Call& call, std::size_t place);

}  // namespace octavo::sql
