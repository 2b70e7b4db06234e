#include "index/maintainer.h"

#include <algorithm>

namespace octavo::index {

std::vector<Bytes> index_entries(const Index& index, BytesView document, BytesView primary_key,
                                 std::int64_t& steps) {
  std::vector<Bytes> entries;
  steps += index.keys_of(document, entries);
  const Bytes prefix = txn::id_prefix(raw(index.definition().id));
  for (Bytes& entry : entries) {
    entry.insert(0, prefix);
    entry.append(primary_key);
  }
  number_repeats(entries);
  return entries;
}

std::int64_t add_entry_changes(const IndexSet& indexes, const txn::RowChange& change,
                               kv::WriteBatch& batch) {
  std::int64_t steps = 0;
  for (const auto& index : indexes.indexes) {
    const bool ready = index->definition().ready;
    if (ready && change.before && change.after &&
        index->sees_no_difference(*change.before, *change.after)) {
      continue;
    }
    std::vector<Bytes> before;
    std::vector<Bytes> after;
    if (change.before) before = index_entries(*index, *change.before, change.key, steps);
    if (change.after) after = index_entries(*index, *change.after, change.key, steps);
    for (const Bytes& entry : before) {
      if (!std::ranges::binary_search(after, entry)) batch.erase(kv::Family::index, entry);
    }
    for (const Bytes& entry : after) {
      if (!ready || !std::ranges::binary_search(before, entry)) {
        batch.put(kv::Family::index, entry, {});
      }
    }
  }
  return steps;
}

void Maintainer::on_change(const txn::RowChange& change, Lsn, kv::WriteBatch& batch) {
  const auto definitions = current_();
  const auto* table = definitions->find_table(change.table);
  if (table == nullptr || table->indexes.empty()) return;
  add_entry_changes(*sets_.of(definitions->share_table(change.table)), change, batch);
}

bool Maintainer::use_prepared(const txn::PreparedRows& prepared, kv::WriteBatch& batch) {
  const auto& changes = static_cast<const EntryChanges&>(prepared);
  const auto definitions = current_();
  const auto in_force = [&](const TablePtr& table) {
    return definitions->find_table(table->id) == table.get();
  };
  if (!std::ranges::all_of(changes.tables(), in_force)) return false;
  batch.append(changes.changes());
  return true;
}

}  // namespace octavo::index
