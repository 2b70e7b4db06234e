#include "protocol/mysql/language/locked_tables.h"

#include <algorithm>

#include "dialect/sql/error/error.h"

namespace octavo::mysql {

void LockedTables::set(std::unique_ptr<exec::HeldTables> hold,
                       std::vector<engine::TableLock> locks) {
  hold_ = std::move(hold);
  locks_ = std::move(locks);
  ++revision_;
}

Status LockedTables::check(sql::TableUse use, const catalog::TableDefinition& table) const {
  if (!any() || table.temporary) return {};
  const auto is_it = [&](const engine::TableLock& lock) { return lock.table == table.id; };
  if (std::ranges::none_of(locks_, is_it)) return sql::error<1100>(table.name);
  if (use == sql::TableUse::read || use == sql::TableUse::lock) return {};
  const auto is_for_writes = [&](const engine::TableLock& lock) {
    return is_it(lock) && lock.mode == engine::LockMode::exclusive;
  };
  if (std::ranges::none_of(locks_, is_for_writes)) return sql::error<1099>(table.name);
  return {};
}

}  // namespace octavo::mysql
