#pragma once

// What is aggregated of the rows of a group, or of a frame.

#include <cstdint>
#include <optional>
#include <span>

#include "algebra/plan.h"
#include "exec/context.h"
#include "function/grouped_states.h"

namespace octavo::exec {

// One running aggregate. Sums add in the order rows come, in doubles, as ReQL does; a dialect with
// exact sums brings its own (function/aggregate.h).
class Accumulator {
 public:
  Accumulator(algebra::AggregateKind kind, value::Order order) : kind_(kind), order_(order) {}
  explicit Accumulator(function::AggregateStatePtr state)
      : kind_(algebra::AggregateKind::function), own_(std::move(state)) {}

  Status add(const value::Value& argument);
  // As `add`, of a sum or an average.
  void add_number(double argument) {
    ++count_;
    sum_ += argument;
  }
  // Rows of an aggregate without an argument.
  Status add_rows(std::uint64_t rows);
  // As function::AggregateState has it.
  Status add_rows(const function::Operand& arguments, function::Shape shape,
                  std::span<const std::uint16_t> rows);
  // Null when there was nothing to aggregate, except for counts and sums. More may be added then.
  Result<value::Value> result();
  // As function::AggregateState has them. Sums of doubles are not the same when something was added
  // and taken out.
  bool removes() const;
  Status remove(const value::Value& argument);

 private:
  algebra::AggregateKind kind_;
  value::Order order_ = value::Order::native;  // for least and greatest
  std::uint64_t count_ = 0;
  double sum_ = 0;
  value::Value best_;
  function::AggregateStatePtr own_;  // of kind `function`
};

// A new one for an aggregate of a node; of what a family brings the state is charged to `memory`.
// `unsupported`: the aggregate is not known to this version.
Result<Accumulator> make_accumulator(const algebra::Aggregate& aggregate, value::Order order,
                                     QueryContext& query, MemoryCharge& memory);

// The states of an aggregate for many groups; null: it has none but an Accumulator for each.
Result<std::unique_ptr<function::GroupedStates>> make_grouped(const algebra::Aggregate& aggregate,
                                                              QueryContext& query);

// `evaluated`, or nothing where it is missing.
Result<std::optional<value::Value>> unless_missing(Result<value::Value> evaluated);

}  // namespace octavo::exec
