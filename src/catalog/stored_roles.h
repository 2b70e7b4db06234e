#pragma once

// Roles in catalog entries (docs/formats/catalog.md).

#include <vector>

#include "base/result.h"
#include "catalog/entry.h"
#include "catalog/role.h"
#include "value/value.h"

namespace octavo::catalog {

value::Value to_value(const Role& role);
Status read(FieldReader in, Role& out);

// Those that a user holds; nothing is written of none.
void put_held_roles(const std::vector<RoleId>& roles, value::ObjectBuilder& out);
Result<std::vector<RoleId>> read_held_roles(FieldReader& in);

}  // namespace octavo::catalog
