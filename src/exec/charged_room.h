#pragma once

#include <algorithm>
#include <vector>

#include "exec/context.h"

namespace octavo::exec {

// What `make_room` would take now.
template <class Entry>
std::size_t room_to_make(const std::vector<Entry>& entries) {
  constexpr std::size_t kFirstRoom = 64;
  if (entries.size() < entries.capacity()) return 0;
  return std::max(kFirstRoom, 2 * entries.capacity()) * sizeof(Entry);
}

// Makes room for one entry more. What the entries take is charged before it is allocated, twice as
// many each time.
template <class Entry>
Status make_room(std::vector<Entry>& entries, MemoryCharge& held) {
  const std::size_t bytes = room_to_make(entries);
  if (bytes == 0) return {};
  const std::size_t capacity = entries.capacity();
  TRY_STATUS(held.add(bytes));
  entries.reserve(bytes / sizeof(Entry));
  held.remove(capacity * sizeof(Entry));
  return {};
}

}  // namespace octavo::exec
