#pragma once

// The plan of a statement as text, in the words of MySQL's EXPLAIN FORMAT=TREE: one line for each
// operator, what it reads is indented below it.

#include <string>

#include "algebra/plan.h"
#include "dialect/sql/bind/context.h"

namespace octavo::sql {

// Rows are those that are thought to come, as the binder thought when it chose the plan. Functions
// of rows that only make others of them have no line.
std::string explain_tree(const algebra::Plan& plan, BindContext& context);

}  // namespace octavo::sql
