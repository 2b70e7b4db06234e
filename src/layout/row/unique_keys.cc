#include "layout/row/unique_keys.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "index/unique.h"
#include "layout/row/locking.h"

namespace octavo::layout {
namespace {

Status lock(const KeyLocking& locking, txn::KeyHash key, txn::LockMode mode) {
  return take_lock(locking.locks, locking.owner, key, mode, locking.query);
}

// Who has a key and will have it: a transaction that is under way may be about to let it go.
Result<std::optional<Bytes>> lasting_holder(const KeyLocking& locking, TableId table,
                                            UniqueKey& key, const HolderOf& holder_of) {
  for (std::optional<Bytes> locked;;) {
    key.read_at = locking.sequencer.read_point();
    TRY(auto holder, holder_of(key));
    if (!holder || holder == locked) return holder;
    TRY_STATUS(lock(locking, txn::row_hash(table, *holder), txn::LockMode::shared));
    locked = std::move(holder);
  }
}

}  // namespace

Result<std::vector<const index::Index*>> unique_indexes(const catalog::TableDefinition& table,
                                                        const index::IndexSet& indexes) {
  std::vector<const index::Index*> unique;
  for (const catalog::IndexDefinition& definition : table.indexes) {
    if (!definition.unique) continue;
    const index::Index* const index = indexes.find(definition.id);
    if (index == nullptr) {
      return fail(Code::unsupported,
                  fmt::format("The unique index `{}` of table `{}` cannot be opened.",
                              definition.name, table.name));
    }
    unique.push_back(index);
  }
  return unique;
}

const catalog::IndexDefinition* building_unique_index(const catalog::TableDefinition& table) {
  const auto found = std::ranges::find_if(
      table.indexes, [](const auto& index) { return index.unique && !index.ready; });
  return found == table.indexes.end() ? nullptr : &*found;
}

Result<GainedKeys> lock_gained_keys(const KeyLocking& locking, TableId table,
                                    std::span<const index::Index* const> unique,
                                    std::optional<BytesView> before, BytesView after,
                                    const HolderOf& holder_of) {
  GainedKeys gained;
  for (const index::Index* index : unique) {
    const IndexId id = index->definition().id;
    for (Bytes& entry : index::gained_keys(*index, before, after, gained.steps)) {
      UniqueKey key{id, std::move(entry), {}};
      TRY_STATUS(lock(locking, index::unique_hash(id, key.entry), txn::LockMode::exclusive));
      TRY(auto holder, lasting_holder(locking, table, key, holder_of));
      if (holder) {
        gained.held = GainedKeys::Held{index, std::move(key.entry), *std::move(holder)};
        return gained;
      }
      gained.keys.push_back(std::move(key));
    }
  }
  return gained;
}

}  // namespace octavo::layout
