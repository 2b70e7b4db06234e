#pragma once

// A role that somebody made, between the catalog, which has what it gives, and MongoDB's commands,
// which see privileges and roles. The catalog's grants are made anew of these with each change.

#include <vector>

#include "base/result.h"
#include "catalog/model.h"
#include "protocol/mongodb/command/privilege.h"
#include "protocol/mongodb/command/role_name.h"
#include "value/value.h"

namespace octavo::mongodb {

struct OwnRole {
  RoleName name;
  std::vector<Privilege> privileges;
  std::vector<RoleName> roles;  // included: built-in ones first
};

RoleName name_of(const catalog::Role& role);
OwnRole own_role(const catalog::CatalogState& state, const catalog::Role& role);

// As the catalog is to have it; `before` is what it has. 31: a role in it is not there. 49: it
// would include itself, or a role of a database would reach beyond that. 115: privileges that
// cannot be had just so (privilege.h).
Result<catalog::Role> make_role(const catalog::CatalogState& state, const OwnRole& own,
                                catalog::Role before);

// {role, db}.
value::Value to_value(const RoleName& name);
// [{role, db}] of what the role includes, through whichever others.
std::vector<RoleName> included_roles(const catalog::CatalogState& state, const OwnRole& own);
// Privileges of a built-in role.
std::vector<Privilege> builtin_privileges(const RoleName& name);
// Of the role, with those of all that it includes.
std::vector<Privilege> all_privileges(const catalog::CatalogState& state, const OwnRole& own);

}  // namespace octavo::mongodb
