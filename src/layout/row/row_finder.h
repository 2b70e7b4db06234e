#pragma once

// Finds rows of a table by what other rows have in the columns at the other end of a foreign key.

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "catalog/references.h"
#include "exec/context.h"
#include "index/index_set.h"
#include "kv/view.h"
#include "layout/row/row_rules.h"
#include "txn/row_key.h"

namespace octavo::layout {

// What a row has in some columns; nothing: there is a null among them.
std::optional<std::vector<value::Value>> values_of(const catalog::TableDefinition& table,
                                                   std::span<const ColumnId> columns,
                                                   const value::Value& row);

class RowFinder {
 public:
  // `columns` have a key (catalog::key_over). `unavailable` while its index is being built. What is
  // given outlives the finder.
  static Result<RowFinder> make(const catalog::TableDefinition& table,
                                const index::IndexSet* indexes, std::span<const ColumnId> columns);

  bool by_primary_key() const { return index_ == nullptr; }
  // Under which rows with these values are found; nothing: no row has them.
  std::optional<Bytes> key_of(std::span<const value::Value> values) const;
  // What is locked, and told to the certifier, for the key.
  txn::KeyHash hash_of(BytesView key) const;
  // The encoded primary keys of rows that have the key, in their order: that at `from` and those
  // behind it, no more than `most`.
  Result<std::vector<Bytes>> find(const kv::View& view, BytesView key, std::size_t most,
                                  exec::QueryContext& query, BytesView from = {}) const;

 private:
  RowFinder(const catalog::TableDefinition& table, const index::Index* index,
            std::span<const ColumnId> columns)
      : table_(&table), index_(index), columns_(columns) {}

  const catalog::TableDefinition* table_;
  const index::Index* index_;  // null: by the primary key
  std::span<const ColumnId> columns_;
};

}  // namespace octavo::layout
