#pragma once

#include <memory>
#include <unordered_map>
#include <vector>

#include "base/mutex.h"
#include "index/index.h"

namespace octavo::index {

// The opened indexes of one table definition.
struct IndexSet {
  std::vector<std::shared_ptr<const Index>> indexes;

  // Null when the table has no such index.
  std::shared_ptr<const Index> share(IndexId id) const {
    for (const auto& index : indexes) {
      if (index->definition().id == id) return index;
    }
    return nullptr;
  }
  const Index* find(IndexId id) const {
    for (const auto& index : indexes) {
      if (index->definition().id == id) return index.get();
    }
    return nullptr;
  }
};

// Opened once per definition and shared by readers and the sequencer. Thread-safe. An index
// that does not open (its stored function is of a newer version) is left out: it answers
// no query and holds no entries.
class IndexSets {
 public:
  std::shared_ptr<const IndexSet> of(
      const std::shared_ptr<const catalog::TableDefinition>& definition);

 private:
  struct Entry {
    std::weak_ptr<const catalog::TableDefinition> made_from;
    std::shared_ptr<const IndexSet> set;
  };
  Mutex mutex_;
  std::unordered_map<std::uint64_t, Entry> entries_ OCTAVO_GUARDED_BY(mutex_);
};

}  // namespace octavo::index
