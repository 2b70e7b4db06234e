#pragma once

// What SQL computes: operations, for arguments of exactly the kinds that the binder gives them.
// Numbers are stored with expressions (defaults, CHECK, functions of indexes): never used again for
// something else.
//
// An operation is a function of single values. What it has to know of types, modes and zones is a
// constant argument. Arguments are of the forms of their kinds (value/logical_type.h): operations
// may rely on it, but an expression of a stored definition may have been made by hand, so that a
// wrong form is an error
// (`type_mismatch`) and never a fault. `value_args.h` reads arguments in that way.

#include <cstdint>
#include <span>
#include <string_view>

#include "algebra/expr.h"
#include "base/result.h"
#include "function/family.h"
#include "value/value.h"

namespace octavo::sql {

constexpr algebra::FamilyId kFamily{2};

// The numbers of operations: the file of a group names its own from the beginning of its block.
namespace operation_block {
constexpr std::uint16_t kAccess = 1;        // fields and elements
constexpr std::uint16_t kLogic = 20;        // AND, CASE, COALESCE, …
constexpr std::uint16_t kArithmetic = 100;  // + - * / DIV %, bits
constexpr std::uint16_t kComparison = 200;  // = < IN LIKE …
constexpr std::uint16_t kConversion = 300;  // CAST, implicit ones, stores
constexpr std::uint16_t kNumeric = 500;     // named functions from here
constexpr std::uint16_t kText = 700;
constexpr std::uint16_t kTime = 900;
constexpr std::uint16_t kJson = 1100;
constexpr std::uint16_t kMisc = 1300;  // hashes, networks, UUIDs, …
constexpr std::uint16_t kEnd = 2000;
}  // namespace operation_block

namespace operation_flag {
enum Bit : std::uint16_t {
  kStrict = 1 << 0,       // null when an argument is null; `single` sees none
  kImpure = 1 << 1,       // not the same each time: RAND() without a seed, UUID()
  kInfix = 1 << 2,        // printed between its operands, by `symbol`
  kPrefix = 1 << 3,       // printed before its operand
  kStrictFirst = 1 << 5,  // null when the first argument is; constants behind it may be null
  kHidden = 1 << 4,       // printed as its first argument, or as `cast(… as …)`: conversions
};
}  // namespace operation_flag

struct SingleCall {
  const algebra::Call& call;
  function::EvalContext& context;
};

// The arguments of an operation that computes only those that it needs.
class LazyArguments {
 public:
  virtual std::size_t size() const = 0;
  virtual Result<value::Value> evaluate(std::size_t i) = 0;
  // With a value that `shared` gives of this slot meanwhile (share.h).
  virtual Result<value::Value> evaluate_with(std::size_t i, std::uint64_t slot,
                                             value::Value value) = 0;
  virtual Result<value::Value> shared(std::uint64_t slot) const = 0;

 protected:
  ~LazyArguments() = default;
};

struct OperationRow {
  std::uint16_t number;
  std::string_view name;    // "add_decimal": in EXPLAIN and golden files
  std::uint8_t least = 0;   // arguments: a call with fewer is refused before `single` sees it
  std::uint16_t flags = 0;  // operation_flag
  std::string_view symbol =
      {};  // in messages and definitions: `+`, or a function's name; empty: the name
  // One of the two. An error of `single` with a number is MySQL's.
  Result<value::Value> (*single)(const SingleCall& call,
                                 std::span<const value::Value> arguments) = nullptr;
  Result<value::Value> (*lazy)(const SingleCall& call, LazyArguments& arguments) = nullptr;
};

using SingleFunction = Result<value::Value> (*)(const SingleCall& call,
                                                std::span<const value::Value> arguments);

// A row of an operator between its operands, which is null when one of them is.
constexpr OperationRow infix(std::uint16_t number, std::string_view name, std::string_view symbol,
                             SingleFunction single, std::uint8_t least = 2) {
  return {.number = number,
          .name = name,
          .least = least,
          .flags = operation_flag::kStrict | operation_flag::kInfix,
          .symbol = symbol,
          .single = single};
}
// A row of a conversion: what comes behind the value is constant, and may be null.
constexpr OperationRow conversion(std::uint16_t number, std::string_view name, std::uint8_t least,
                                  SingleFunction single) {
  return {.number = number,
          .name = name,
          .least = least,
          .flags = operation_flag::kStrictFirst | operation_flag::kHidden,
          .single = single};
}

// Null: there is none of that number.
const OperationRow* find_operation(std::uint16_t number);
// Null: it is no call of this family, or of an unknown operation.
const OperationRow* operation_of(const algebra::Call& call);

// Tells of something, where anybody asks: warn(context, sql::error<1292>("DOUBLE", text).error()).
void warn(function::EvalContext& context, const Error& error,
          function::NoteLevel level = function::NoteLevel::warning);

}  // namespace octavo::sql
