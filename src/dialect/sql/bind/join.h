#pragma once

// FROM with several tables: what their columns are called, and one plan that joins them.

#include <cstdint>
#include <optional>
#include <vector>

#include "dialect/sql/ast/expr.h"
#include "dialect/sql/ast/table_ref.h"
#include "dialect/sql/bind/binding.h"
#include "dialect/sql/bind/from.h"

namespace octavo::sql {

// A table, or the join of some.
struct JoinTree {
  std::optional<Relation> table;          // of one table
  const DerivedTable* lateral = nullptr;  // one that may name those before it
  std::vector<JoinTree> parts;  // else two or more, as the text has them; of outer joins two
  JoinKind kind = JoinKind::inner;
  const Expr* on = nullptr;
  std::vector<Name> using_columns;  // of two parts: what is one column
  bool natural = false;             // all columns that have a name in common are
};

// `where`: of its parts, those that name nothing but these tables hold of the rows already
// (Relation::conditions). `wanted`: so many of the rows will be read, for all that is known; unset:
// all. 1116; 3668 for a LATERAL table on the side of an outer join of which all rows stay.
Result<Relation> bind_join(JoinTree tree, Ref<Expr> where, std::optional<std::uint64_t> wanted,
                           const Surroundings& around, Binding& binding);

}  // namespace octavo::sql
