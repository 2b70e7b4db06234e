#pragma once

// The roles of users. A built-in role is a name for grants, and nothing else is kept of it: a user
// has all whose grants it has, whichever protocol granted them. But a grant is on a database that
// is there; such a role of one that is not is kept as a role of the catalog with the built-in's
// name. Roles that somebody made are the catalog's as well (own_role.h).

#include <string_view>
#include <vector>

#include "base/result.h"
#include "catalog/change.h"
#include "catalog/model.h"
#include "protocol/mongodb/command/role_name.h"
#include "value/value.h"

namespace octavo::mongodb {

// A name, which is one of `database`, or {role, db}. 2: neither.
Result<RoleName> read_role(const value::Value& given, std::string_view database);
Result<std::vector<RoleName>> read_roles(const value::Value& given, std::string_view database);

// Gives the roles to the user, or takes them away. `changes` gets what has to be made for it. 31:
// no such role.
Status grant_roles(const catalog::CatalogState& state, const std::vector<RoleName>& roles,
                   catalog::User& user, std::vector<catalog::Change>& changes);
Status revoke_roles(const catalog::CatalogState& state, const std::vector<RoleName>& roles,
                    catalog::User& user);
// In place of those that it has. Grants on single tables stay, which no built-in role has.
Status set_roles(const catalog::CatalogState& state, const std::vector<RoleName>& roles,
                 catalog::User& user, std::vector<catalog::Change>& changes);

// Of a user, the widest ones of those that are built in; nobody's are none.
std::vector<RoleName> roles_of(const catalog::CatalogState& state, std::string_view user);
// With all that these include.
std::vector<RoleName> inherited_roles_of(const catalog::CatalogState& state, std::string_view user);
// [{resource, actions}].
std::vector<value::Value> privileges_of(const catalog::CatalogState& state, std::string_view user);
// [{role, db}].
std::vector<value::Value> to_values(const std::vector<RoleName>& names);

}  // namespace octavo::mongodb
