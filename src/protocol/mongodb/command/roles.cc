#include "protocol/mongodb/command/roles.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "catalog/reserved.h"
#include "dialect/mongodb/error/error.h"
#include "protocol/mongodb/command/builtin_roles.h"
#include "protocol/mongodb/command/own_role.h"

namespace octavo::mongodb {
namespace {

using catalog::CatalogState;
using catalog::Grant;
using catalog::Permission;
using catalog::Permissions;
using catalog::PermissionSet;
using value::Value;

std::unexpected<Error> no_role(const RoleName& name) {
  return error(ErrorCode::role_not_found, "Could not find role: {}", name.full());
}

// --- Grants ---

Grant& grant_of(std::vector<Grant>& grants, std::optional<DatabaseId> database) {
  const auto found = std::ranges::find_if(
      grants, [&](const Grant& grant) { return grant.database == database && !grant.table; });
  if (found != grants.end()) return *found;
  return grants.emplace_back(Grant{.database = database, .table = {}, .permissions = {}});
}

void set(Permissions& permissions, PermissionSet which, std::optional<bool> to) {
  if (which.has(Permission::read)) permissions.read = to;
  if (which.has(Permission::write)) permissions.write = to;
  if (which.has(Permission::config)) permissions.config = to;
}

// What the role is about becomes `to` in the grants. False: its database is not there.
bool change(const CatalogState& state, const RoleName& name, const BuiltinRole& row,
            std::optional<bool> to, std::vector<Grant>& grants) {
  if (row.of_server) {
    if (!row.rows.empty()) set(grant_of(grants, {}).permissions, row.rows, to);
    if (row.users) {
      set(grant_of(grants, catalog::kSystemDatabase).permissions,
          Permission::read | Permission::write, to);
    }
    return true;
  }
  const catalog::DatabaseDefinition* const database = state.find_database(name.database);
  if (database == nullptr) return false;
  set(grant_of(grants, database->id).permissions, row.rows, to);
  return true;
}

// --- Roles of the catalog ---

void hold(catalog::RoleId id, catalog::User& user) {
  if (std::ranges::find(user.roles, id) == user.roles.end()) user.roles.push_back(id);
}

// A built-in role of a database that is not there: by a role that is made, if it was not before.
void hold_by_name(const CatalogState& state, const RoleName& name, const BuiltinRole& row,
                  catalog::User& user, std::vector<catalog::Change>& changes) {
  if (const auto* const there = state.find_role(name.database, name.role)) {
    return hold(there->id, user);
  }
  catalog::Role role;
  role.id = catalog::RoleId{state.next_id() + changes.size()};
  role.home = name.database;
  role.name = name.role;
  role.grants = grants_of(row, name.database);
  hold(role.id, user);
  changes.emplace_back(catalog::PutRole{std::move(role)});
}

// --- What a user has ---

// Whether the permissions have all of these.
bool cover(const Permissions& permissions, PermissionSet which) {
  return (!which.has(Permission::read) || permissions.read == true) &&
         (!which.has(Permission::write) || permissions.write == true) &&
         (!which.has(Permission::config) || permissions.config == true);
}

// The widest roles within one scope, and none that another includes.
void add_held(const Permissions& permissions, bool users, bool of_server,
              const std::string& database, std::vector<RoleName>& held) {
  PermissionSet told;
  bool users_told = false;
  for (const BuiltinRole& row : builtin_roles()) {
    const bool new_users = row.users && !users_told;
    if (row.of_server != of_server || (told.has(row.rows) && !new_users)) continue;
    if (!cover(permissions, row.rows) || (row.users && !users)) continue;
    held.push_back({std::string(row.name), database});
    told = told | row.rows;
    users_told = users_told || row.users;
  }
}

void add_once(const RoleName& name, std::vector<RoleName>& names) {
  if (std::ranges::find(names, name) == names.end()) names.push_back(name);
}

std::vector<RoleName> held_by_grants(const CatalogState& state, const catalog::User& user) {
  std::vector<RoleName> held;
  Permissions server;
  bool users = false;
  for (const Grant& grant : user.grants) {
    if (grant.table) continue;
    if (!grant.database) server = grant.permissions;
    if (grant.database == catalog::kSystemDatabase) users = grant.permissions.write == true;
  }
  add_held(server, users, true, std::string(kAdminDatabase), held);
  for (const Grant& grant : user.grants) {
    const catalog::DatabaseDefinition* const database =
        grant.database && !grant.table ? state.find_database(*grant.database) : nullptr;
    if (database == nullptr) continue;
    add_held(grant.permissions, false, false, database->name, held);
  }
  return held;
}

}  // namespace

Result<RoleName> read_role(const Value& given, std::string_view database) {
  if (given.is_string()) return RoleName{std::string(given.as_string()), std::string(database)};
  const Value* const role = given.is_object() ? given.find("role") : nullptr;
  const Value* const its = given.is_object() ? given.find("db") : nullptr;
  if (role == nullptr || its == nullptr || !role->is_string() || !its->is_string()) {
    return error(ErrorCode::bad_value,
                 "Role names must be either strings or objects with a role "
                 "and a db");
  }
  return RoleName{std::string(role->as_string()), std::string(its->as_string())};
}

Result<std::vector<RoleName>> read_roles(const Value& given, std::string_view database) {
  std::vector<RoleName> roles;
  for (const Value& one : given.as_array()) {
    TRY(RoleName name, read_role(one, database));
    add_once(name, roles);
  }
  return roles;
}

Status grant_roles(const CatalogState& state, const std::vector<RoleName>& roles,
                   catalog::User& user, std::vector<catalog::Change>& changes) {
  for (const RoleName& name : roles) {
    const BuiltinRole* const row = find_builtin_role(name);
    const catalog::Role* const own = state.find_role(name.database, name.role);
    if (row == nullptr && own == nullptr) return no_role(name);
    if (row == nullptr) {
      hold(own->id, user);
    } else if (!change(state, name, *row, true, user.grants)) {
      hold_by_name(state, name, *row, user, changes);
    }
  }
  return {};
}

Status revoke_roles(const CatalogState& state, const std::vector<RoleName>& roles,
                    catalog::User& user) {
  for (const RoleName& name : roles) {
    const BuiltinRole* const row = find_builtin_role(name);
    const catalog::Role* const own = state.find_role(name.database, name.role);
    if (row == nullptr && own == nullptr) return no_role(name);
    if (row != nullptr) change(state, name, *row, std::nullopt, user.grants);
    if (own != nullptr) std::erase(user.roles, own->id);
  }
  std::erase_if(user.grants, [](const Grant& grant) { return grant.permissions.empty(); });
  return {};
}

Status set_roles(const CatalogState& state, const std::vector<RoleName>& roles, catalog::User& user,
                 std::vector<catalog::Change>& changes) {
  std::erase_if(user.grants, [](const Grant& grant) { return !grant.table; });
  user.roles.clear();
  return grant_roles(state, roles, user, changes);
}

std::vector<RoleName> roles_of(const CatalogState& state, std::string_view user) {
  if (user == catalog::kAdminName) {
    return {{std::string(builtin_roles().front().name), std::string(kAdminDatabase)}};
  }
  const catalog::User* const found = state.find_user(user);
  if (found == nullptr) return {};
  std::vector<RoleName> held = held_by_grants(state, *found);
  for (const catalog::RoleId id : found->roles) {
    if (const auto* const role = state.find_role(id)) add_once(name_of(*role), held);
  }
  return held;
}

std::vector<RoleName> inherited_roles_of(const CatalogState& state, std::string_view user) {
  return included_roles(state, {.name = {}, .privileges = {}, .roles = roles_of(state, user)});
}

std::vector<Value> privileges_of(const CatalogState& state, std::string_view user) {
  const OwnRole all{.name = {}, .privileges = {}, .roles = roles_of(state, user)};
  std::vector<Value> privileges;
  for (const Privilege& one : all_privileges(state, all)) privileges.push_back(to_value(one));
  return privileges;
}

std::vector<Value> to_values(const std::vector<RoleName>& names) {
  std::vector<Value> values;
  for (const RoleName& name : names) values.push_back(to_value(name));
  return values;
}

}  // namespace octavo::mongodb
