#pragma once

#include <algorithm>
#include <vector>

#include "exec/context.h"

namespace octavo::exec {

// What `make_room` would take now.
template <class Entry>
std::size_t room_to_make(const std::vector<Entry>& entries, std::size_t count = 1) {
  constexpr std::size_t kFirstRoom = 64;
  const std::size_t wanted = entries.size() + count;
  if (wanted <= entries.capacity()) return 0;
  return std::max({kFirstRoom, 2 * entries.capacity(), wanted}) * sizeof(Entry);
}

// Makes room for so many entries more. What the entries take is charged before it is allocated, at
// least twice as many each time.
template <class Entry>
Status make_room(std::vector<Entry>& entries, MemoryCharge& held, std::size_t count = 1) {
  const std::size_t bytes = room_to_make(entries, count);
  if (bytes == 0) return {};
  const std::size_t capacity = entries.capacity();
  TRY_STATUS(held.add(bytes));
  entries.reserve(bytes / sizeof(Entry));
  held.remove(capacity * sizeof(Entry));
  return {};
}

}  // namespace octavo::exec
