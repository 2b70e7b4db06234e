#include "engine/users_above.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "catalog/reserved.h"

namespace octavo::engine {
namespace {

using catalog::CatalogState;
using catalog::Permission;

using Scope = std::pair<std::optional<DatabaseId>, std::optional<TableId>>;

constexpr Permission kPermissions[] = {Permission::read, Permission::write, Permission::config,
                                       Permission::connect};

bool is_over_server(const Scope& scope, Permission permission) {
  if (scope.first) return scope.first == catalog::kSystemDatabase;
  return permission == Permission::config || permission == Permission::connect;
}

// In which the answer for one of the users may be another than in the scope around it.
void add_scopes(const CatalogState& state, std::string_view user, std::vector<Scope>& scopes) {
  const catalog::User* const found = state.find_user(user);
  if (found == nullptr) return;
  for (const catalog::Grant& grant : found->grants) {
    const Scope scope(grant.database, grant.table);
    if (std::ranges::find(scopes, scope) == scopes.end()) scopes.push_back(scope);
  }
}

// `state` has the user as it is, `before` the actor.
Status require_covered(std::string_view actor, const CatalogState& before, std::string_view name,
                       const CatalogState& state, bool all_rights) {
  std::vector<Scope> scopes = {{}, {catalog::kSystemDatabase, std::nullopt}};
  add_scopes(before, actor, scopes);
  add_scopes(state, name, scopes);
  for (const auto& [database, table] : scopes) {
    for (const Permission permission : kPermissions) {
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

std::string_view changed_user(const catalog::Change& change) {
  if (const auto* put = std::get_if<catalog::PutUser>(&change)) return put->user.name;
  if (const auto* drop = std::get_if<catalog::DropUser>(&change)) return drop->name;
  return {};
}

}  // namespace

Status require_above(std::string_view actor, const CatalogState& before,
                     const catalog::Change& change) {
  const std::string_view name = changed_user(change);
  if (name.empty() || actor == catalog::kAdminName) return {};
  if (name == catalog::kAdminName) {
    return fail(Code::permission_denied,
                fmt::format("The user `{}` is changed by nobody else.", catalog::kAdminName));
  }
  const bool all_rights =
      !before.allows(actor, Permission::write, catalog::kSystemDatabase, catalog::kGrants);
  TRY_STATUS(require_covered(actor, before, name, before, all_rights));
  catalog::CatalogEditor editor(before);
  editor.apply(change);
  const catalog::CatalogPtr after = std::move(editor).publish();
  return require_covered(actor, before, name, *after, all_rights);
}

}  // namespace octavo::engine
