#include "layout/row/row_finder.h"

#include <fmt/format.h>

#include "index/table_reader.h"
#include "index/unique.h"
#include "value/document.h"
#include "value/key.h"

namespace octavo::layout {

using value::Value;

std::optional<std::vector<Value>> values_of(const catalog::TableDefinition& table,
                                            std::span<const ColumnId> columns, const Value& row) {
  std::vector<Value> out;
  out.reserve(columns.size());
  for (const ColumnId id : columns) {
    const catalog::ColumnDefinition* column = table.find_column(id);
    const Value* value = column == nullptr ? nullptr : row.find(column->name);
    if (value == nullptr || value->is_null()) return std::nullopt;
    out.push_back(*value);
  }
  return out;
}

Result<RowFinder> RowFinder::make(const catalog::TableDefinition& table,
                                  const index::IndexSet* indexes,
                                  std::span<const ColumnId> columns) {
  const auto key = catalog::key_over(table, columns);
  if (!key) return fail(Code::internal, "Rows are looked for by columns that have no key.");
  if (key->index == nullptr) return RowFinder(table, nullptr, columns);
  const index::Index* index = indexes == nullptr ? nullptr : indexes->find(key->index->id);
  if (index == nullptr || !key->index->ready) {
    return fail(Code::unavailable,
                fmt::format("The index `{}` of table `{}`, which a foreign key needs, is being "
                            "built.",
                            key->index->name, table.name));
  }
  return RowFinder(table, index, columns);
}

// The index makes of a row that has nothing else what it makes of those that are looked for.
std::optional<Bytes> RowFinder::key_of(std::span<const Value> values) const {
  if (index_ == nullptr) {
    if (values.size() == 1) return value::encoded_key(values.front());
    return value::encoded_key(Value::array({values.begin(), values.end()}));
  }
  value::ObjectBuilder row;
  for (std::size_t i = 0; i < values.size(); ++i) {
    row.set(table_->find_column(columns_[i])->name, values[i]);
  }
  std::vector<Bytes> keys;
  index_->keys_of(std::move(row).build(), keys);
  return keys.empty() ? std::nullopt : std::optional(std::move(keys.front()));
}

txn::KeyHash RowFinder::hash_of(BytesView key) const {
  return index_ == nullptr ? txn::row_hash(table_->id, key)
                           : index::unique_hash(index_->definition().id, key);
}

Result<std::vector<Bytes>> RowFinder::find(const kv::View& view, BytesView key, std::size_t most,
                                           exec::QueryContext& query, BytesView from) const {
  std::vector<Bytes> out;
  if (index_ == nullptr) {
    if (from > key) return out;
    Bytes stored;
    TRY(const bool there, view.get(kv::Family::rows, txn::row_key(table_->id, key), stored));
    if (there) out.emplace_back(key);
    return out;
  }
  Bytes prefix = txn::index_begin(index_->definition().id).append(key);
  // No key is a prefix of another, and no primary key begins with this byte.
  Bytes upper = prefix;
  upper.push_back('\xff');
  const auto cursor = view.cursor(kv::Family::index, {.lower = prefix, .upper = upper});
  for (cursor->seek(Bytes(prefix).append(from)); cursor->valid() && out.size() < most;
       cursor->next()) {
    TRY_STATUS(query.check());
    const BytesView primary_key = cursor->key().substr(prefix.size());
    if (index::is_outdated(view, table_->id, cursor->key(), primary_key)) continue;
    out.emplace_back(primary_key);
  }
  TRY_STATUS(cursor->status());
  return out;
}

}  // namespace octavo::layout
