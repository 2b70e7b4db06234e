#pragma once

// The decisions behind definition changes: given a state, which changes make what is asked for.
// Pure, so that they can be decided again when another definition came in between. Messages are
// plain English; protocols that have texts of their own map the code.

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "catalog/change.h"
#include "catalog/model.h"

namespace octavo::catalog {

using Changes = std::vector<Change>;

// `already_exists`, or `invalid_argument` for a bad name.
Result<Changes> create_database(const CatalogState& state, std::string_view name);
// And its tables and views.
Result<Changes> drop_database(const CatalogState& state, DatabaseId id);
Result<Changes> rename_database(const CatalogState& state, DatabaseId id, std::string_view name);

struct NewTable {
  DatabaseId database{};
  std::string name;
  std::string primary_key = "id";
  Durability durability = Durability::disk;
  PerProtocol options;
};
Result<Changes> create_table(const CatalogState& state, const NewTable& table);
// The same, all of it given but ids and uuid, and the name as the caller's protocol allows it. It
// has no rows, so its indexes are ready.
Result<Changes> create_table(const CatalogState& state, TableDefinition table);
Result<Changes> drop_table(const CatalogState& state, TableId id);

// Replaces a table's definition by what `edit` makes of it; `permission_denied` for built-in ones.
using TableEdit = std::function<Status(TableDefinition&)>;
Result<Changes> edit_table(const CatalogState& state, TableId id, const TableEdit& edit);

// `index.id` is filled in. It starts as not ready; the engine builds it.
Result<Changes> add_index(const CatalogState& state, TableId id, IndexDefinition index);
Result<Changes> drop_index(const CatalogState& state, TableId id, std::string_view name);
Result<Changes> rename_index(const CatalogState& state, TableId id, std::string_view from,
                             std::string_view to, bool overwrite);

Result<Changes> put_user(const CatalogState& state, User user);
Result<Changes> drop_user(const CatalogState& state, std::string_view name);

// `already_exists`; `invalid_argument` without a name. `role.id` is filled in.
Result<Changes> create_role(const CatalogState& state, Role role);
// Takes it from all who have it as well.
Changes drop_roles(const CatalogState& state, const std::vector<RoleId>& roles);

}  // namespace octavo::catalog
