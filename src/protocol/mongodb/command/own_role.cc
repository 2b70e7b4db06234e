#include "protocol/mongodb/command/own_role.h"

#include <algorithm>
#include <utility>

#include "dialect/mongodb/error/error.h"
#include "protocol/mongodb/command/build.h"
#include "protocol/mongodb/command/builtin_roles.h"
#include "protocol/mongodb/command/collection.h"
#include "protocol/mongodb/command/roles.h"

namespace octavo::mongodb {
namespace {

using catalog::CatalogState;
using catalog::Role;
using value::Value;

constexpr std::string_view kPrivileges = "privileges", kBuiltin = "builtin_roles";

value::ArrayView kept(const Value& form, std::string_view name) {
  const Value* const found = form.is_object() ? form.find(name) : nullptr;
  return found != nullptr && found->is_array() ? found->as_array() : value::ArrayView();
}

Value form_of(const OwnRole& own) {
  std::vector<Value> privileges;
  for (const Privilege& privilege : own.privileges) privileges.push_back(to_value(privilege));
  std::vector<Value> builtin;
  for (const RoleName& name : own.roles) {
    if (find_builtin_role(name) != nullptr) builtin.push_back(to_value(name));
  }
  return document({{std::string(kPrivileges), Value::array(std::move(privileges))},
                   {std::string(kBuiltin), Value::array(std::move(builtin))}});
}

// A role of a database other than admin is about that alone.
Status check_reach(const OwnRole& own) {
  const std::string& home = own.name.database;
  if (home == kAdminDatabase) return {};
  const auto within = [&](const Privilege& privilege) {
    return privilege.resource.kind == ResourceKind::named && privilege.resource.database == home;
  };
  if (!std::ranges::all_of(own.privileges, within)) {
    return error(ErrorCode::invalid_role_modification,
                 "Roles on the '{}' database cannot be granted privileges that target other "
                 "databases or the cluster",
                 home);
  }
  if (!std::ranges::all_of(own.roles,
                           [&](const RoleName& name) { return name.database == home; })) {
    return error(ErrorCode::invalid_role_modification,
                 "Roles on the '{}' database cannot be granted roles from other databases", home);
  }
  return {};
}

// What the role includes, which is not itself.
Result<catalog::RoleId> include(const CatalogState& state, const OwnRole& own, catalog::RoleId self,
                                const RoleName& name) {
  const Role* const role = state.find_role(name.database, name.role);
  if (role == nullptr || name == own.name) {
    if (name == own.name) {
      return error(ErrorCode::invalid_role_modification, "Cannot grant role {} to itself.",
                   name.full());
    }
    return error(ErrorCode::role_not_found, "Could not find role: {}", name.full());
  }
  for (const Role* const its : state.with_included({role->id})) {
    if (its->id != self) continue;
    return error(ErrorCode::invalid_role_modification,
                 "Granting {} to {} would introduce a cycle in the role graph.", name.full(),
                 own.name.full());
  }
  return role->id;
}

void add_once(const RoleName& name, std::vector<RoleName>& names) {
  if (std::ranges::find(names, name) == names.end()) names.push_back(name);
}

}  // namespace

RoleName name_of(const Role& role) { return {role.name, role.home}; }

Value to_value(const RoleName& name) {
  return document({{"role", text(name.role)}, {"db", text(name.database)}});
}

OwnRole own_role(const CatalogState& state, const Role& role) {
  OwnRole own{.name = name_of(role), .privileges = {}, .roles = {}};
  const Value& form = role.forms.of(kProtocolName);
  if (auto privileges = read_privileges(kept(form, kPrivileges))) {
    own.privileges = *std::move(privileges);
  }
  for (const Value& name : kept(form, kBuiltin)) {
    if (auto read = read_role(name, role.home)) own.roles.push_back(*std::move(read));
  }
  for (const catalog::RoleId id : role.roles) {
    if (const Role* const included = state.find_role(id)) own.roles.push_back(name_of(*included));
  }
  return own;
}

Result<Role> make_role(const CatalogState& state, const OwnRole& own, Role before) {
  TRY_STATUS(check_reach(own));
  Role role = std::move(before);
  role.home = own.name.database;
  role.name = own.name.role;
  role.grants.clear();
  std::vector<catalog::RoleId> included;
  for (const RoleName& name : own.roles) {
    if (const BuiltinRole* const builtin = find_builtin_role(name)) {
      for (auto& grant : grants_of(*builtin, name.database)) {
        role.grants.push_back(std::move(grant));
      }
      continue;
    }
    TRY(const catalog::RoleId id, include(state, own, role.id, name));
    if (std::ranges::find(included, id) == included.end()) included.push_back(id);
  }
  role.roles = std::move(included);
  TRY_STATUS(grant_privileges(own.privileges, role.grants));
  role.forms.set(kProtocolName, form_of(own));
  return role;
}

std::vector<RoleName> included_roles(const CatalogState& state, const OwnRole& own) {
  std::vector<RoleName> names = own.roles;
  for (std::size_t at = 0; at < names.size(); ++at) {
    const Role* const role = state.find_role(names[at].database, names[at].role);
    if (role == nullptr) continue;
    for (const RoleName& name : own_role(state, *role).roles) add_once(name, names);
  }
  return names;
}

std::vector<Privilege> builtin_privileges(const RoleName& name) {
  const BuiltinRole* const row = find_builtin_role(name);
  if (row == nullptr) return {};
  const Resource resource{.database = row->of_server ? std::string() : name.database};
  std::vector<Privilege> privileges;
  auto actions = actions_of(row->rows, row->of_server, row->users);
  if (!actions.empty()) privileges.push_back({resource, std::move(actions)});
  return privileges;
}

std::vector<Privilege> all_privileges(const CatalogState& state, const OwnRole& own) {
  std::vector<Privilege> privileges = own.privileges;
  for (const RoleName& name : included_roles(state, own)) {
    const Role* const role = state.find_role(name.database, name.role);
    const bool builtin = find_builtin_role(name) != nullptr;
    if (builtin) add_privileges(builtin_privileges(name), privileges);
    if (!builtin && role != nullptr) {
      add_privileges(own_role(state, *role).privileges, privileges);
    }
  }
  return privileges;
}

}  // namespace octavo::mongodb
