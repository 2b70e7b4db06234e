#include "index/maintainer.h"

#include <algorithm>

namespace octavo::index {
namespace {

template <class Keys>
std::vector<Bytes> entries_of(const Index& index, const Keys& keys, BytesView primary_key) {
  const Bytes prefix = txn::id_prefix(raw(index.definition().id));
  std::vector<Bytes> entries;
  entries.reserve(keys.size());
  for (const BytesView key : keys) {
    Bytes& entry = entries.emplace_back();
    entry.reserve(prefix.size() + key.size() + primary_key.size());
    entry.append(prefix).append(key).append(primary_key);
  }
  number_repeats(entries);
  return entries;
}

}  // namespace

std::vector<Bytes> index_entries(const Index& index, BytesView document, BytesView primary_key,
                                 std::int64_t& steps) {
  std::vector<Bytes> keys;
  steps += index.keys_of(document, keys);
  return entries_of(index, keys, primary_key);
}

std::int64_t add_entry_changes(const IndexSet& indexes, const txn::RowChange& change,
                               kv::WriteBatch& batch, std::span<const KnownKeys> known) {
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
    const auto found = std::ranges::find(known, index->definition().id, &KnownKeys::index);
    if (change.after && found != known.end()) {
      after = entries_of(*index, found->keys, change.key);
    } else if (change.after) {
      after = index_entries(*index, *change.after, change.key, steps);
    }
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
