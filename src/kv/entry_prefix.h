#pragma once

// For kv's own sources: what entries of an index with one key have in common. Keys of the family
// `index` are the index's id, the key, and the row's primary key (txn/row_key.h); keys delimit
// themselves (docs/formats/key.md).

#include <memory>

#include "base/bytes.h"

namespace rocksdb {
class SliceTransform;
}

namespace octavo::kv {

// Id and key of an entry, or of what begins like one; empty: they are not whole.
BytesView entry_prefix(BytesView entry);

// Whether all that lies between the two bounds begins with the lower one, which is such a prefix.
// Of these filters know where none are.
bool is_of_one_entry_key(BytesView lower, BytesView upper);

// The same for RocksDB, which keeps its name in table files: a change of what it says needs another
// name, and then filters of older files are not asked.
std::shared_ptr<const rocksdb::SliceTransform> entry_prefix_transform();

}  // namespace octavo::kv
