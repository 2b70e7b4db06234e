// What grants and roles come to: CatalogState's answers about rights.

#include <algorithm>
#include <string_view>

#include "catalog/keyspace_rules.h"
#include "catalog/model.h"
#include "catalog/reserved.h"

namespace octavo::catalog {

std::string_view permission_name(Permission permission) {
  switch (permission) {
    case Permission::read: return "read";
    case Permission::write: return "write";
    case Permission::config: return "config";
    case Permission::connect: return "connect";
    case Permission::insert: return "insert";
    case Permission::update: return "update";
    case Permission::remove: return "remove";
  }
  return "unknown";
}

namespace {

// By ids and by names; what has no id is not there.
struct Asked {
  std::optional<DatabaseId> database;
  std::optional<TableId> table;
  std::string_view database_name = {};
  std::string_view table_name = {};

  bool system() const { return database == kSystemDatabase; }
};

std::string_view name_of(const CatalogState& state, TableId id) {
  if (const TableDefinition* const table = state.find_table(id)) return table->name;
  const ViewDefinition* const view = state.find_view(id);
  return view == nullptr ? std::string_view() : view->name;
}

// `names`: only roles ask for them.
Asked asked_by_ids(const CatalogState& state, std::optional<DatabaseId> database,
                   std::optional<TableId> table, bool names) {
  Asked asked{.database = database, .table = table};
  if (asked.system() && table) asked.table = granted_as(*table);
  if (!names) return asked;
  if (database) {
    if (const DatabaseDefinition* const found = state.find_database(*database)) {
      asked.database_name = found->name;
    }
  }
  if (table) asked.table_name = name_of(state, *table);
  return asked;
}

Asked asked_by_names(const CatalogState& state, std::string_view database, std::string_view table) {
  Asked asked{.database = {}, .table = {}, .database_name = database, .table_name = table};
  const DatabaseDefinition* const found = state.find_database(database);
  if (found == nullptr) return asked;
  asked.database = found->id;
  if (const TableDefinition* const its = state.find_table(found->id, table)) asked.table = its->id;
  if (const ViewDefinition* const its = state.find_view(found->id, table)) asked.table = its->id;
  return asked;
}

std::optional<bool> granted(const Permissions& permissions, Permission permission) {
  switch (permission) {
    case Permission::read: return permissions.read;
    case Permission::config: return permissions.config;
    case Permission::connect: return permissions.connect;
    case Permission::write:
    case Permission::insert:
    case Permission::update:
    case Permission::remove: return permissions.write;
  }
  return std::nullopt;
}

// What the narrowest scope says: 0 everywhere, 1 the database, 2 the table; -1: none does.
struct Verdict {
  bool allowed = false;
  int depth = -1;
};

Verdict by_own_grants(const User& user, Permission permission, const Asked& asked) {
  Verdict verdict;
  for (const Grant& grant : user.grants) {
    const int depth = grant.table ? 2 : grant.database ? 1 : 0;
    if (asked.system() && depth == 0) continue;
    if (grant.database && grant.database != asked.database) continue;
    if (grant.table && grant.table != asked.table) continue;
    const auto answer = granted(grant.permissions, permission);
    if (answer && depth > verdict.depth) verdict = {*answer, depth};
  }
  return verdict;
}

// The depth of a scope that holds what is asked about; -1: it does not.
int depth_of(const RoleGrant& grant, const Asked& asked) {
  if (asked.system()) return grant.scope == RoleScope::system ? 1 : -1;
  switch (grant.scope) {
    case RoleScope::system: return -1;
    case RoleScope::everywhere: return 0;
    case RoleScope::database: return grant.database == asked.database_name ? 1 : -1;
    case RoleScope::table:
      return grant.database == asked.database_name && grant.table == asked.table_name ? 2 : -1;
  }
  return -1;
}

// The depth of the narrowest scope in which a role of the user gives it.
int by_roles(const CatalogState& state, const User& user, Permission permission,
             const Asked& asked) {
  int depth = -1;
  for (const Role* const role : state.with_included(user.roles)) {
    for (const RoleGrant& grant : role->grants) {
      if (grant.permissions.has(permission)) depth = std::max(depth, depth_of(grant, asked));
    }
  }
  return depth;
}

bool allows_one(const CatalogState& state, const User& user, Permission permission,
                const Asked& asked) {
  const bool writes = permission == Permission::write || is_part_of_write(permission);
  if (writes && permission != Permission::insert &&
      !allows_one(state, user, Permission::read, asked)) {
    return false;
  }
  const Verdict own = by_own_grants(user, permission, asked);
  if (!user.roles.empty() && by_roles(state, user, permission, asked) > own.depth) return true;
  if (permission == Permission::insert && !allows_one(state, user, Permission::read, asked)) {
    return false;
  }
  return own.allowed;
}

bool allows_user(const CatalogState& state, const User& user, Permission permission,
                 const Asked& asked) {
  // Its parts may come from several roles.
  if (permission == Permission::write && !user.roles.empty()) {
    return std::ranges::all_of(
        kPartsOfWrite, [&](Permission part) { return allows_one(state, user, part, asked); });
  }
  return allows_one(state, user, permission, asked);
}

bool same_rights(const User& one, const User& other) {
  return one.name == other.name && one.grants == other.grants && one.roles == other.roles;
}

bool same_roles(const Role& one, const Role& other) {
  return one.id == other.id && one.has_rights_of(other);
}

}  // namespace

bool CatalogState::allows(std::string_view user, Permission permission,
                          std::optional<DatabaseId> database, std::optional<TableId> table) const {
  if (user == kAdminName) return true;
  const User* const found = find_user(user);
  return found != nullptr &&
         allows_user(*this, *found, permission,
                     asked_by_ids(*this, database, table, !found->roles.empty()));
}

bool CatalogState::allows_named(std::string_view user, Permission permission,
                                std::string_view database, std::string_view table) const {
  if (user == kAdminName) return true;
  const User* const found = find_user(user);
  return found != nullptr &&
         allows_user(*this, *found, permission, asked_by_names(*this, database, table));
}

bool CatalogState::has_rights_of(const CatalogState& other) const {
  const bool same =
      std::ranges::equal(
          users_, other.users_,
          [](const auto& one, const auto& its) { return same_rights(one.second, its.second); }) &&
      std::ranges::equal(
          roles_, other.roles_,
          [](const auto& one, const auto& its) { return same_roles(one.second, its.second); }) &&
      same_keyspace_rules(*this, other);
  // Roles give rights by names.
  if (!same || roles_.empty()) return same;
  return database_names_ == other.database_names_ && table_names_ == other.table_names_ &&
         view_names_ == other.view_names_;
}

}  // namespace octavo::catalog
