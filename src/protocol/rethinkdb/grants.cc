#include "protocol/rethinkdb/grants.h"

#include <algorithm>

#include "protocol/rethinkdb/door_state.h"
#include "protocol/rethinkdb/system_tables.h"

namespace octavo::rethinkdb {
namespace {

using catalog::Permission;

bool is_set(const catalog::Permissions& permissions, Permission permission) {
  switch (permission) {
    case Permission::read: return permissions.read.has_value();
    case Permission::write: return permissions.write.has_value();
    case Permission::config: return permissions.config.has_value();
    case Permission::connect: return permissions.connect.has_value();
  }
  return false;
}

}  // namespace

bool allows(const catalog::CatalogState& state, std::string_view user, Permission permission,
            std::optional<DatabaseId> database, std::optional<TableId> table) {
  if (database != kSystemDatabase || user == catalog::kAdminName) {
    return state.allows(user, permission, database, table);
  }
  const auto* found = state.find_user(user);
  if (found == nullptr) return false;
  if (permission == Permission::write && !allows(state, user, Permission::read, database, table)) {
    return false;
  }
  if (table) table = by_name_id(*table);
  // Where a grant of this database has an answer, the wider, global one is not asked.
  const bool answered = std::ranges::any_of(found->grants, [&](const catalog::Grant& grant) {
    return grant.database == database && (!grant.table || grant.table == table) &&
           is_set(grant.permissions, permission);
  });
  return answered && state.allows(user, permission, database, table);
}

}  // namespace octavo::rethinkdb
