#include "protocol/mongodb/transfer/reconcile.h"

#include <utility>

#include "dialect/mongodb/type/type.h"

namespace octavo::mongodb::transfer {

Result<std::set<CollectionName>> Reconciler::differing() const {
  TRY(const std::vector<SourceCollection> all, list_collections(parts_.source, taken_));
  std::set<CollectionName> out;
  std::set<CollectionName> same;
  for (const SourceCollection& there : all) {
    if (there.kind != CollectionKind::collection) continue;
    const CollectionEntry* const entry = parts_.ledger.find(there.name);
    const bool is_ours = entry != nullptr && !entry->torn && equal(entry->uuid, there.uuid);
    const bool is_skipped = entry != nullptr && entry->skipped;
    (is_ours || is_skipped ? same : out).insert(there.name);
  }
  for (const auto& [name, entry] : parts_.ledger.collections()) {
    const bool is_copied = entry.kind == CollectionKind::collection && !entry.skipped;
    if (is_copied && !same.contains(name)) out.insert(name);
  }
  return out;
}

Status Reconciler::look() {
  TRY(std::set<CollectionName> now, differing());
  std::set<CollectionName> once;
  for (const CollectionName& name : now) {
    if (suspects_.contains(name)) {
      TRY_STATUS(copy_anew(parts_, name));
    } else {
      once.insert(name);
    }
  }
  // What was copied anew is looked at again.
  looked_ = once.size() == now.size();
  suspects_ = std::move(once);
  return {};
}

}  // namespace octavo::mongodb::transfer
