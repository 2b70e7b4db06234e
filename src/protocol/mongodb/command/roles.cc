#include "protocol/mongodb/command/roles.h"

#include <algorithm>
#include <cstdint>

#include "catalog/reserved.h"
#include "dialect/mongodb/error/error.h"
#include "protocol/mongodb/command/build.h"
#include "protocol/mongodb/command/field.h"

namespace octavo::mongodb {
namespace {

using catalog::Grant;
using catalog::Permissions;
using value::Value;

constexpr std::string_view kAdminDatabase = "admin";

enum RoleFlag : std::uint8_t {
  kReads = 1U << 0,
  kWrites = 1U << 1,
  kDefines = 1U << 2,  // indexes, collections; of all databases: the server
  kUsers = 1U << 3,    // users and what they may do
};

enum class RoleScope : std::uint8_t { database, server };

struct RoleRow {
  std::string_view name;
  RoleScope scope;  // a role of the server is one of the database admin
  std::uint8_t flags;
};

// Each before those that it includes.
constexpr RoleRow kRoles[] = {
    {"root", RoleScope::server, kReads | kWrites | kDefines | kUsers},
    {"readWriteAnyDatabase", RoleScope::server, kReads | kWrites},
    {"readAnyDatabase", RoleScope::server, kReads},
    {"dbAdminAnyDatabase", RoleScope::server, kDefines},
    {"clusterAdmin", RoleScope::server, kDefines},
    {"userAdminAnyDatabase", RoleScope::server, kUsers},
    {"dbOwner", RoleScope::database, kReads | kWrites | kDefines},
    {"readWrite", RoleScope::database, kReads | kWrites},
    {"read", RoleScope::database, kReads},
    {"dbAdmin", RoleScope::database, kDefines},
};

struct ActionRow {
  std::uint8_t flag;
  std::string_view action;
};
constexpr ActionRow kActions[] = {
    {kReads, "changeStream"},      {kReads, "collStats"},
    {kReads, "dbStats"},           {kReads, "find"},
    {kReads, "killCursors"},       {kReads, "listCollections"},
    {kReads, "listIndexes"},       {kWrites, "insert"},
    {kWrites, "remove"},           {kWrites, "update"},
    {kWrites, "createCollection"}, {kWrites, "createIndex"},
    {kWrites, "dropCollection"},   {kWrites, "dropIndex"},
    {kDefines, "collMod"},         {kDefines, "dropDatabase"},
    {kDefines, "validate"},        {kUsers, "createUser"},
    {kUsers, "dropUser"},          {kUsers, "grantRole"},
    {kUsers, "revokeRole"},        {kUsers, "viewUser"},
};

const RoleRow* find_role(const RoleName& name) {
  const auto* const row = std::ranges::find(kRoles, name.role, &RoleRow::name);
  if (row == std::end(kRoles)) return nullptr;
  const bool there = row->scope == RoleScope::database || name.database == kAdminDatabase;
  return there ? row : nullptr;
}

std::unexpected<Error> no_role(const RoleName& name) {
  return error(ErrorCode::role_not_found, "Could not find role: {}@{}", name.role, name.database);
}

Grant& grant_of(std::vector<Grant>& grants, std::optional<DatabaseId> database) {
  const auto found = std::ranges::find_if(
      grants, [&](const Grant& grant) { return grant.database == database && !grant.table; });
  if (found != grants.end()) return *found;
  return grants.emplace_back(Grant{.database = database, .table = {}, .permissions = {}});
}

void set(Permissions& permissions, std::uint8_t flags, std::optional<bool> to) {
  if ((flags & kReads) != 0) permissions.read = to;
  if ((flags & kWrites) != 0) permissions.write = to;
  if ((flags & kDefines) != 0) permissions.config = to;
}

// What the role is about becomes `to` in the grants.
Status change(const catalog::CatalogState& definitions, const RoleName& name,
              std::optional<bool> to, std::vector<Grant>& grants) {
  const RoleRow* const row = find_role(name);
  if (row == nullptr) return no_role(name);
  if (row->scope == RoleScope::server) {
    if ((row->flags & ~kUsers) != 0) set(grant_of(grants, {}).permissions, row->flags, to);
    if ((row->flags & kUsers) != 0) {
      set(grant_of(grants, catalog::kSystemDatabase).permissions, kReads | kWrites, to);
    }
    return {};
  }
  const catalog::DatabaseDefinition* const database = definitions.find_database(name.database);
  if (database == nullptr) {
    return error(ErrorCode::role_not_found,
                 "A role of the database {} cannot be granted before there is one", name.database);
  }
  set(grant_of(grants, database->id).permissions, row->flags, to);
  return {};
}

// Whether the permissions have all that the flags say.
bool cover(const Permissions& permissions, std::uint8_t flags) {
  return ((flags & kReads) == 0 || permissions.read == true) &&
         ((flags & kWrites) == 0 || permissions.write == true) &&
         ((flags & kDefines) == 0 || permissions.config == true);
}

struct Held {
  RoleName name;
  const RoleRow* row;
};

// The widest roles within one scope, and none that another includes.
void add_held(const Permissions& permissions, bool users, RoleScope scope,
              const std::string& database, std::vector<Held>& held) {
  std::uint8_t told = 0;
  for (const RoleRow& row : kRoles) {
    if (row.scope != scope || (row.flags & ~told) == 0) continue;
    if (!cover(permissions, row.flags) || ((row.flags & kUsers) != 0 && !users)) continue;
    held.push_back({{std::string(row.name), database}, &row});
    told |= row.flags;
  }
}

std::vector<Held> held_by(const catalog::CatalogState& definitions, std::string_view user) {
  std::vector<Held> held;
  if (user == catalog::kAdminName) {
    held.push_back({{std::string(kRoles[0].name), std::string(kAdminDatabase)}, &kRoles[0]});
    return held;
  }
  const catalog::User* const found = definitions.find_user(user);
  if (found == nullptr) return held;
  Permissions server;
  bool users = false;
  for (const Grant& grant : found->grants) {
    if (grant.table) continue;
    if (!grant.database) server = grant.permissions;
    if (grant.database == catalog::kSystemDatabase) users = grant.permissions.write == true;
  }
  add_held(server, users, RoleScope::server, std::string(kAdminDatabase), held);
  for (const Grant& grant : found->grants) {
    const catalog::DatabaseDefinition* const database =
        grant.database && !grant.table ? definitions.find_database(*grant.database) : nullptr;
    if (database == nullptr) continue;
    add_held(grant.permissions, false, RoleScope::database, database->name, held);
  }
  return held;
}

Value name_value(const RoleName& name) {
  return document({{"role", text(name.role)}, {"db", text(name.database)}});
}

Result<RoleName> read_role(const Value& given, std::string_view database) {
  if (given.is_string()) return RoleName{std::string(given.as_string()), std::string(database)};
  const Value* const role = given.find("role");
  const Value* const its = given.find("db");
  if (role == nullptr || its == nullptr || !role->is_string() || !its->is_string()) {
    return error(ErrorCode::bad_value,
                 "Role names must be either strings or objects with a role "
                 "and a db");
  }
  return RoleName{std::string(role->as_string()), std::string(its->as_string())};
}

}  // namespace

Result<std::vector<RoleName>> read_roles(const Value& given, std::string_view database) {
  std::vector<RoleName> roles;
  for (const Value& one : given.as_array()) {
    TRY(RoleName name, read_role(one, database));
    if (find_role(name) == nullptr) return no_role(name);
    roles.push_back(std::move(name));
  }
  return roles;
}

Status grant_roles(const catalog::CatalogState& definitions, const std::vector<RoleName>& roles,
                   std::vector<Grant>& grants) {
  for (const RoleName& name : roles) TRY_STATUS(change(definitions, name, true, grants));
  return {};
}

Status revoke_roles(const catalog::CatalogState& definitions, const std::vector<RoleName>& roles,
                    std::vector<Grant>& grants) {
  for (const RoleName& name : roles) TRY_STATUS(change(definitions, name, std::nullopt, grants));
  std::erase_if(grants, [](const Grant& grant) { return grant.permissions.empty(); });
  return {};
}

std::vector<Value> roles_of(const catalog::CatalogState& definitions, std::string_view user) {
  std::vector<Value> roles;
  for (const Held& held : held_by(definitions, user)) roles.push_back(name_value(held.name));
  return roles;
}

std::vector<Value> privileges_of(const catalog::CatalogState& definitions, std::string_view user) {
  std::vector<Value> privileges;
  for (const Held& held : held_by(definitions, user)) {
    const bool all = held.row->scope == RoleScope::server;
    std::vector<Value> actions;
    for (const ActionRow& row : kActions) {
      if ((held.row->flags & row.flag) != 0) actions.push_back(text(row.action));
    }
    privileges.push_back(document(
        {{"resource",
          document({{"db", text(all ? "" : held.name.database)}, {"collection", text("")}})},
         {"actions", Value::array(std::move(actions))}}));
  }
  return privileges;
}

std::vector<Value> describe_roles(std::string_view database) {
  std::vector<Value> roles;
  for (const RoleRow& row : kRoles) {
    const RoleName name{std::string(row.name), std::string(database)};
    if (find_role(name) == nullptr) continue;
    roles.push_back(document({{"role", text(name.role)},
                              {"db", text(name.database)},
                              {"isBuiltin", Value::boolean(true)},
                              {"roles", Value::array({})},
                              {"inheritedRoles", Value::array({})}}));
  }
  return roles;
}

}  // namespace octavo::mongodb
