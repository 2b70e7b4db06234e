#pragma once

// Aggregates of a family: what a Group of a plan computes beside those that every executor knows
// (algebra::AggregateKind). A family has rows; a group has a state of one for each of its
// aggregates.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "algebra/expr.h"
#include "base/result.h"
#include "function/kernel.h"
#include "value/value.h"

namespace octavo::function {

struct EvalContext;

// What has been added in one group. Values are charged where they were made, what else it holds to
// the account of the context it was made with, which outlives it.
class AggregateState {
 public:
  AggregateState() = default;
  AggregateState(const AggregateState&) = delete;
  AggregateState& operator=(const AggregateState&) = delete;
  virtual ~AggregateState() = default;

  // What the aggregate's argument is for a row, in the order of the rows.
  virtual Status add(const value::Value& argument) = 0;
  // The same of some rows of a batch, in their order; none of them is deferred, and those that miss
  // the argument are left out.
  virtual Status add_rows(const Operand& arguments, Shape shape,
                          std::span<const std::uint16_t> rows);
  // What has been added so far comes to. More may be added behind it.
  virtual Result<value::Value> result() = 0;
  // Whether what was added first can be taken out again, as frames that move on ask for it.
  virtual bool removes() const { return false; }
  // `argument`: that which was added first of those that are left. Only where it `removes`.
  virtual Status remove(const value::Value& argument);
};
using AggregateStatePtr = std::unique_ptr<AggregateState>;

struct AggregateRow {
  std::uint16_t number;  // beside those of the family's functions: none is both
  std::string_view name;
  std::size_t state_bytes;  // of a new state
  // `options`: constants, as the aggregate of the plan has them.
  Result<AggregateStatePtr> (*make)(std::span<const algebra::Option> options, EvalContext& context);
};

// The value of an option; null: it is not given.
const value::Value* find_option(std::span<const algebra::Option> options, std::string_view name);

// The row that an aggregate of kind `function` names; null: not known to this version.
const AggregateRow* find_aggregate(algebra::FunctionId function);

}  // namespace octavo::function
