#include "txn/row_counts.h"

#include "base/assert.h"
#include "base/progress.h"

namespace octavo::txn {
namespace {

void put_count(TableId table, std::uint64_t count, kv::WriteBatch& batch) {
  char bytes[8];
  store_le(bytes, count);
  batch.put(kv::Family::meta, row_count_key(table), BytesView(bytes, sizeof bytes));
}

}  // namespace

Status RowCounts::open() {
  Bytes unused;
  TRY(const bool counted, store_.get(kv::Family::meta, kRowsCounted, unused));
  if (counted) return {};
  Progress progress("counting rows", 0);
  std::unordered_map<std::uint64_t, std::uint64_t> counts;
  const auto cursor =
      store_.cursor(kv::Family::rows, {.read = {.fill_cache = false}, .lower = {}, .upper = {}});
  for (cursor->seek_to_first(); cursor->valid(); cursor->next()) {
    ++counts[raw(table_of(cursor->key()))];
    progress.advance(1);
  }
  TRY_STATUS(cursor->status());
  kv::WriteBatch batch;
  for (const auto& [table, count] : counts) put_count(TableId{table}, count, batch);
  batch.put(kv::Family::meta, kRowsCounted, {});
  TRY_STATUS(store_.apply(batch, store_.applied()));
  progress.finish();
  return {};
}

Status RowCounts::write(kv::WriteBatch& batch) {
  for (const auto& [table, change] : changes_) {
    if (change == 0) continue;
    auto known = counts_.find(table);
    if (known == counts_.end()) {
      TRY(const std::uint64_t count, row_count(store_, TableId{table}));
      known = counts_.emplace(table, count).first;
    }
    // Rows that were erased had been counted.
    const std::uint64_t count = known->second + static_cast<std::uint64_t>(change);
    put_count(TableId{table}, count, batch);
  }
  return {};
}

void RowCounts::finish(bool applied) {
  if (applied) {
    for (const auto& [table, change] : changes_) {
      if (change != 0) counts_.at(table) += static_cast<std::uint64_t>(change);
    }
  }
  changes_.clear();
}

Result<std::uint64_t> row_count(const kv::Store& store, TableId table,
                                const kv::ReadOptions& options) {
  Bytes value;
  TRY(const bool found, store.get(kv::Family::meta, row_count_key(table), value, options));
  if (!found) return std::uint64_t{0};
  if (value.size() != 8) return fail(Code::corrupt, "The count of a table's rows cannot be read.");
  return load_le<std::uint64_t>(value.data());
}

}  // namespace octavo::txn
