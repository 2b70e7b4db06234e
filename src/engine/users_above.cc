#include "engine/users_above.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "catalog/reserved.h"

namespace octavo::engine {
namespace {

using catalog::CatalogState;
using catalog::Permission;

using Scope = std::pair<std::optional<DatabaseId>, std::optional<TableId>>;

bool is_over_server(const Scope& scope, Permission permission) {
  if (scope.first) return scope.first == catalog::kSystemDatabase;
  return permission == Permission::config || permission == Permission::connect;
}

// Nothing: there is none of the name.
std::optional<Scope> scope_of(const CatalogState& state, const catalog::RoleGrant& grant) {
  if (grant.scope == catalog::RoleScope::everywhere) return Scope();
  if (grant.scope == catalog::RoleScope::system) return Scope(catalog::kSystemDatabase, {});
  const auto* const database = state.find_database(grant.database);
  if (database == nullptr) return std::nullopt;
  if (grant.scope == catalog::RoleScope::database) return Scope(database->id, {});
  if (const auto* table = state.find_table(database->id, grant.table)) {
    return Scope(database->id, table->id);
  }
  const auto* const view = state.find_view(database->id, grant.table);
  return view == nullptr ? std::nullopt : std::optional(Scope(database->id, view->id));
}

// In which the answer for one of the users may be another than in the scope around it.
void add_scopes(const CatalogState& state, std::string_view user, std::vector<Scope>& scopes) {
  const catalog::User* const found = state.find_user(user);
  if (found == nullptr) return;
  const auto add = [&](const Scope& scope) {
    if (std::ranges::find(scopes, scope) == scopes.end()) scopes.push_back(scope);
  };
  for (const catalog::Grant& grant : found->grants) add({grant.database, grant.table});
  for (const catalog::Role* const role : state.with_included(found->roles)) {
    for (const catalog::RoleGrant& grant : role->grants) {
      if (const auto scope = scope_of(state, grant)) add(*scope);
    }
  }
}

std::vector<const catalog::Role*> roles_of(const CatalogState& state, std::string_view user) {
  const catalog::User* const found = state.find_user(user);
  return found == nullptr ? std::vector<const catalog::Role*>() : state.with_included(found->roles);
}

// Rights by names that nothing has yet cannot be compared by scopes, so that roles are by
// themselves.
bool holds_all_roles(std::string_view actor, const CatalogState& before, std::string_view name,
                     const CatalogState& state) {
  const auto held = roles_of(before, actor);
  return std::ranges::all_of(roles_of(state, name), [&](const catalog::Role* role) {
    return std::ranges::find(held, role->id, &catalog::Role::id) != held.end();
  });
}

// `state` has the user as it is, `before` the actor.
Status require_covered(std::string_view actor, const CatalogState& before, std::string_view name,
                       const CatalogState& state, bool all_rights) {
  std::vector<Scope> scopes = {{}, {catalog::kSystemDatabase, std::nullopt}};
  add_scopes(before, actor, scopes);
  add_scopes(state, name, scopes);
  if (all_rights && !holds_all_roles(actor, before, name, state)) {
    return fail(Code::permission_denied,
                fmt::format("User `{}` does not have all roles of user `{}`.", actor, name));
  }
  for (const auto& [database, table] : scopes) {
    for (const Permission permission : catalog::kPermissions) {
      if (!all_rights && !is_over_server({database, table}, permission)) continue;
      if (!state.allows(name, permission, database, table)) continue;
      if (before.allows(actor, permission, database, table)) continue;
      return fail(Code::permission_denied,
                  fmt::format("User `{}` does not have the `{}` permission that user `{}` has or "
                              "would get.",
                              actor, catalog::permission_name(permission), name));
    }
  }
  return {};
}

std::optional<catalog::RoleId> changed_role(const catalog::Change& change) {
  if (const auto* put = std::get_if<catalog::PutRole>(&change)) return put->role.id;
  if (const auto* drop = std::get_if<catalog::DropRole>(&change)) return drop->id;
  return std::nullopt;
}

// Whose rights the change may be about.
std::vector<std::string> changed_users(const catalog::Change& change, const CatalogState& before,
                                       const CatalogState& after) {
  if (const auto* put = std::get_if<catalog::PutUser>(&change)) return {put->user.name};
  if (const auto* drop = std::get_if<catalog::DropUser>(&change)) return {drop->name};
  const auto role = changed_role(change);
  if (!role) return {};
  std::vector<std::string> holders;
  for (const catalog::User* user : before.users()) {
    const auto holds = [&](const CatalogState& state) {
      const auto held = state.with_included(user->roles);
      return std::ranges::find(held, *role, &catalog::Role::id) != held.end();
    };
    if (holds(before) || holds(after)) holders.push_back(user->name);
  }
  return holders;
}

bool is_about_users(const catalog::Change& change) {
  return std::holds_alternative<catalog::PutUser>(change) ||
         std::holds_alternative<catalog::DropUser>(change) || changed_role(change);
}

}  // namespace

Status require_above(std::string_view actor, const CatalogState& before,
                     const catalog::Change& change) {
  if (!is_about_users(change) || actor == catalog::kAdminName) return {};
  catalog::CatalogEditor editor(before);
  editor.apply(change);
  const catalog::CatalogPtr after = std::move(editor).publish();
  const bool all_rights =
      !before.allows(actor, Permission::write, catalog::kSystemDatabase, catalog::kGrants);
  for (const std::string& name : changed_users(change, before, *after)) {
    if (name == catalog::kAdminName) {
      return fail(Code::permission_denied,
                  fmt::format("The user `{}` is changed by nobody else.", catalog::kAdminName));
    }
    TRY_STATUS(require_covered(actor, before, name, before, all_rights));
    TRY_STATUS(require_covered(actor, before, name, *after, all_rights));
  }
  return {};
}

}  // namespace octavo::engine
