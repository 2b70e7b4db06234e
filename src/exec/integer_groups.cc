#include "exec/integer_groups.h"

#include <algorithm>
#include <bit>
#include <utility>

namespace octavo::exec {

bool IntegerGroups::add(std::int64_t key, Number group) {
  if (2 * (taken_ + 1) > slots_.size() && !grow()) return false;
  ++taken_;
  place({.key = key, .group = group});
  return true;
}

bool IntegerGroups::grow() {
  constexpr std::size_t kFirstSlots = 64;
  const std::size_t count = std::max(kFirstSlots, 2 * slots_.size());
  if (!memory_.add(count * sizeof(Slot))) return false;
  const std::vector<Slot> before = std::exchange(slots_, std::vector<Slot>(count));
  shift_ = static_cast<unsigned>(64 - std::countr_zero(count));
  for (const Slot& slot : before) {
    if (slot.group != kNone) place(slot);
  }
  memory_.remove(before.size() * sizeof(Slot));
  return true;
}

void IntegerGroups::place(const Slot& slot) {
  const std::size_t mask = slots_.size() - 1;
  std::size_t at = place_of(slot.key);
  while (slots_[at].group != kNone) at = (at + 1) & mask;
  slots_[at] = slot;
}

}  // namespace octavo::exec
