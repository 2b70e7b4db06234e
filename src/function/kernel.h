#pragma once

// Functions over the rows of a batch at once. A family lists kernels for what it can say about
// plain numbers, texts and booleans; everything else about a call (coercions, errors and their
// texts) stays with the family's interpreter. A kernel that meets a row which it does not
// understand defers it: the interpreter then evaluates the whole expression for that row, and what
// it says counts. So no rule is written twice.

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "algebra/expr.h"
#include "value/string_arena.h"

namespace octavo::function {

// How the values of an operand lie in memory, one for each row.
enum class Shape : std::uint8_t {
  boolean,  // std::uint8_t, 0 or 1
  number,   // double
  text,     // value::StringRef
  any,      // value::Value
  typed,    // as its Form says, which may be another one in each batch
};

// How the values of a typed operand lie.
enum class Form : std::uint8_t {
  none,     // there are none: every row is null or deferred
  boolean,  // std::uint8_t, 0 or 1
  integer,  // std::int64_t
  decimal,  // std::int64_t, in units of 10^-scale; zero has no sign
  real,     // double
  text,     // value::StringRef
  bytes,    // value::StringRef
  date,     // std::int32_t, days since 1970
  time,     // std::int64_t, nanoseconds of a time of day
  instant,  // value::Timestamp
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
  Form form = Form::none;                // of a typed or boolean one
  std::uint8_t scale = 0;                // of decimals

  template <class T>
  const T* as() const {
    return static_cast<const T*>(values);
  }
  State state(std::size_t row) const {
    return states == nullptr ? kPresent : static_cast<State>(states[row]);
  }
};

// What a kernel makes of its call beforehand (KernelRow::prepare). Shared by threads.
struct Prepared {
  Prepared() = default;
  Prepared(const Prepared&) = delete;
  Prepared& operator=(const Prepared&) = delete;
  virtual ~Prepared() = default;
};
using PreparedPtr = std::shared_ptr<const Prepared>;

// Of a typed result: what the kernel says of it, and where long texts of it lie.
struct TypedOut {
  Form form = Form::none;
  std::uint8_t scale = 0;
  const void* values = nullptr;  // where they are not in `out`: as they lie in an operand
  value::StringArena* arena = nullptr;
};

struct KernelCall {
  std::span<const Operand> operands;
  std::size_t rows = 0;
  void* out = nullptr;             // values, by the row's `result`: booleans, numbers or typed
  std::uint8_t* states = nullptr;  // of `out`. Strict kernels find those of the operands there
  double setting = 0;              // what `accepts` made of the call's options
  const Prepared* prepared = nullptr;
  TypedOut* typed = nullptr;  // null: the result is of another shape

  template <class T>
  T* out_as() const {
    return static_cast<T*>(out);
  }
};

constexpr std::size_t kMaxOperands = 3;

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
  // So many arguments behind the operands are constants, which the kernel is prepared for. Without
  // the function they are as good as not there.
  std::uint8_t constants = 0;
  // Null: the kernel does not serve such a call.
  PreparedPtr (*prepare)(const algebra::Call& call) = nullptr;
};

// A field of the object that `object` yields: what a family's call for that stands for.
struct FieldAccess {
  algebra::ExprPtr object;
  std::string_view name;
};

}  // namespace octavo::function
