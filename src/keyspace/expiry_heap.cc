#include "keyspace/expiry_heap.h"

#include <algorithm>

namespace octavo::keyspace {

void ExpiryHeap::update(KeyEntry* entry) {
  if (entry->heap_position == 0) {
    entries_.push_back(entry);
    entry->heap_position = static_cast<std::uint32_t>(entries_.size());
  }
  sift(entry->heap_position - 1);
}

void ExpiryHeap::remove(KeyEntry* entry) {
  if (entry->heap_position == 0) return;
  const std::size_t hole = entry->heap_position - 1;
  entry->heap_position = 0;
  KeyEntry* last = entries_.back();
  entries_.pop_back();
  if (last == entry) return;
  put(hole, last);
  sift(hole);
}

void ExpiryHeap::sift(std::size_t i) {
  KeyEntry* entry = entries_[i];
  while (i > 0) {
    const std::size_t parent = (i - 1) / kWays;
    if (entries_[parent]->expire_at_ms <= entry->expire_at_ms) break;
    put(i, entries_[parent]);
    i = parent;
  }
  for (;;) {
    const std::size_t first = i * kWays + 1;
    if (first >= entries_.size()) break;
    const std::size_t end = std::min(first + kWays, entries_.size());
    std::size_t least = first;
    for (std::size_t child = first + 1; child < end; ++child) {
      if (entries_[child]->expire_at_ms < entries_[least]->expire_at_ms) least = child;
    }
    if (entries_[least]->expire_at_ms >= entry->expire_at_ms) break;
    put(i, entries_[least]);
    i = least;
  }
  put(i, entry);
}

}  // namespace octavo::keyspace
