#include "index/index_set.h"

#include "base/logging.h"
#include "index/registry.h"

namespace octavo::index {

std::shared_ptr<const IndexSet> IndexSets::of(
    const std::shared_ptr<const catalog::TableDefinition>& definition) {
  const MutexLock lock(mutex_);
  Entry& entry = entries_[raw(definition->id)];
  if (entry.set != nullptr && entry.made_from.lock() == definition) return entry.set;
  const value::Account::Use nobody(nullptr);  // kept for everyone
  auto set = std::make_shared<IndexSet>();
  for (const auto& index : definition->indexes) {
    auto opened = open_index(index);
    if (opened) {
      set->indexes.push_back(*std::move(opened));
    } else {
      log_error(
          "index cannot be opened",
          {{"table", definition->name}, {"index", index.name}, {"reason", opened.error().what}});
    }
  }
  entry = Entry{definition, std::move(set)};
  return entry.set;
}

}  // namespace octavo::index
