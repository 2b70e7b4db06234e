#include "index/maintainer.h"

#include <algorithm>

#include "value/document.h"

namespace octavo::index {
namespace {

std::vector<Bytes> keys_of(const Index& index, const std::optional<value::Value>& document) {
  std::vector<Bytes> keys;
  if (document) index.keys_of(*document, keys);
  std::ranges::sort(keys);
  return keys;
}

// A document that does not decode was never indexed.
std::optional<value::Value> decoded(const std::optional<BytesView>& document) {
  if (!document) return std::nullopt;
  auto decoded = value::decode_document(*document);
  if (!decoded) return std::nullopt;
  return *std::move(decoded);
}

}  // namespace

Bytes index_entry(IndexId index, BytesView entry_key, BytesView primary_key) {
  Bytes out = txn::id_prefix(raw(index));
  out.append(entry_key);
  out.append(primary_key);
  return out;
}

void Maintainer::on_change(const txn::RowChange& change, Lsn, kv::WriteBatch& batch) {
  const auto definitions = current_();
  const auto* table = definitions->find_table(change.table);
  if (table == nullptr || table->indexes.empty()) return;
  const auto set = sets_.of(definitions->share_table(change.table));
  const auto before = decoded(change.before);
  const auto after = decoded(change.after);
  for (const auto& index : set->indexes) {
    const auto old_keys = keys_of(*index, before);
    const auto new_keys = keys_of(*index, after);
    const IndexId id = index->definition().id;
    for (const Bytes& key : old_keys) {
      if (!std::ranges::binary_search(new_keys, key)) {
        batch.erase(kv::Family::index, index_entry(id, key, change.key));
      }
    }
    for (const Bytes& key : new_keys) {
      if (!std::ranges::binary_search(old_keys, key)) {
        batch.put(kv::Family::index, index_entry(id, key, change.key), {});
      }
    }
  }
}

}  // namespace octavo::index
