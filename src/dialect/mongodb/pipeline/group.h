#pragma once

// What $group and the stages like it have in common.

#include "algebra/plan.h"
#include "dialect/mongodb/pipeline/stage.h"
#include "function/aggregate.h"

namespace octavo::mongodb {

// The fields that are computed of the rows of a group.
struct GroupFields {
  std::vector<std::string> names;
  std::vector<algebra::Aggregate> aggregates;
};
Result<GroupFields> parse_group_fields(const value::Value& document, const StageRowVariable& row,
                                       const algebra::ExprPtr& key);
// {count: {$sum: 1}}: what $bucket has where nothing is said.
GroupFields count_alone();

// A step that groups by `key`, an expression of the row, and gives documents {_id, field, …}.
Step make_group_step(const StageRowVariable& row, algebra::ExprPtr key, GroupFields fields);

// An aggregate as a part of a call, and a new state of it.
algebra::ExprPtr aggregate_call(const algebra::Aggregate& aggregate);
Result<function::AggregateStatePtr> make_state(const algebra::ExprPtr& aggregate,
                                               function::EvalContext& context);

}  // namespace octavo::mongodb
