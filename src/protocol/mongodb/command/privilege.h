#pragma once

// Privileges as MongoDB has them, actions on a resource, and the permissions that they come to.
// There are fewer permissions than actions (docs/protocols/mongodb.md, "Users and roles"): an
// action is taken where the permissions of its role have all that it allows and no more than the
// role says, and refused else.

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "catalog/role.h"
#include "value/value.h"

namespace octavo::mongodb {

constexpr std::size_t kMostPrivileges = 1'000;  // of a role: each question about rights reads them

enum class ResourceKind : std::uint8_t { named, cluster, any };

struct Resource {
  ResourceKind kind = ResourceKind::named;
  std::string database;    // of `named`; empty: all
  std::string collection;  // empty: all of the database

  friend bool operator==(const Resource&, const Resource&) = default;
};

struct Privilege {
  Resource resource;
  std::vector<std::string> actions;  // ascending, each once
};

// 9: not {resource, actions}, no such resource, or an action that MongoDB does not have. 115: a
// resource that nothing is granted on here.
Result<std::vector<Privilege>> read_privileges(value::ArrayView given);
value::Value to_value(const Privilege& privilege);

// Together with those that are there; without them, where what has no action left goes.
void add_privileges(std::span<const Privilege> added, std::vector<Privilege>& privileges);
void take_privileges(std::span<const Privilege> taken, std::vector<Privilege>& privileges);

// Adds what the privileges give to what a role has by the built-in roles in it. 115: they cannot be
// had just so.
Status grant_privileges(std::span<const Privilege> privileges,
                        std::vector<catalog::RoleGrant>& grants);

// All actions that permissions on rows and definitions allow; of the server, and on users.
std::vector<std::string> actions_of(catalog::PermissionSet permissions, bool of_server, bool users);

}  // namespace octavo::mongodb
