#pragma once

// The rows of a table that match one row of a join, as a plan that is run for each of these: for
// keys of which the conditions say no more than the first parts, so that a look by key does not
// find them (algebra::LookupJoin).

#include <optional>
#include <span>
#include <vector>

#include "algebra/plan.h"
#include "dialect/sql/bind/binding.h"
#include "dialect/sql/bind/from.h"
#include "dialect/sql/bind/join_block.h"

namespace octavo::sql {

struct RowPlan {
  algebra::PlanPtr plan;
  std::vector<algebra::VarId> params;       // of the plan
  std::vector<algebra::ExprPtr> arguments;  // what they stand for, over the tables' variables
};

// `conditions`: all that matches have to meet, pure ones over the table and those of `joined`.
// Nothing: they say of no key where it begins.
std::optional<RowPlan> plan_for_row(const Relation& table, std::span<const Typed> conditions,
                                    TableRows rows, TableSet joined, Binding& binding);

}  // namespace octavo::sql
