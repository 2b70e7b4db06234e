#pragma once

// Roles as MongoDB names them, over the grants that users have. A role is what it grants: there is
// no other memory of it, so that a user has all roles whose grants it has.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "catalog/model.h"
#include "value/value.h"

namespace octavo::mongodb {

struct RoleName {
  std::string role;
  std::string database;

  friend bool operator==(const RoleName&, const RoleName&) = default;
};

// The roles among `given`, an array of names or of {role, db}; a name is one of `database`. 31: no
// such role there.
Result<std::vector<RoleName>> read_roles(const value::Value& given, std::string_view database);

// Adds to the grants what the roles give, or takes it away.
Status grant_roles(const catalog::CatalogState& definitions, const std::vector<RoleName>& roles,
                   std::vector<catalog::Grant>& grants);
Status revoke_roles(const catalog::CatalogState& definitions, const std::vector<RoleName>& roles,
                    std::vector<catalog::Grant>& grants);

// [{role, db}] of a user, the widest ones; nobody's are none.
std::vector<value::Value> roles_of(const catalog::CatalogState& definitions, std::string_view user);
// [{resource, actions}].
std::vector<value::Value> privileges_of(const catalog::CatalogState& definitions,
                                        std::string_view user);
// [{role, db, isBuiltin, roles, inheritedRoles}] of a database.
std::vector<value::Value> describe_roles(std::string_view database);

}  // namespace octavo::mongodb
