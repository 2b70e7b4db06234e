#include "catalog/stored_roles.h"

#include <fmt/format.h>

#include "base/id.h"

namespace octavo::catalog {
namespace {

using value::ObjectBuilder;
using value::Value;

constexpr std::string_view kRoles = "roles";

Value to_value(const std::vector<RoleId>& roles) {
  std::vector<Value> ids;
  for (const RoleId id : roles) ids.push_back(number(raw(id)));
  return Value::array(std::move(ids));
}

Result<std::vector<RoleId>> read_ids(value::ArrayView ids) {
  std::vector<RoleId> roles;
  for (const Value& id : ids) {
    if (id.type() != value::Type::int64) {
      return fail(Code::corrupt, "a role's id in a catalog entry is no number");
    }
    roles.push_back(RoleId{static_cast<std::uint64_t>(id.as_int64())});
  }
  return roles;
}

Value to_value(const RoleGrant& grant) {
  ObjectBuilder out;
  out.set("scope", number(static_cast<std::uint64_t>(grant.scope)));
  out.set("database", text(grant.database));
  out.set("table", text(grant.table));
  out.set("permissions", number(grant.permissions.bits()));
  return std::move(out).build();
}

Status read(FieldReader in, RoleGrant& out) {
  out.scope = in.one_of("scope", RoleScope::system);
  out.database = in.text("database");
  out.table = in.text("table");
  const std::uint64_t bits = in.number("permissions");
  if ((bits & ~kAllPermissionBits) != 0) {
    return fail(Code::corrupt, "a role has a permission that this version does not know");
  }
  out.permissions = PermissionSet(bits);
  return in.done("a role's grant");
}

}  // namespace

Value to_value(const Role& role) {
  std::vector<Value> grants;
  for (const RoleGrant& grant : role.grants) grants.push_back(to_value(grant));
  ObjectBuilder out;
  out.set("id", number(raw(role.id)));
  out.set("home", text(role.home));
  out.set("name", text(role.name));
  out.set("grants", Value::array(std::move(grants)));
  out.set(kRoles, to_value(role.roles));
  out.set("forms", to_value(role.forms));
  return std::move(out).build();
}

Status read(FieldReader in, Role& out) {
  out.id = RoleId{in.number("id")};
  out.home = in.text("home");
  out.name = in.text("name");
  for (const Value& entry : in.array("grants")) {
    TRY_STATUS(read(FieldReader(entry), out.grants.emplace_back()));
  }
  TRY(out.roles, read_ids(in.array(kRoles)));
  out.forms = in.per_protocol("forms");
  return in.done(fmt::format("role `{}`", out.name));
}

void put_held_roles(const std::vector<RoleId>& roles, ObjectBuilder& out) {
  if (!roles.empty()) out.set(kRoles, to_value(roles));
}

Result<std::vector<RoleId>> read_held_roles(FieldReader& in) {
  if (!in.has(kRoles)) return std::vector<RoleId>();
  return read_ids(in.array(kRoles));
}

}  // namespace octavo::catalog
