#pragma once

// Conditions over a query that names the rows around it, as joins: the query's rows are read once
// for all rows, and not once for each of them (algebra::Subplan).

#include <cstdint>
#include <optional>

#include "algebra/plan.h"
#include "dialect/sql/bind/binding.h"
#include "dialect/sql/type/typed.h"

namespace octavo::sql {

// Rows, and the variable that stands for one of them. `wanted`: so many of those that are made of
// them will be read, for all that is known; unset: all.
struct FilteredRows {
  algebra::PlanPtr plan;
  algebra::VarId row{};
  std::optional<std::uint64_t> wanted = std::nullopt;
};

// Those of the rows for which the condition holds: [NOT] EXISTS, [NOT] IN, and comparisons with one
// aggregate, where what the query says of the rows around it can be told of pairs of rows. Null:
// the condition is another one, or running its query for each row is thought to be less work.
Result<algebra::PlanPtr> unnest(const FilteredRows& rows, const Typed& condition, Binding& binding);

}  // namespace octavo::sql
