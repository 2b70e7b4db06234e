#pragma once

// Unique indexes: who has a key already. A look and no lock: whoever writes locks the keys that it
// takes (`unique_hash`) before it looks, and lets the certifier know them, so that of two nodes
// that saw a key free at once one loses the race.

#include <optional>
#include <vector>

#include "index/index_set.h"
#include "kv/view.h"
#include "txn/row_key.h"

namespace octavo::index {

// What the certifier compares for an entry key, given without the index's id.
inline txn::KeyHash unique_hash(IndexId index, BytesView entry_key) {
  return hash64(entry_key, txn::named_hash("entry", raw(index)));
}

// The encoded primary key of a row of the table that has the entry key, other than that of `but`.
Result<std::optional<Bytes>> holder_of(const kv::View& view, TableId table, IndexId index,
                                       BytesView entry_key, BytesView but,
                                       kv::ReadTier tier = kv::ReadTier::any);

// The key of an entry as the columns of the row have it, where it was declared over columns: what
// the index has may be what a collation compares.
Result<value::Value> shown_key(const catalog::TableDefinition& table,
                               const catalog::IndexDefinition& index, const value::Value& row,
                               BytesView entry_key);

// The entry keys that a row gains in a unique index. Unset `before`: it is new, and these are all
// of them. Adds the steps of work to `steps`.
std::vector<Bytes> gained_keys(const Index& index, std::optional<BytesView> before, BytesView after,
                               std::int64_t& steps);

}  // namespace octavo::index
