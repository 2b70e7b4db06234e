// Roles that somebody makes: their commands, and what is told of roles.

#include <algorithm>
#include <functional>
#include <utility>

#include "catalog/edit.h"
#include "catalog/reserved.h"
#include "dialect/mongodb/error/error.h"
#include "protocol/mongodb/command/build.h"
#include "protocol/mongodb/command/builtin_roles.h"
#include "protocol/mongodb/command/call.h"
#include "protocol/mongodb/command/own_role.h"
#include "protocol/mongodb/command/roles.h"

namespace octavo::mongodb {
namespace {

using catalog::CatalogState;
using catalog::Changes;
using value::Value;

RoleName target_of(const CommandCall& call) {
  return {std::string(call.target().as_string()), call.database()};
}

Result<Reply> define(CommandCall& call, const engine::Engine::Decide& decide) {
  TRY(const Lsn lsn, call.engine().define(call.user(), decide));
  call.wrote(lsn, Durability::disk);
  return Reply();
}

// --- Commands that change roles ---

// Restrictions by address cannot be kept, and a role that has lost them would give too much.
Status refuse_restrictions(const CommandCall& call) {
  if (call.elements("authenticationRestrictions").empty()) return {};
  return error(ErrorCode::command_not_supported, "authenticationRestrictions are not supported");
}

Status refuse_builtin(const RoleName& name) {
  if (find_builtin_role(name) == nullptr) return {};
  return error(ErrorCode::invalid_role_modification,
               "{} is a built-in role and cannot be modified.", name.full());
}

Result<Reply> run_create_role(CommandCall& call) {
  OwnRole own{.name = target_of(call), .privileges = {}, .roles = {}};
  if (own.name.role.empty()) return error(ErrorCode::bad_value, "Role name must be non-empty");
  if (find_builtin_role(own.name) != nullptr) {
    return error(ErrorCode::bad_value, "Cannot create roles with the same name as a built-in role");
  }
  TRY_STATUS(refuse_restrictions(call));
  TRY(const auto privileges, read_privileges(call.elements("privileges")));
  add_privileges(privileges, own.privileges);
  TRY(own.roles, read_roles(*call.find("roles"), call.database()));
  return define(call, [&](const CatalogState& state) -> Result<Changes> {
    if (state.find_role(own.name.database, own.name.role) != nullptr) {
      return error(51002, "Role \"{}\" already exists", own.name.full());
    }
    TRY(auto role, make_role(state, own, catalog::Role()));
    return catalog::create_role(state, std::move(role));
  });
}

// What `change` makes of the role that the command names.
Result<Reply> change_role(CommandCall& call, const std::function<void(OwnRole&)>& change) {
  const RoleName name = target_of(call);
  TRY_STATUS(refuse_builtin(name));
  return define(call, [&](const CatalogState& state) -> Result<Changes> {
    const catalog::Role* const found = state.find_role(name.database, name.role);
    if (found == nullptr) {
      return error(ErrorCode::role_not_found, "Could not find role: {}", name.full());
    }
    OwnRole own = own_role(state, *found);
    change(own);
    TRY(auto role, make_role(state, own, *found));
    return Changes{catalog::PutRole{std::move(role)}};
  });
}

Result<Reply> run_update_role(CommandCall& call) {
  const bool privileges_given = call.find("privileges") != nullptr;
  const Value* const roles_given = call.find("roles");
  if (!privileges_given && roles_given == nullptr &&
      call.find("authenticationRestrictions") == nullptr) {
    return error(ErrorCode::bad_value, "Must specify at least one field to update in updateRole");
  }
  TRY_STATUS(refuse_restrictions(call));
  TRY(const auto privileges, read_privileges(call.elements("privileges")));
  std::vector<RoleName> roles;
  if (roles_given != nullptr) {
    TRY(roles, read_roles(*roles_given, call.database()));
  }
  return change_role(call, [&](OwnRole& own) {
    if (privileges_given) {
      own.privileges.clear();
      add_privileges(privileges, own.privileges);
    }
    if (roles_given != nullptr) own.roles = roles;
  });
}

Result<Reply> run_grant_privileges(CommandCall& call) {
  TRY(const auto privileges, read_privileges(call.elements("privileges")));
  return change_role(call, [&](OwnRole& own) { add_privileges(privileges, own.privileges); });
}

Result<Reply> run_revoke_privileges(CommandCall& call) {
  TRY(const auto privileges, read_privileges(call.elements("privileges")));
  return change_role(call, [&](OwnRole& own) { take_privileges(privileges, own.privileges); });
}

bool is_among(const RoleName& name, const std::vector<RoleName>& names) {
  return std::ranges::find(names, name) != names.end();
}

Result<Reply> run_grant_roles(CommandCall& call) {
  TRY(const auto roles, read_roles(*call.find("roles"), call.database()));
  return change_role(call, [&](OwnRole& own) {
    for (const RoleName& name : roles) {
      if (!is_among(name, own.roles)) own.roles.push_back(name);
    }
  });
}

Result<Reply> run_revoke_roles(CommandCall& call) {
  TRY(const auto roles, read_roles(*call.find("roles"), call.database()));
  return change_role(call, [&](OwnRole& own) {
    std::erase_if(own.roles, [&](const RoleName& name) { return is_among(name, roles); });
  });
}

Result<Reply> run_drop_role(CommandCall& call) {
  const RoleName name = target_of(call);
  TRY_STATUS(refuse_builtin(name));
  return define(call, [&](const CatalogState& state) -> Result<Changes> {
    const catalog::Role* const found = state.find_role(name.database, name.role);
    if (found == nullptr) {
      return error(ErrorCode::role_not_found, "Role '{}' not found", name.full());
    }
    return catalog::drop_roles(state, {found->id});
  });
}

// Of the database; a built-in one that is kept by name (roles.h) is none of them.
std::vector<const catalog::Role*> own_roles(const CatalogState& state, std::string_view database) {
  std::vector<const catalog::Role*> found = state.roles();
  std::erase_if(found, [&](const catalog::Role* role) {
    return role->home != database || find_builtin_role(name_of(*role)) != nullptr;
  });
  return found;
}

Result<Reply> run_drop_all(CommandCall& call) {
  std::size_t count = 0;
  TRY(Reply reply, define(call, [&](const CatalogState& state) -> Result<Changes> {
        std::vector<catalog::RoleId> all;
        for (const auto* role : own_roles(state, call.database())) all.push_back(role->id);
        count = all.size();
        return catalog::drop_roles(state, all);
      }));
  reply.add("n", int32(count));
  return reply;
}

// --- What is told of them ---

Value privilege_values(const std::vector<Privilege>& privileges) {
  std::vector<Value> values;
  for (const Privilege& privilege : privileges) values.push_back(to_value(privilege));
  return Value::array(std::move(values));
}

Value describe(const CommandCall& call, const CatalogState& state, const OwnRole& own,
               bool builtin) {
  std::vector<value::Field> fields = {
      {"_id", text(own.name.database + "." + own.name.role)},
      {"role", text(own.name.role)},
      {"db", text(own.name.database)},
      {"isBuiltin", Value::boolean(builtin)},
      {"roles", Value::array(to_values(own.roles))},
      {"inheritedRoles", Value::array(to_values(included_roles(state, own)))}};
  if (call.flag("showPrivileges")) {
    fields.push_back({"privileges", privilege_values(own.privileges)});
    fields.push_back({"inheritedPrivileges", privilege_values(all_privileges(state, own))});
  }
  if (call.flag("showAuthenticationRestrictions")) {
    fields.push_back({"authenticationRestrictions", Value::array({})});
    fields.push_back({"inheritedAuthenticationRestrictions", Value::array({})});
  }
  return Value::object(std::move(fields));
}

// Built-in ones are no secret. Others are shown to who has them, and who may read the grants.
bool sees(CommandCall& call, const CatalogState& state, const RoleName& name) {
  const engine::Access& access = call.engine().access();
  return access.require(call.user(), catalog::Permission::read, catalog::kSystemDatabase,
                        catalog::kGrants) ||
         is_among(name, inherited_roles_of(state, call.user()));
}

void add_role(CommandCall& call, const CatalogState& state, const RoleName& name,
              std::vector<Value>& shown) {
  if (find_builtin_role(name) != nullptr) {
    const OwnRole builtin{.name = name, .privileges = builtin_privileges(name), .roles = {}};
    shown.push_back(describe(call, state, builtin, true));
    return;
  }
  const catalog::Role* const role = state.find_role(name.database, name.role);
  if (role == nullptr || !sees(call, state, name)) return;
  shown.push_back(describe(call, state, own_role(state, *role), false));
}

std::vector<RoleName> roles_of_database(const CommandCall& call, const CatalogState& state) {
  std::vector<RoleName> names;
  for (const auto* role : own_roles(state, call.database())) names.push_back(name_of(*role));
  if (!call.flag("showBuiltinRoles")) return names;
  for (const BuiltinRole& row : builtin_roles()) {
    const RoleName name{std::string(row.name), call.database()};
    if (find_builtin_role(name) != nullptr) names.push_back(name);
  }
  return names;
}

Result<Reply> run_roles_info(CommandCall& call) {
  const Value& target = call.target();
  const catalog::CatalogPtr state = call.engine().catalog();
  std::vector<RoleName> names;
  if (target.is_number()) {
    names = roles_of_database(call, *state);
  } else if (target.is_array()) {
    TRY(names, read_roles(target, call.database()));
  } else {
    TRY(RoleName name, read_role(target, call.database()));
    names.push_back(std::move(name));
  }
  std::vector<Value> roles;
  for (const RoleName& name : names) add_role(call, *state, name, roles);
  Reply reply;
  reply.add("roles", Value::array(std::move(roles)));
  return reply;
}

constexpr FieldRow kCreateFields[] = {
    {"createRole", field::kString, FieldRule::required},
    {"privileges", field::kArray, FieldRule::required},
    {"roles", field::kArray, FieldRule::required},
    {"authenticationRestrictions", field::kArray},
};
constexpr FieldRow kUpdateFields[] = {
    {"updateRole", field::kString, FieldRule::required},
    {"privileges", field::kArray},
    {"roles", field::kArray},
    {"authenticationRestrictions", field::kArray},
};
constexpr FieldRow kDropFields[] = {{"dropRole", field::kString, FieldRule::required}};
constexpr FieldRow kGrantPrivilegesFields[] = {
    {"grantPrivilegesToRole", field::kString, FieldRule::required},
    {"privileges", field::kArray, FieldRule::required}};
constexpr FieldRow kRevokePrivilegesFields[] = {
    {"revokePrivilegesFromRole", field::kString, FieldRule::required},
    {"privileges", field::kArray, FieldRule::required}};
constexpr FieldRow kGrantRolesFields[] = {{"grantRolesToRole", field::kString, FieldRule::required},
                                          {"roles", field::kArray, FieldRule::required}};
constexpr FieldRow kRevokeRolesFields[] = {
    {"revokeRolesFromRole", field::kString, FieldRule::required},
    {"roles", field::kArray, FieldRule::required}};
constexpr FieldRow kInfoFields[] = {
    {"rolesInfo", field::kAny, FieldRule::required},
    {"showPrivileges", field::kFlag},
    {"showBuiltinRoles", field::kFlag},
    {"showAuthenticationRestrictions", field::kFlag},
};

constexpr CommandRow kRows[] = {
    {.name = "createRole",
     .target = Target::field,
     .flags = kWriteConcern,
     .fields = kCreateFields,
     .run = run_create_role,
     .help = "Makes a role."},
    {.name = "updateRole",
     .target = Target::field,
     .flags = kWriteConcern,
     .fields = kUpdateFields,
     .run = run_update_role,
     .help = "Gives a role other privileges and roles."},
    {.name = "dropRole",
     .target = Target::field,
     .flags = kWriteConcern,
     .fields = kDropFields,
     .run = run_drop_role,
     .help = "Deletes a role."},
    {.name = "dropAllRolesFromDatabase",
     .flags = kWriteConcern,
     .run = run_drop_all,
     .help = "Deletes the roles of a database."},
    {.name = "grantPrivilegesToRole",
     .target = Target::field,
     .flags = kWriteConcern,
     .fields = kGrantPrivilegesFields,
     .run = run_grant_privileges,
     .help = "Gives privileges to a role."},
    {.name = "revokePrivilegesFromRole",
     .target = Target::field,
     .flags = kWriteConcern,
     .fields = kRevokePrivilegesFields,
     .run = run_revoke_privileges,
     .help = "Takes privileges from a role."},
    {.name = "grantRolesToRole",
     .target = Target::field,
     .flags = kWriteConcern,
     .fields = kGrantRolesFields,
     .run = run_grant_roles,
     .help = "Puts roles into a role."},
    {.name = "revokeRolesFromRole",
     .target = Target::field,
     .flags = kWriteConcern,
     .fields = kRevokeRolesFields,
     .run = run_revoke_roles,
     .help = "Takes roles out of a role."},
    {.name = "rolesInfo",
     .target = Target::field,
     .flags = kHere,
     .fields = kInfoFields,
     .run = run_roles_info,
     .help = "The roles that there are."},
};

}  // namespace

std::span<const CommandRow> role_commands() { return kRows; }

}  // namespace octavo::mongodb
