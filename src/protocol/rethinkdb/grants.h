#pragma once

// Who may do what, as RethinkDB decides it.

#include <optional>
#include <string_view>

#include "catalog/model.h"

namespace octavo::rethinkdb {

// As CatalogState::allows, except for the database `rethinkdb`: only what is granted on it or on
// one of its tables counts there, so that a global grant does not hand out the users.
bool allows(const catalog::CatalogState& state, std::string_view user,
            catalog::Permission permission, std::optional<DatabaseId> database,
            std::optional<TableId> table);

}  // namespace octavo::rethinkdb
