#pragma once

// How a row takes keys in the unique indexes of its table, whoever writes it.

#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "exec/context.h"
#include "index/index_set.h"
#include "txn/lock_table.h"
#include "txn/sequencer.h"

namespace octavo::layout {

struct UniqueKey {
  IndexId index{};
  Bytes entry;  // without the index's id
  Lsn read_at;  // where it was free, or later
};

// Those of a table, which has no `building_unique_index`.
Result<std::vector<const index::Index*>> unique_indexes(const catalog::TableDefinition& table,
                                                        const index::IndexSet& indexes);
// One that does not know all keys yet; null: there is none.
const catalog::IndexDefinition* building_unique_index(const catalog::TableDefinition& table);

struct KeyLocking {
  txn::Sequencer& sequencer;
  txn::LockTable& locks;
  txn::LockOwner& owner;
  exec::QueryContext& query;
};

// Who has a key, as the writer sees it, other than the row that takes it.
using HolderOf = std::function<Result<std::optional<Bytes>>(const UniqueKey& key)>;

struct GainedKeys {
  std::vector<UniqueKey> keys;
  std::int64_t steps = 0;  // of work that finding them took
  // One that another row has and keeps: the row gets none of them.
  struct Held {
    const index::Index* index = nullptr;
    Bytes entry;
    Bytes holder;  // encoded primary key
  };
  std::optional<Held> held;
};

// Locks the keys that a row of the table gains, exclusively, and then looks who has them: who is
// about to take or to let go of one is waited for. The row that keeps one stays locked, as the
// answer depends on it. Unset `before`: the row is new.
Result<GainedKeys> lock_gained_keys(const KeyLocking& locking, TableId table,
                                    std::span<const index::Index* const> unique,
                                    std::optional<BytesView> before, BytesView after,
                                    const HolderOf& holder_of);

}  // namespace octavo::layout
