#include "exec/integer_keys.h"

#include <algorithm>
#include <bit>
#include <utility>

namespace octavo::exec {

Status IntegerKeys::add(std::optional<std::int64_t> key) {
  if (rows_.size() == kNoKey) {
    return fail(Code::resource_exhausted, "A join cannot hold more rows than these.");
  }
  TRY_STATUS(make_room(rows_, held_));
  rows_.push_back({.key = key.value_or(0), .next = key ? kNone : kNoKey});
  if (!key) return {};
  ++keys_;
  least_ = std::min(least_, *key);
  greatest_ = std::max(greatest_, *key);
  return {};
}

Status IntegerKeys::finish() { return are_close() ? chain_by_distance() : chain_by_hash(); }

bool IntegerKeys::are_close() const {
  return keys_ > 0 && distance(greatest_) < kNumbersOfRow * keys_;
}

// From the last one to the first, so that chains begin with the first.
Status IntegerKeys::chain_by_distance() {
  const std::size_t count = distance(greatest_) + 1;
  TRY_STATUS(held_.add(count * sizeof(Place)));
  firsts_.assign(count, kNone);
  for (std::size_t i = rows_.size(); i-- > 0;) {
    if (rows_[i].next != kNoKey) chain(static_cast<Place>(i), firsts_[distance(rows_[i].key)]);
  }
  return {};
}

// Likewise.
Status IntegerKeys::chain_by_hash() {
  const std::size_t count = std::bit_ceil(2 * keys_ + 2);
  TRY_STATUS(held_.add(count * sizeof(Slot)));
  slots_.assign(count, {});
  shift_ = static_cast<unsigned>(64 - std::countr_zero(count));
  for (std::size_t i = rows_.size(); i-- > 0;) {
    const Row& row = rows_[i];
    if (row.next == kNoKey) continue;
    std::size_t at = place_of(row.key);
    while (slots_[at].first != kNone && slots_[at].key != row.key) at = (at + 1) & (count - 1);
    slots_[at].key = row.key;
    chain(static_cast<Place>(i), slots_[at].first);
  }
  return {};
}

void IntegerKeys::chain(Place place, Place& first) {
  is_unique_ = is_unique_ && first == kNone;
  rows_[place].next = std::exchange(first, place);
}

}  // namespace octavo::exec
