#include "index/unique.h"

#include <algorithm>

namespace octavo::index {

Result<std::optional<Bytes>> holder_of(const kv::Store& store, IndexId index, BytesView entry_key,
                                       BytesView but) {
  Bytes prefix = txn::index_begin(index);
  prefix.append(entry_key);
  // No key is a prefix of another, so what begins with this one has it.
  const auto cursor = store.cursor(kv::Family::index, {.lower = prefix, .upper = {}});
  for (cursor->seek_to_first(); cursor->valid() && cursor->key().starts_with(prefix);
       cursor->next()) {
    const BytesView primary_key = cursor->key().substr(prefix.size());
    if (primary_key != but) return std::optional(Bytes(primary_key));
  }
  TRY_STATUS(cursor->status());
  return std::optional<Bytes>();
}

std::vector<Bytes> gained_keys(const Index& index, std::optional<BytesView> before,
                               BytesView after) {
  std::vector<Bytes> gained;
  if (before && index.sees_no_difference(*before, after)) return gained;
  index.keys_of(after, gained);
  if (!before || gained.empty()) return gained;
  std::vector<Bytes> had;
  index.keys_of(*before, had);
  std::erase_if(gained, [&](const Bytes& key) { return std::ranges::find(had, key) != had.end(); });
  return gained;
}

}  // namespace octavo::index
