#pragma once

// Entries with a time to live, the next to expire first: a four-way heap of entries that know their
// place in it, so that changing or dropping an expiry needs no search.
//
// `Entry` has `std::int64_t expire_at_ms() const` and `std::uint32_t& heap_position()`, which is
// from 1 on, and 0 while the entry is not in the heap.

#include <algorithm>
#include <cstdint>
#include <vector>

#include "keyspace/type/memory.h"

namespace octavo::keyspace {

constexpr std::int64_t kNoExpiry = -1;  // in the place of a moment in milliseconds since 1970

template <class Entry>
class ExpiryHeap {
 public:
  std::size_t size() const { return entries_.size(); }
  bool empty() const { return entries_.empty(); }
  const Entry* top() const { return entries_.front(); }
  const Entry* at(std::size_t i) const { return entries_[i]; }

  // Puts the entry where its end belongs, whether it is in the heap or not.
  void update(Entry* entry) {
    if (entry->heap_position() == 0) {
      entries_.push_back(entry);
      entry->heap_position() = static_cast<std::uint32_t>(entries_.size());
    }
    sift(entry->heap_position() - 1);
  }
  void remove(Entry* entry) {
    if (entry->heap_position() == 0) return;
    const std::size_t hole = entry->heap_position() - 1;
    entry->heap_position() = 0;
    Entry* last = entries_.back();
    entries_.pop_back();
    if (last == entry) return;
    put(hole, last);
    sift(hole);
  }

  // Visits every entry that expires at or before `now_ms`, in no order, while `visit` is true.
  template <class Visit>
  void visit_due(std::int64_t now_ms, Visit&& visit) const {
    // A branch whose root is not due has nothing due below it.
    std::vector<std::size_t> open{0};
    while (!open.empty()) {
      const std::size_t i = open.back();
      open.pop_back();
      if (i >= entries_.size() || entries_[i]->expire_at_ms() > now_ms) continue;
      if (!visit(entries_[i])) return;
      for (std::size_t child = i * kWays + 1; child <= i * kWays + kWays; ++child) {
        open.push_back(child);
      }
    }
  }

 private:
  static constexpr std::size_t kWays = 4;

  void put(std::size_t i, Entry* entry) {
    entries_[i] = entry;
    entry->heap_position() = static_cast<std::uint32_t>(i + 1);
  }

  void sift(std::size_t i) {
    Entry* entry = entries_[i];
    while (i > 0) {
      const std::size_t parent = (i - 1) / kWays;
      if (entries_[parent]->expire_at_ms() <= entry->expire_at_ms()) break;
      put(i, entries_[parent]);
      i = parent;
    }
    for (;;) {
      const std::size_t first = i * kWays + 1;
      if (first >= entries_.size()) break;
      const std::size_t end = std::min(first + kWays, entries_.size());
      std::size_t least = first;
      for (std::size_t child = first + 1; child < end; ++child) {
        if (entries_[child]->expire_at_ms() < entries_[least]->expire_at_ms()) least = child;
      }
      if (entries_[least]->expire_at_ms() >= entry->expire_at_ms()) break;
      put(i, entries_[least]);
      i = least;
    }
    put(i, entry);
  }

  std::vector<Entry*, CountingAllocator<Entry*>> entries_;
};

}  // namespace octavo::keyspace
