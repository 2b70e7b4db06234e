#include "engine/access.h"

#include <fmt/format.h>

namespace octavo::engine {
namespace {

using catalog::Permission;

constexpr KeyspaceRights kEverything{keyspace::kAllDatabases, keyspace::kAllDatabases, true, true};

}  // namespace

Status Access::require(std::string_view user, Permission permission,
                       std::optional<DatabaseId> database, std::optional<TableId> table) const {
  if (user == catalog::kAdminName) return {};
  if (definitions()->allows(user, permission, database, table)) return {};
  return fail(Code::permission_denied,
              fmt::format("User `{}` does not have the required `{}` permission.", user,
                          catalog::permission_name(permission)));
}

void Access::changed() {
  version_.fetch_add(1, std::memory_order_release);
  const std::scoped_lock lock(mutex_);
  for (const auto& watcher : watchers_) watcher();
}

std::unique_ptr<Access::Watch> Access::watch(std::function<void()> changed) {
  const std::scoped_lock lock(mutex_);
  return std::make_unique<Watch>(*this, watchers_.insert(watchers_.end(), std::move(changed)));
}

Access::Watch::~Watch() {
  const std::scoped_lock lock(access_.mutex_);
  access_.watchers_.erase(at_);
}

KeyspaceRights KeyspaceRights::of(const catalog::CatalogState& state, std::string_view user) {
  if (user == catalog::kAdminName) return kEverything;
  KeyspaceRights rights;
  rights.user_exists = state.find_user(user) != nullptr;
  rights.config = state.allows(user, Permission::config, std::nullopt, std::nullopt);
  for (unsigned db = 0; db < catalog::kRedisDatabaseCount; ++db) {
    const TableId table{raw(catalog::kRedisTableBase) + db};
    const auto may = [&](Permission permission) {
      return state.allows(user, permission, catalog::kRedisDatabase, table);
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
