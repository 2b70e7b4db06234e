#include "index/maintainer.h"

#include <algorithm>

#include "value/document.h"

namespace octavo::index {
namespace {

// A document that does not decode was never indexed.
std::optional<value::Value> decoded(const std::optional<BytesView>& document) {
  if (!document) return std::nullopt;
  auto decoded = value::decode_document(*document);
  if (!decoded) return std::nullopt;
  return *std::move(decoded);
}

}  // namespace

std::vector<Bytes> index_entries(const Index& index, const value::Value& document,
                                 BytesView primary_key) {
  std::vector<Bytes> entries;
  index.keys_of(document, entries);
  const Bytes prefix = txn::id_prefix(raw(index.definition().id));
  for (Bytes& entry : entries) {
    entry.insert(0, prefix);
    entry.append(primary_key);
  }
  number_repeats(entries);
  return entries;
}

void Maintainer::on_change(const txn::RowChange& change, Lsn, kv::WriteBatch& batch) {
  const auto definitions = current_();
  const auto* table = definitions->find_table(change.table);
  if (table == nullptr || table->indexes.empty()) return;
  const auto set = sets_.of(definitions->share_table(change.table));
  const auto before = decoded(change.before);
  const auto after = decoded(change.after);
  for (const auto& index : set->indexes) {
    const std::vector<Bytes> none;
    const auto old_entries = before ? index_entries(*index, *before, change.key) : none;
    const auto new_entries = after ? index_entries(*index, *after, change.key) : none;
    for (const Bytes& entry : old_entries) {
      if (!std::ranges::binary_search(new_entries, entry)) {
        batch.erase(kv::Family::index, entry);
      }
    }
    for (const Bytes& entry : new_entries) {
      if (!std::ranges::binary_search(old_entries, entry)) {
        batch.put(kv::Family::index, entry, {});
      }
    }
  }
}

}  // namespace octavo::index
