#pragma once

// Views: a query of the catalog in the place of a table. Of one table, row by row, it is that
// table's rows with other names, so that the conditions of the query around find keys, and rows may
// be written through it; any other is a derived table.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/model.h"
#include "dialect/sql/bind/binding.h"
#include "dialect/sql/bind/bound.h"
#include "dialect/sql/bind/from.h"

namespace octavo::sql {

// The view of that name; null: there is none.
const catalog::ViewDefinition* find_view(std::string_view database, std::string_view name,
                                         const Binding& binding);

// What a view is in FROM: one of both.
struct BoundView {
  std::optional<Relation> rows;      // of the table that it is over
  std::optional<BoundQuery> query;   // else of a query
  std::vector<std::string> columns;  // of which these are the columns; empty: as it has them
};
struct NamedView {
  const catalog::ViewDefinition* view = nullptr;
  std::string database;
  std::string_view alias;
};
// 1142 where the user may not do that with the view; 1356 where what it is over is gone, or not its
// definer's to use; 1449, 1462. `outer`: of the scope around.
Result<BoundView> bind_view(const NamedView& named, TableUse use, const Scope* outer,
                            Binding& binding);

// The columns that it has now, whoever may use it.
Result<std::vector<OutputColumn>> columns_of_view(const catalog::ViewDefinition& view,
                                                  const BindContext& context);

// Its rows, for nobody in particular: of which tables they are.
Result<algebra::PlanPtr> plan_of_view(const catalog::ViewDefinition& view,
                                      const BindContext& context);

// Whether rows may be written through it.
bool is_updatable(const catalog::ViewDefinition& view, const BindContext& context);

}  // namespace octavo::sql
