#include "protocol/mysql/language/temporary_tables.h"

#include <algorithm>

#include "catalog/change.h"

namespace octavo::mysql {

catalog::CatalogPtr TemporaryTables::over(const catalog::CatalogPtr& definitions) {
  if (tables_.empty()) return definitions;
  if (base_ != definitions) {
    seen_ = over(*definitions);
    base_ = definitions;
  }
  return seen_;
}

catalog::CatalogPtr TemporaryTables::over(const catalog::CatalogState& state) const {
  catalog::CatalogEditor editor(state);
  for (const TableId table : tables_) editor.show(table);
  return std::move(editor).publish();
}

void TemporaryTables::follow(const catalog::Changes& changes) {
  for (const catalog::Change& change : changes) {
    if (const auto* put = std::get_if<catalog::PutTable>(&change)) {
      const bool is_known = std::ranges::find(tables_, put->table.id) != tables_.end();
      if (put->table.temporary && !is_known) tables_.push_back(put->table.id);
    } else if (const auto* drop = std::get_if<catalog::DropTable>(&change)) {
      std::erase(tables_, drop->id);
    }
  }
  base_ = nullptr;
  ++revision_;
}

void TemporaryTables::forget(TableId table) {
  std::erase(tables_, table);
  forgotten_.push_back(table);
  base_ = nullptr;
  ++revision_;
}

void TemporaryTables::drop_forgotten() {
  if (!forgotten_.empty()) drop(std::exchange(forgotten_, {}));
}

void TemporaryTables::drop_all() {
  std::vector<TableId> all = std::exchange(tables_, {});
  std::ranges::move(std::exchange(forgotten_, {}), std::back_inserter(all));
  base_ = nullptr;
  ++revision_;
  seen_ = nullptr;
  if (!all.empty()) drop(std::move(all));
}

// Where no worker takes it, or the server ends before, the next start does it.
void TemporaryTables::drop(std::vector<TableId> tables) {
  auto job = [&engine = engine_, tables = std::move(tables)] {
    const auto decide = [&](const catalog::CatalogState& state) -> Result<catalog::Changes> {
      catalog::Changes changes;
      for (const TableId id : tables) {
        const auto* const table = state.find_table(id);
        if (table != nullptr && table->temporary) changes.emplace_back(catalog::DropTable{id});
      }
      return changes;
    };
    [[maybe_unused]] const auto dropped = engine.define(catalog::kAdminName, decide);
  };
  [[maybe_unused]] const Status posted = post_(std::move(job));
}

}  // namespace octavo::mysql
