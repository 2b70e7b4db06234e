#pragma once

// The plan of a join: which table is read first, which one after it, and how rows of each are
// found.

#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "algebra/plan.h"
#include "dialect/sql/bind/binding.h"
#include "dialect/sql/bind/from.h"
#include "dialect/sql/bind/join_block.h"
#include "dialect/sql/bind/replace.h"

namespace octavo::sql {

// Rows of some tables, and where in them the row of each is.
struct JoinedRows {
  algebra::PlanPtr plan;
  algebra::VarId row{};
  VariableValues parts;  // of tables' variables, over `row`
  TableSet tables = 0;
  double rows = 1;  // about

  // With the variables of tables replaced by their rows.
  algebra::ExprPtr over_row(const algebra::ExprPtr& expression) const;
};

// `wanted`: so many rows will be read; unset: all.
Result<JoinedRows> plan_join(const JoinBlock& block, std::span<const Relation> tables,
                             std::optional<std::uint64_t> wanted, Binding& binding);

}  // namespace octavo::sql
