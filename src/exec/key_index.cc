#include "exec/key_index.h"

#include <algorithm>

#include "base/checksum.h"
#include "exec/charged_room.h"

namespace octavo::exec {

std::uint64_t KeyIndex::hash_of(BytesView key) { return hash64(key); }

std::uint64_t KeyIndex::begin_find(BytesView key) const {
  const std::uint64_t hash = hash_of(key);
  if (!slots_.empty()) __builtin_prefetch(&slots_[hash & (slots_.size() - 1)]);
  return hash;
}

std::optional<KeyIndex::Number> KeyIndex::find(BytesView key, std::uint64_t hash) const {
  if (slots_.empty()) return std::nullopt;
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t at = hash & mask; slots_[at].number != kNone; at = (at + 1) & mask) {
    const Slot& slot = slots_[at];
    if (slot.tag != tag_of(hash)) continue;
    const Entry& entry = entries_[slot.number];
    if (entry.hash == hash && pages_.at(entry.key).key == key) return slot.number;
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
  entries_.push_back({.hash = hash_of(key), .key = stored});
  place(size() - 1);
  return size() - 1;
}

Status KeyIndex::grow() {
  constexpr std::size_t kFirstSlots = 64;
  const std::size_t slots = std::max(kFirstSlots, 2 * slots_.size());
  TRY_STATUS(held_.add(slots * sizeof(Slot)));
  const std::size_t before = slots_.size();
  std::vector<Slot>(slots).swap(slots_);
  held_.remove(before * sizeof(Slot));
  for (Number number = 0; number < size(); ++number) place(number);
  return {};
}

void KeyIndex::place(Number number) {
  const std::uint64_t hash = entries_[number].hash;
  const std::size_t mask = slots_.size() - 1;
  std::size_t at = hash & mask;
  while (slots_[at].number != kNone) at = (at + 1) & mask;
  slots_[at] = {.tag = tag_of(hash), .number = number};
}

}  // namespace octavo::exec
