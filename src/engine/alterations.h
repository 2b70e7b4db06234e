#pragma once

// Changes of definitions that concern rows as well: all of it in one transaction, while nobody
// writes to the table.

#include <optional>

#include "catalog/alteration.h"
#include "catalog/violation.h"
#include "engine/definitions.h"
#include "exec/context.h"
#include "index/index_set.h"
#include "layout/row/row_rules.h"
#include "txn/lock_table.h"
#include "txn/sequencer.h"

namespace octavo::engine {

struct AlterationParts {
  const kv::Store& rows;
  txn::Sequencer& sequencer;
  layout::Numbers& numbers;
  index::IndexSets& indexes;
};

// A table as the changes put it; null: they do not.
template <class Changes>  // catalog::Changes, const or not
auto find_put(Changes& changes, TableId id)
    -> decltype(&std::get<catalog::PutTable>(changes[0]).table) {
  for (auto& change : changes) {
    auto* put = std::get_if<catalog::PutTable>(&change);
    if (put != nullptr && put->table.id == id) return &put->table;
  }
  return nullptr;
}
// As it is with the changes in force.
const catalog::TableDefinition* find_table(const catalog::CatalogState& state,
                                           const catalog::Changes& changes, TableId id);

// Adds to `builder` every row as it becomes, for the table as the changes put it, and holds it
// against keys that are new. Nobody writes to the tables meanwhile. Indexes of a table that stays
// empty are ready.
Status move_rows(const AlterationParts& parts, const catalog::CatalogState& state,
                 catalog::Alteration& alteration, txn::TransactionBuilder& builder,
                 exec::QueryContext& context, std::optional<catalog::Violation>& violation);

// Holds the rows of tables that are not moved against foreign keys that are new, likewise.
Status look_at_references(const AlterationParts& parts, const catalog::CatalogState& state,
                          const catalog::Alteration& alteration, exec::QueryContext& context,
                          std::optional<catalog::Violation>& violation);

}  // namespace octavo::engine
