#pragma once

// The plan of a statement as text, in the words of MySQL's EXPLAIN FORMAT=TREE: one line for each
// operator, what it reads is indented below it.

#include <string>
#include <vector>

#include "algebra/plan.h"
#include "dialect/sql/bind/context.h"

namespace octavo::sql {

struct ExplainLine {
  std::string text;  // without a line break
  // Of which it tells; null: of none by itself. A part of the plan.
  const algebra::Plan* node = nullptr;
  // It tells of the lookups of a LookupJoin, and not of its rows.
  bool is_lookup = false;
};

// Rows are those that are thought to come, as the binder thought when it chose the plan. Functions
// of rows that only make others of them have no line.
std::vector<ExplainLine> explain_tree(const algebra::Plan& plan, BindContext& context);

}  // namespace octavo::sql
