#pragma once

// Ids of what one statement makes.

#include "catalog/edit.h"

namespace octavo::sql {

class NewIds {
 public:
  explicit NewIds(const catalog::CatalogState& state) : next_(state.next_id()) {}

  // To indexes that have none.
  void give(catalog::TableDefinition& table) {
    for (auto& index : table.indexes) {
      if (index.id == IndexId{}) index.id = IndexId{next_++};
    }
  }
  // A table of its own, with indexes of its own.
  void give_all(catalog::TableDefinition& table) {
    table.id = TableId{next_++};
    for (auto& index : table.indexes) index.id = IndexId{next_++};
  }

 private:
  std::uint64_t next_;
};

// Who may do something with a table may do it with the one that takes its place.
void carry_grants(const catalog::CatalogState& state, TableId from, TableId to,
                  catalog::Changes& changes);

}  // namespace octavo::sql
