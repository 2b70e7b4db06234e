#pragma once

// The entries of indexes in step with the rows: what a change of a row does to them, worked out by
// whoever submits the change, or else when it is applied.

#include <functional>
#include <span>

#include "index/index_set.h"
#include "txn/hooks.h"

namespace octavo::index {

using TablePtr = std::shared_ptr<const catalog::TableDefinition>;

// What a row after a change has in an index (`Index::keys_of`), where that was found out before.
struct KnownKeys {
  IndexId index{};
  std::vector<BytesView> keys;
};

// Adds to `batch` what a change of a row does to the entries of a table's indexes. An index that is
// not ready gets all entries of the row, those that it should have already too: the row counts as
// indexed from then on, whatever its build knows of it. Returns the steps of work that it took,
// without those of `known`.
std::int64_t add_entry_changes(const IndexSet& indexes, const txn::RowChange& change,
                               kv::WriteBatch& batch, std::span<const KnownKeys> known = {});

// What a transaction does to the entries, worked out ahead. Good for one definition of each of its
// tables: another one may have other indexes.
class EntryChanges final : public txn::PreparedRows {
 public:
  void start() {
    tables_.clear();
    changes_.clear();
  }
  void add_table(TablePtr table) { tables_.push_back(std::move(table)); }
  void add(const kv::WriteBatch& changes_of_row) { changes_.append(changes_of_row); }
  // Where changes of further rows may be written at once.
  kv::WriteBatch& batch() { return changes_; }

  const std::vector<TablePtr>& tables() const { return tables_; }
  const kv::WriteBatch& changes() const { return changes_; }

 private:
  std::vector<TablePtr> tables_;
  kv::WriteBatch changes_;
};

// Keeps the entries of all indexes in step with their rows, in the batch that writes the row.
class Maintainer final : public txn::RowHook {
 public:
  // `current` gives the definitions in force at the log position that is being applied.
  Maintainer(IndexSets& sets, std::function<catalog::CatalogPtr()> current)
      : sets_(sets), current_(std::move(current)) {}

  void on_change(const txn::RowChange& change, Lsn lsn, kv::WriteBatch& batch) override;
  bool use_prepared(const txn::PreparedRows& prepared, kv::WriteBatch& batch) override;

 private:
  IndexSets& sets_;
  std::function<catalog::CatalogPtr()> current_;
};

// The entries that a document has in an index, sorted. Adds the steps of work to `steps`.
std::vector<Bytes> index_entries(const Index& index, BytesView document, BytesView primary_key,
                                 std::int64_t& steps);

}  // namespace octavo::index
