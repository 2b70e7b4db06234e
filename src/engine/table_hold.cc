#include "engine/table_hold.h"

#include <algorithm>

#include "layout/row/locking.h"

namespace octavo::engine {

Status TableHold::lock(std::span<const TableLock> tables, exec::QueryContext& context) {
  held_.assign(tables.begin(), tables.end());
  // The strongest of each comes first.
  std::ranges::sort(held_, [](const TableLock& a, const TableLock& b) {
    return a.table != b.table ? a.table < b.table : a.mode > b.mode;
  });
  const auto again = std::ranges::unique(held_, {}, &TableLock::table);
  held_.erase(again.begin(), again.end());
  for (const TableLock& each : held_) {
    TRY_STATUS(layout::take_table_lock(locks_, owner_, each.table, each.mode, context));
  }
  return {};
}

const TableLock* TableHold::find(TableId table) const {
  const auto at = std::ranges::lower_bound(held_, table, {}, &TableLock::table);
  return at == held_.end() || at->table != table ? nullptr : &*at;
}

bool TableHold::has_alone(TableId table) const {
  const TableLock* const held = find(table);
  return held != nullptr && held->mode == txn::LockMode::exclusive;
}

void TableHold::follow(TableId before, TableId now) {
  const TableLock* const held = find(before);
  if (held == nullptr || has(now)) return;
  const TableLock made{.table = now, .mode = held->mode};
  // Another change of definitions may be about to give something of its own this number.
  if (!locks_.try_lock(owner_, layout::table_lock_key(now), made.mode)) return;
  held_.insert(std::ranges::lower_bound(held_, now, {}, &TableLock::table), made);
}

void TableHold::leave(TableId table) {
  locks_.release(owner_, layout::table_lock_key(table));
  std::erase_if(held_, [&](const TableLock& lock) { return lock.table == table; });
}

}  // namespace octavo::engine
