#include "protocol/mongodb/command/builtin_roles.h"

#include <algorithm>

namespace octavo::mongodb {
namespace {

using catalog::Permission;
using catalog::PermissionSet;
using catalog::RoleGrant;
using catalog::RoleScope;

constexpr PermissionSet kRead = Permission::read;
constexpr PermissionSet kReadWrite = Permission::read | Permission::write;
constexpr PermissionSet kAll = kReadWrite | Permission::config;

constexpr BuiltinRole kRoles[] = {
    {.name = "root", .of_server = true, .rows = kAll, .users = true},
    {.name = "readWriteAnyDatabase", .of_server = true, .rows = kReadWrite},
    {.name = "readAnyDatabase", .of_server = true, .rows = kRead},
    {.name = "dbAdminAnyDatabase", .of_server = true, .rows = Permission::config},
    {.name = "clusterAdmin", .of_server = true, .rows = Permission::config},
    {.name = "userAdminAnyDatabase", .of_server = true, .users = true},
    {.name = "dbOwner", .rows = kAll},
    {.name = "readWrite", .rows = kReadWrite},
    {.name = "read", .rows = kRead},
    {.name = "dbAdmin", .rows = Permission::config},
};

}  // namespace

std::span<const BuiltinRole> builtin_roles() { return kRoles; }

const BuiltinRole* find_builtin_role(const RoleName& name) {
  const auto* const row = std::ranges::find(kRoles, name.role, &BuiltinRole::name);
  if (row == std::end(kRoles)) return nullptr;
  return !row->of_server || name.database == kAdminDatabase ? row : nullptr;
}

std::vector<RoleGrant> grants_of(const BuiltinRole& role, std::string_view database) {
  if (!role.of_server) {
    return {{RoleScope::database, std::string(database), {}, role.rows}};
  }
  std::vector<RoleGrant> grants;
  if (!role.rows.empty()) grants.push_back({RoleScope::everywhere, {}, {}, role.rows});
  if (role.users) grants.push_back({RoleScope::system, {}, {}, kReadWrite});
  return grants;
}

}  // namespace octavo::mongodb
