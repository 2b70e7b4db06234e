#pragma once

// Functions over the rows of a batch at once. A family lists kernels for what it can say about
// plain numbers, texts and booleans; everything else about a call (coercions, errors and their
// texts) stays with the family's interpreter. A kernel that meets a row which it does not
// understand defers it: the interpreter then evaluates the whole expression for that row, and what
// it says counts. So no rule is written twice.

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "algebra/expr.h"

namespace octavo::function {

// How the values of an operand lie in memory, one for each row.
enum class Shape : std::uint8_t {
  boolean,  // std::uint8_t, 0 or 1
  number,   // double
  text,     // value::StringRef
  any,      // value::Value
};

// What a row has. In this order: the greatest of a strict kernel's operands is what it gives.
enum State : std::uint8_t {
  kPresent = 0,
  kNull = 1,  // a value, and it is null
  kMissing =
      2,  // none: the row lacks a field. Otherwise an error `missing_value` of the interpreter
  kDeferred = 3,  // the interpreter is to say
};

// Up to value::kBatchRows rows of one shape. Rows that are not present have any value.
struct Operand {
  const void* values = nullptr;
  const std::uint8_t* states = nullptr;  // null: every row is present

  template <class T>
  const T* as() const {
    return static_cast<const T*>(values);
  }
  State state(std::size_t row) const {
    return states == nullptr ? kPresent : static_cast<State>(states[row]);
  }
};

struct KernelCall {
  std::span<const Operand> operands;
  std::size_t rows = 0;
  void* out = nullptr;             // values, by the row's `result`: booleans or numbers
  std::uint8_t* states = nullptr;  // of `out`. Strict kernels find those of the operands there
  double setting = 0;              // what `accepts` made of the call's options

  template <class T>
  T* out_as() const {
    return static_cast<T*>(out);
  }
};

constexpr std::size_t kMaxOperands = 2;

struct KernelRow {
  std::uint16_t number = 0;                    // of the function in its family
  std::array<Shape, kMaxOperands> operands{};  // the first `count`
  std::uint8_t count = 0;
  Shape result = Shape::boolean;
  // The operands' states are the result's, and null is deferred. Otherwise the kernel sets all.
  bool strict = true;
  // The values are those of the first operand: the kernel sets states alone.
  bool passes = false;
  // More operands than `count` are taken from the left: f(f(a, b), c).
  bool folds = false;
  void (*run)(const KernelCall& call) = nullptr;
  // Whether the kernel serves a call with these options, and its setting. Null: only without any.
  std::optional<double> (*accepts)(const algebra::Call& call) = nullptr;
};

// A field of the object that `object` yields: what a family's call for that stands for.
struct FieldAccess {
  algebra::ExprPtr object;
  std::string_view name;
};

}  // namespace octavo::function
