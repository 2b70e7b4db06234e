#pragma once

// From which column of a stored table a value comes, however many nodes of a plan are between.

#include <functional>
#include <optional>
#include <string>

#include "algebra/plan.h"
#include "base/id.h"

namespace octavo::sql {

struct StoredColumn {
  TableId table{};
  std::string name;

  friend auto operator<=>(const StoredColumn&, const StoredColumn&) = default;
};

// Whatever stands for values of a column in the conditions at hand. Nothing: it is computed, or
// nobody knows of what.
using ColumnFinder = std::function<std::optional<StoredColumn>(const algebra::ExprPtr&)>;

// `row`: what stands for a row of the plan in `value`.
std::optional<StoredColumn> origin_of(const algebra::Plan& plan, algebra::VarId row,
                                      const algebra::ExprPtr& value);

// The variable of whose fields and elements the expression is one; nothing: it is none.
std::optional<algebra::VarId> row_of_access(const algebra::ExprPtr& expression);

}  // namespace octavo::sql
