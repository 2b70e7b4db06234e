#include "exec/integer_keys.h"

#include <bit>
#include <utility>

namespace octavo::exec {

Status IntegerKeys::add(std::optional<std::int64_t> key) {
  if (rows_.size() == kNoKey) {
    return fail(Code::resource_exhausted, "A join cannot hold more rows than these.");
  }
  TRY_STATUS(make_room(rows_, held_));
  rows_.push_back({.key = key.value_or(0), .next = key ? kNone : kNoKey});
  return {};
}

Status IntegerKeys::finish() {
  const std::size_t count = std::bit_ceil(2 * rows_.size() + 2);
  TRY_STATUS(held_.add(count * sizeof(Slot)));
  slots_.assign(count, {});
  shift_ = static_cast<unsigned>(64 - std::countr_zero(count));
  // From the last one to the first, so that chains begin with the first.
  for (std::size_t i = rows_.size(); i-- > 0;) {
    Row& row = rows_[i];
    if (row.next == kNoKey) continue;
    std::size_t at = place_of(row.key);
    while (slots_[at].first != kNone && slots_[at].key != row.key) at = (at + 1) & (count - 1);
    slots_[at].key = row.key;
    row.next = std::exchange(slots_[at].first, static_cast<Place>(i));
  }
  return {};
}

}  // namespace octavo::exec
