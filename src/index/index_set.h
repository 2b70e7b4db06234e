#pragma once

#include <atomic>
#include <memory>
#include <unordered_map>
#include <vector>

#include "base/mutex.h"
#include "index/index.h"

namespace octavo::index {

// Steps for the entries of one row that a thread which serves clients does not take: some 100 us.
inline constexpr std::int64_t kLongSteps = 3'000;

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

  // Whether the entries of some row took long, which is what to expect of the next. Any thread.
  bool takes_long() const { return takes_long_.load(std::memory_order_relaxed); }
  void note_steps(std::int64_t of_a_row) const {
    if (of_a_row > kLongSteps) takes_long_.store(true, std::memory_order_relaxed);
  }

 private:
  mutable std::atomic<bool> takes_long_{false};
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
