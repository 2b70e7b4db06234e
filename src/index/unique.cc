#include "index/unique.h"

#include <algorithm>

#include "index/table_reader.h"
#include "value/key.h"

namespace octavo::index {

Result<std::optional<Bytes>> holder_of(const kv::View& view, TableId table, IndexId index,
                                       BytesView entry_key, BytesView but, kv::ReadTier tier) {
  Bytes prefix = txn::index_begin(index);
  prefix.append(entry_key);
  // No key is a prefix of another, so what begins with this one has it; no primary key begins with
  // this byte.
  Bytes upper = prefix;
  upper.push_back('\xff');
  const auto cursor =
      view.cursor(kv::Family::index, {.read = {.tier = tier}, .lower = prefix, .upper = upper});
  for (cursor->seek_to_first(); cursor->valid(); cursor->next()) {
    const BytesView primary_key = cursor->key().substr(prefix.size());
    if (primary_key == but || is_outdated(view, table, cursor->key(), primary_key)) continue;
    return std::optional(Bytes(primary_key));
  }
  TRY_STATUS(cursor->status());
  return std::optional<Bytes>();
}

Result<value::Value> shown_key(const catalog::TableDefinition& table,
                               const catalog::IndexDefinition& index, const value::Value& row,
                               BytesView entry_key) {
  ByteReader reader(entry_key);
  TRY(value::Value key, value::decode_key(reader));
  const std::size_t count = index.parts.size();
  if (count == 0 || (count > 1 && !(key.is_array() && key.as_array().size() == count))) return key;
  std::vector<value::Value> parts;
  for (std::size_t i = 0; i < count; ++i) {
    const auto* column = table.find_column(index.parts[i].column);
    const value::Value* value = column == nullptr ? nullptr : row.find(column->name);
    if (value == nullptr) value = count == 1 ? &key : &key.as_array()[i];
    parts.push_back(*value);
  }
  return count == 1 ? parts.front() : value::Value::array(std::move(parts));
}

std::vector<Bytes> gained_keys(const Index& index, std::optional<BytesView> before, BytesView after,
                               std::int64_t& steps) {
  std::vector<Bytes> gained;
  if (before && index.sees_no_difference(*before, after)) return gained;
  steps += index.keys_of(after, gained);
  if (!before || gained.empty()) return gained;
  std::vector<Bytes> had;
  steps += index.keys_of(*before, had);
  std::erase_if(gained, [&](const Bytes& key) { return std::ranges::find(had, key) != had.end(); });
  return gained;
}

}  // namespace octavo::index
