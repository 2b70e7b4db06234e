#pragma once

#include <algorithm>
#include <vector>

#include "exec/context.h"

namespace octavo::exec {

// Makes room for one entry more. What the entries take is charged before it is allocated, twice as
// many each time.
template <class Entry>
Status make_room(std::vector<Entry>& entries, MemoryCharge& held) {
  constexpr std::size_t kFirstRoom = 64;
  const std::size_t capacity = entries.capacity();
  if (entries.size() < capacity) return {};
  const std::size_t wanted = std::max(kFirstRoom, 2 * capacity);
  TRY_STATUS(held.add(wanted * sizeof(Entry)));
  entries.reserve(wanted);
  held.remove(capacity * sizeof(Entry));
  return {};
}

}  // namespace octavo::exec
