#include "engine/table_hold.h"

#include <algorithm>

#include "layout/row/locking.h"

namespace octavo::engine {

Status TableHold::lock(txn::LockTable& locks, std::span<const TableLock> tables,
                       exec::QueryContext& context) {
  held_.assign(tables.begin(), tables.end());
  // The strongest of each comes first.
  std::ranges::sort(held_, [](const TableLock& a, const TableLock& b) {
    return a.table != b.table ? a.table < b.table : a.mode > b.mode;
  });
  const auto again = std::ranges::unique(held_, {}, &TableLock::table);
  held_.erase(again.begin(), again.end());
  for (const TableLock& each : held_) {
    TRY_STATUS(layout::take_table_lock(locks, owner_, each.table, each.mode, context));
  }
  return {};
}

bool TableHold::has(TableId table) const {
  return std::ranges::binary_search(held_, table, {}, &TableLock::table);
}

}  // namespace octavo::engine
