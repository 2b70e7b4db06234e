#pragma once

// How many rows each table has, kept in `meta` by the batches that add and erase rows: exact at
// every log position, after a crash too.

#include <cstdint>
#include <unordered_map>

#include "kv/store.h"
#include "txn/row_key.h"

namespace octavo::txn {

class RowCounts {
 public:
  explicit RowCounts(kv::Store& store) : store_(store) {}

  // Counts the rows that are there if that was never done: once, after an update from a version
  // that kept no counts. Reads all rows then.
  Status open();

  // For one record: what it does, then the counts for its batch, then what became of the batch.
  void added(TableId table) { ++changes_[raw(table)]; }
  void erased(TableId table) { --changes_[raw(table)]; }
  Status write(kv::WriteBatch& batch);
  void finish(bool applied);

 private:
  kv::Store& store_;
  std::unordered_map<std::uint64_t, std::uint64_t> counts_;  // of tables that were written to
  std::unordered_map<std::uint64_t, std::int64_t> changes_;  // by the record in hand
};

// From any thread, at the snapshot or at the newest state.
Result<std::uint64_t> row_count(const kv::Store& store, TableId table,
                                const kv::ReadOptions& options = {});

}  // namespace octavo::txn
