#include "protocol/mysql/language/locked_tables.h"

#include <utility>

#include "dialect/sql/error/error.h"

namespace octavo::mysql {

void LockedTables::set(std::unique_ptr<exec::HeldTables> hold) {
  // None before and behind, as at the beginning of most transactions: nothing has changed.
  if (hold == nullptr && hold_ == nullptr) return;
  hold_ = std::move(hold);
  ++revision_;
}

Status LockedTables::check(sql::TableUse use, const catalog::TableDefinition& table) const {
  if (!any() || table.temporary) return {};
  if (!hold_->has(table.id)) return sql::error<1100>(table.name);
  if (use == sql::TableUse::read || use == sql::TableUse::lock) return {};
  return check_definition(table);
}

Status LockedTables::check_definition(const catalog::TableDefinition& table) const {
  if (!any() || !hold_->has(table.id) || hold_->has_alone(table.id)) return {};
  return sql::error<1099>(table.name);
}

}  // namespace octavo::mysql
