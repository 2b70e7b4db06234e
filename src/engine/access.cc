#include "engine/access.h"

#include <fmt/format.h>

#include <algorithm>

#include "catalog/sha1_credentials.h"
#include "engine/users_above.h"

namespace octavo::engine {
namespace {

using catalog::Permission;

constexpr KeyspaceRights kEverything{keyspace::kAllDatabases, keyspace::kAllDatabases, true, true};

using Scope = std::pair<std::optional<DatabaseId>, std::optional<TableId>>;

// A permission on a scope, for each that a change needs.
struct Needed {
  Permission permission = Permission::config;
  Scope scope;
};

class NeededFor {
 public:
  explicit NeededFor(const catalog::CatalogState& before) : before_(before) {}

  std::vector<Needed> operator()(const catalog::PutDatabase& put) const {
    const auto* old = before_.find_database(put.database.id);
    const bool exists = old != nullptr;
    if (exists && catalog::changes_sha1_credentials(*old, put.database)) {
      return {written(catalog::kUsers)};
    }
    return {{.scope = {exists ? std::optional(put.database.id) : std::nullopt, std::nullopt}}};
  }
  std::vector<Needed> operator()(const catalog::DropDatabase& drop) const {
    return {{.scope = {drop.id, std::nullopt}}};
  }
  std::vector<Needed> operator()(const catalog::PutTable& put) const {
    const auto* old = before_.find_table(put.table.id);
    const Needed target{.scope = {put.table.database, std::nullopt}};
    if (old == nullptr) return {target};
    std::vector<Needed> needed = {{.scope = {old->database, old->id}}};
    if (old->database != put.table.database) needed.push_back(target);
    return needed;
  }
  std::vector<Needed> operator()(const catalog::DropTable& drop) const {
    const auto* old = before_.find_table(drop.id);
    if (old == nullptr) return {};
    return {{.scope = {old->database, old->id}}};
  }
  std::vector<Needed> operator()(const catalog::PutView& put) const {
    const auto* old = before_.find_view(put.view.id);
    const Needed target{.scope = {put.view.database, std::nullopt}};
    if (old == nullptr) return {target};
    std::vector<Needed> needed = {{.scope = {old->database, old->id}}};
    if (old->database != put.view.database) needed.push_back(target);
    return needed;
  }
  std::vector<Needed> operator()(const catalog::DropView& drop) const {
    const auto* old = before_.find_view(drop.id);
    if (old == nullptr) return {};
    return {{.scope = {old->database, old->id}}};
  }
  std::vector<Needed> operator()(const catalog::PutUser& put) const {
    const auto* old = before_.find_user(put.user.name);
    std::vector<Needed> needed;
    if (old == nullptr || old->credentials != put.user.credentials) {
      needed.push_back(written(catalog::kUsers));
    }
    const std::vector<catalog::Grant> none;
    const std::vector<catalog::RoleId> no_roles;
    if ((old == nullptr ? none : old->grants) != put.user.grants ||
        (old == nullptr ? no_roles : old->roles) != put.user.roles) {
      needed.push_back(written(catalog::kGrants));
    }
    return needed;
  }
  std::vector<Needed> operator()(const catalog::DropUser&) const {
    return {written(catalog::kUsers)};
  }
  std::vector<Needed> operator()(const catalog::PutRole&) const {
    return {written(catalog::kGrants)};
  }
  std::vector<Needed> operator()(const catalog::DropRole&) const {
    return {written(catalog::kGrants)};
  }

 private:
  static Needed written(TableId table) {
    return {Permission::write, {catalog::kSystemDatabase, table}};
  }

  const catalog::CatalogState& before_;
};

}  // namespace

Status Access::require(std::string_view user, Permission permission,
                       std::optional<DatabaseId> database, std::optional<TableId> table) const {
  if (user == catalog::kAdminName) return {};
  if (definitions()->allows(user, permission, database, table)) return {};
  return refusal(user, permission);
}

Status Access::require_named(std::string_view user, Permission permission,
                             std::string_view database, std::string_view table) const {
  if (definitions()->allows_named(user, permission, database, table)) return {};
  return refusal(user, permission);
}

std::unexpected<Error> Access::refusal(std::string_view user, Permission permission) {
  return fail(Code::permission_denied,
              fmt::format("User `{}` does not have the required `{}` permission.", user,
                          catalog::permission_name(permission)));
}

Status Access::require(const exec::QueryContext& query, Permission permission,
                       std::optional<DatabaseId> database, TableId table) const {
  Status own = require(query.user, permission, database, table);
  if (own) return own;
  const auto lends = [&](const exec::LentRight& lent) {
    return lent.table == table && require(lent.user, permission, database, table);
  };
  return std::ranges::any_of(query.lent, lends) ? Status() : own;
}

Status Access::require(std::string_view user, const catalog::CatalogState& before,
                       std::span<const catalog::Change> changes) const {
  if (user == catalog::kAdminName) return {};
  for (const catalog::Change& change : changes) {
    for (const auto& [permission, scope] : std::visit(NeededFor(before), change)) {
      TRY_STATUS(require(user, permission, scope.first, scope.second));
    }
    TRY_STATUS(require_above(user, before, change));
  }
  return {};
}

Status Access::begin_read(exec::QueryContext& query, TableId table) const {
  if (query.user == catalog::kAdminName) return {};
  // Rights that are newer than this are found by `still_allowed`.
  if (query.reads.empty()) query.rights_version = version();
  TRY_STATUS(require_read(query, table));
  query.reads.insert(table);
  return {};
}

Status Access::require_read(const exec::QueryContext& query, TableId table) const {
  if (catalog::is_virtual(table)) {
    return require(query.user, Permission::read, catalog::kSystemDatabase, table);
  }
  const auto definition = definitions()->share_table(table);
  if (definition == nullptr) return {};
  return require(query, Permission::read, definition->database, table);
}

Status Access::still_allowed(exec::QueryContext& query) const {
  if (query.reads.empty()) return {};
  const std::uint64_t now = version();
  if (now == query.rights_version) return {};
  for (const TableId table : query.reads) TRY_STATUS(require_read(query, table));
  query.rights_version = now;
  return {};
}

void Access::changed() {
  version_.fetch_add(1, std::memory_order_release);
  const MutexLock lock(mutex_);
  for (const auto& watcher : watchers_) watcher();
}

std::unique_ptr<Access::Watch> Access::watch(std::function<void()> changed) {
  const MutexLock lock(mutex_);
  return std::make_unique<Watch>(*this, watchers_.insert(watchers_.end(), std::move(changed)));
}

Access::Watch::~Watch() {
  const MutexLock lock(access_.mutex_);
  access_.watchers_.erase(at_);
}

KeyspaceRights KeyspaceRights::of(const catalog::CatalogState& state, std::string_view user) {
  if (user == catalog::kAdminName) return kEverything;
  KeyspaceRights rights;
  rights.user_exists = state.find_user(user) != nullptr;
  rights.config = state.allows(user, Permission::config, std::nullopt, std::nullopt);
  for (unsigned db = 0; db < catalog::kKeyspace.tables.count; ++db) {
    const TableId table = catalog::kKeyspace.tables.at(db);
    const auto may = [&](Permission permission) {
      return state.allows(user, permission, catalog::kKeyspace.database, table);
    };
    if (may(Permission::read)) rights.read |= keyspace::database_bit(db);
    if (may(Permission::write)) rights.write |= keyspace::database_bit(db);
  }
  return rights;
}

void Caller::set_user(std::string_view user) {
  user_ = user;
  administrator_ = user_ == catalog::kAdminName;
  version_ = 0;
}

const KeyspaceRights& Caller::rights() {
  if (administrator_) return kEverything;
  const std::uint64_t now = access_->version();
  if (now != version_) {
    rights_ = KeyspaceRights::of(*access_->definitions(), user_);
    version_ = now;
  }
  return rights_;
}

}  // namespace octavo::engine
