#pragma once

// Joins of several tables, as lookups: each table but the first is read by a key of it, which the
// condition says is equal to something of the tables before it. A small table of which no key is
// said is read when the statement is bound, and its rows are paired with each of the others.

#include <vector>

#include "dialect/sql/ast/expr.h"
#include "dialect/sql/bind/binding.h"
#include "dialect/sql/bind/from.h"

namespace octavo::sql {

// A table of a join, with conditions that name it and others before it.
struct JoinItem {
  Relation relation;
  bool keep_unmatched = false;  // LEFT JOIN: rows of the others stay that have no match here
  std::vector<const Expr*> on;
  std::vector<Name> using_columns;  // that are one with those of the same name before it
  bool natural = false;             // all that have the same name are
};

// `where`: may tell by which keys tables are found; it has to be asked all the same. 1235 where
// there is no key for a table that is not small, or whose rows may be without a match.
Result<Relation> bind_join(std::vector<JoinItem> items, Ref<Expr> where, const Surroundings& around,
                           Binding& binding);

}  // namespace octavo::sql
