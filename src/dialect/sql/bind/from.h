#pragma once

// What FROM names: tables of the catalog, computed ones, common and derived tables.

#include <cstdint>
#include <optional>
#include <vector>

#include "algebra/plan.h"
#include "dialect/sql/ast/table_ref.h"
#include "dialect/sql/bind/binding.h"
#include "dialect/sql/bind/scope.h"

namespace octavo::sql {

// Rows, and what of them may be named.
struct Relation {
  algebra::PlanPtr plan;
  Scope scope;
  std::vector<Typed> conditions = {};  // that hold of all rows
  std::vector<Typed> pending = {};     // that rows have to meet yet, of a view over one table
  // LATERAL: variables of the plan, and what they stand for, over the variables of tables before it
  // in FROM. Empty: the plan is the same for each of their rows.
  std::vector<algebra::VarId> params = {};
  std::vector<algebra::ExprPtr> arguments = {};
};

// Without tables there is one row, of which nothing can be named. `where`, `wanted`: see bind_join.
Result<Relation> bind_from(const List<TableRef>& tables, Ref<Expr> where,
                           std::optional<std::uint64_t> wanted, const Surroundings& around,
                           Binding& binding);
// `within`: what is around its query, `around`: what is around FROM.
Result<Relation> bind_derived_table(const DerivedTable& table, const Surroundings& within,
                                    const Surroundings& around, Binding& binding);
Result<Relation> bind_base_table(const BaseTable& table, const Surroundings& around,
                                 Binding& binding);

}  // namespace octavo::sql
