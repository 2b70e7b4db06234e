#include "exec/key_index.h"

#include <algorithm>

#include "base/checksum.h"
#include "exec/charged_room.h"

namespace octavo::exec {

std::optional<KeyIndex::Number> KeyIndex::find(BytesView key) const {
  if (slots_.empty()) return std::nullopt;
  const std::uint64_t hash = hash64(key);
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t slot = hash & mask; slots_[slot] != kNone; slot = (slot + 1) & mask) {
    const Entry& entry = entries_[slots_[slot]];
    if (entry.hash == hash && pages_.at(entry.key).key == key) return slots_[slot];
  }
  return std::nullopt;
}

Result<KeyIndex::Number> KeyIndex::add(BytesView key) {
  if (entries_.size() == kNone) {
    return fail(Code::resource_exhausted, "There are more different keys than can be counted.");
  }
  if (2 * (entries_.size() + 1) > slots_.size()) TRY_STATUS(grow());
  TRY_STATUS(make_room(entries_, held_));
  TRY(const RowPages::Place stored, pages_.add(key, {}));
  entries_.push_back({.hash = hash64(key), .key = stored});
  place(size() - 1);
  return size() - 1;
}

Status KeyIndex::grow() {
  constexpr std::size_t kFirstSlots = 64;
  const std::size_t slots = std::max(kFirstSlots, 2 * slots_.size());
  TRY_STATUS(held_.add(slots * sizeof(Number)));
  const std::size_t before = slots_.size();
  std::vector<Number>(slots, kNone).swap(slots_);
  held_.remove(before * sizeof(Number));
  for (Number number = 0; number < size(); ++number) place(number);
  return {};
}

void KeyIndex::place(Number number) {
  const std::size_t mask = slots_.size() - 1;
  std::size_t slot = entries_[number].hash & mask;
  while (slots_[slot] != kNone) slot = (slot + 1) & mask;
  slots_[slot] = number;
}

}  // namespace octavo::exec
