#pragma once

// Tables of the catalog, and what of their rows may be named.

#include <string>
#include <string_view>
#include <vector>

#include "dialect/sql/bind/binding.h"
#include "dialect/sql/bind/scope.h"

namespace octavo::sql {

// The last part of `path` is the table, one before it its database. 1046: none is said.
Result<std::string> database_of(const Path& path, const Binding& binding);

struct StoredTable {
  std::string database;
  const catalog::TableDefinition* definition = nullptr;
};
// 1046, 1049, 1146; 1142 where the user may not do that with it.
Result<StoredTable> find_stored_table(const Path& path, TableUse use, const Binding& binding);

// Adds the table with the columns that it declares, or that a sample of its rows has. `document`
// stands for the row.
Status add_stored_table(const StoredTable& table, std::string_view alias,
                        const algebra::ExprPtr& document, Scope& scope, Binding& binding);

// The column that `path` names as one of the table, and not a hidden one; null: there is none.
const catalog::ColumnDefinition* find_declared(const catalog::TableDefinition& table,
                                               std::string_view name);
// Whether it has a value when nothing is written to it, beside null.
bool fills_itself(const catalog::ColumnDefinition& column);
bool is_of_primary_key(const catalog::TableDefinition& table, std::string_view column);

}  // namespace octavo::sql
