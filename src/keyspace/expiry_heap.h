#pragma once

// The keys with a time to live, the next to expire first: a four-way heap of entries that know
// their place in it, so that changing or dropping an expiry needs no search.

#include <cstdint>
#include <vector>

#include "keyspace/type/key_entry.h"
#include "keyspace/type/memory.h"

namespace octavo::keyspace {

class ExpiryHeap {
 public:
  std::size_t size() const { return entries_.size(); }
  bool empty() const { return entries_.empty(); }
  const KeyEntry* top() const { return entries_.front(); }
  const KeyEntry* at(std::size_t i) const { return entries_[i]; }

  // Puts the entry where its `expire_at_ms` belongs, whether it is in the heap or not.
  void update(KeyEntry* entry);
  void remove(KeyEntry* entry);

  // Visits every entry that expires at or before `now_ms`, in no order, while `visit` is true.
  template <class Visit>
  void visit_due(std::int64_t now_ms, Visit&& visit) const {
    // A branch whose root is not due has nothing due below it.
    std::vector<std::size_t> open{0};
    while (!open.empty()) {
      const std::size_t i = open.back();
      open.pop_back();
      if (i >= entries_.size() || entries_[i]->expire_at_ms > now_ms) continue;
      if (!visit(entries_[i])) return;
      for (std::size_t child = i * kWays + 1; child <= i * kWays + kWays; ++child) {
        open.push_back(child);
      }
    }
  }

 private:
  static constexpr std::size_t kWays = 4;

  void put(std::size_t i, KeyEntry* entry) {
    entries_[i] = entry;
    entry->heap_position = static_cast<std::uint32_t>(i + 1);
  }
  void sift(std::size_t i);

  std::vector<KeyEntry*, CountingAllocator<KeyEntry*>> entries_;
};

}  // namespace octavo::keyspace
