#pragma once

// What FROM names: tables of the catalog, computed ones, common and derived tables.

#include "algebra/plan.h"
#include "dialect/sql/ast/table_ref.h"
#include "dialect/sql/bind/binding.h"
#include "dialect/sql/bind/scope.h"

namespace octavo::sql {

// Rows, and what of them may be named.
struct Relation {
  algebra::PlanPtr plan;
  Scope scope;
};

// Without tables there is one row, of which nothing can be named. `where`: see bind_join.
Result<Relation> bind_from(const List<TableRef>& tables, Ref<Expr> where,
                           const Surroundings& around, Binding& binding);
Result<Relation> bind_base_table(const BaseTable& table, const Surroundings& around,
                                 Binding& binding);

}  // namespace octavo::sql
