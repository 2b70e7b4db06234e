#pragma once

// The roles that are always there, as names for permissions (docs/protocols/mongodb.md).

#include <span>
#include <string_view>
#include <vector>

#include "catalog/role.h"
#include "protocol/mongodb/command/role_name.h"

namespace octavo::mongodb {

constexpr std::string_view kAdminDatabase = "admin";

struct BuiltinRole {
  std::string_view name;
  bool of_server = false;            // for everything, and a role of `admin`; else of any database
  catalog::PermissionSet rows = {};  // of a server's role, `config` is the right to run it
  bool users = false;                // may change users, roles and what they may do
};

// Each before those that it includes.
std::span<const BuiltinRole> builtin_roles();
// Null: none of that name in that database.
const BuiltinRole* find_builtin_role(const RoleName& name);
std::vector<catalog::RoleGrant> grants_of(const BuiltinRole& role, std::string_view database);

}  // namespace octavo::mongodb
