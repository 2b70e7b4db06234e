#pragma once

// What MongoDB's language computes: operations over items, an item being a value or that there is
// none ("missing"), which MongoDB tells from null. Filters, projections and expressions of
// pipelines are all lambdas over calls of these; the parsers of the rooms make them.
//
// Numbers are stored with expressions (validators, functions of indexes): never used again for
// something else. An expression of a stored definition may have been made by hand: arguments of
// another form than the parser gives are an error and never a fault.

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "algebra/expr.h"
#include "base/result.h"
#include "function/family.h"
#include "value/value.h"

namespace octavo::mongodb {

constexpr algebra::FamilyId kFamily{3};

constexpr algebra::FunctionId function_id(std::uint16_t number) { return {kFamily, number}; }

// Each room numbers its own from the beginning of its blocks.
namespace operation_block {
constexpr std::uint16_t kAccess = 1;          // fields, variables, documents of computed fields
constexpr std::uint16_t kArithmetic = 100;    // and trigonometry, bits
constexpr std::uint16_t kArray = 200;         // and sets
constexpr std::uint16_t kLogic = 300;         // booleans, comparison, conditions
constexpr std::uint16_t kText = 400;          // and regular expressions
constexpr std::uint16_t kTime = 500;          // dates
constexpr std::uint16_t kConversion = 600;    // and types
constexpr std::uint16_t kObject = 700;        // and the rest
constexpr std::uint16_t kMatch = 1000;        // filters
constexpr std::uint16_t kProject = 1200;      // projections
constexpr std::uint16_t kPipeline = 1400;     // what stages need
constexpr std::uint16_t kIndex = 1600;        // keys of indexes
constexpr std::uint16_t kAccumulator = 1800;  // aggregates (function/aggregate.h)
constexpr std::uint16_t kEnd = 2000;
}  // namespace operation_block

using Item = std::optional<value::Value>;

namespace operation_flag {
enum Bit : std::uint16_t {
  kNullPropagates = 1 << 0,  // null when an argument is null or missing; `eager` sees none
  kImpure = 1 << 1,          // not the same each time: $rand
  // Argument 0 is read at a path alone, argument 1 being the constant array of its names.
  kReadsPath = 1 << 2,
  // Of argument 0 these fields alone are read: argument 1 is the constant array of their names.
  kReadsFields = 1 << 3,
};
}  // namespace operation_flag

struct OperationCall {
  const algebra::Call& call;
  function::EvalContext& context;
};

// The arguments of an operation that computes only those that it needs.
class LazyArguments {
 public:
  virtual std::size_t size() const = 0;
  virtual const algebra::ExprPtr& expression(std::size_t i) const = 0;
  virtual Result<Item> evaluate(std::size_t i) = 0;
  // Any part of the call: options too.
  virtual Result<Item> evaluate(const algebra::ExprPtr& expression) = 0;
  // Argument `i`, which is a lambda, applied to items that its parameters are.
  virtual Result<Item> apply(std::size_t i, std::span<const Item> items) = 0;

 protected:
  ~LazyArguments() = default;
};

struct OperationRow {
  std::uint16_t number;
  std::string_view name;    // "add": in plans and golden files
  std::uint8_t least = 0;   // arguments: a call with fewer is refused before it is evaluated
  std::uint16_t flags = 0;  // operation_flag
  // One of the two.
  Result<Item> (*eager)(const OperationCall& call, std::span<const Item> arguments) = nullptr;
  Result<Item> (*lazy)(const OperationCall& call, LazyArguments& arguments) = nullptr;
};

// Null: there is none of that number.
const OperationRow* find_operation(std::uint16_t number);

algebra::ExprPtr call(std::uint16_t number, std::vector<algebra::ExprPtr> args,
                      std::vector<algebra::Option> options = {});

}  // namespace octavo::mongodb
