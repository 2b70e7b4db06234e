#include "exec/join_table.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "base/checksum.h"

namespace octavo::exec {
namespace {

// Between looks at whether the query is to end: about 0.1 ms.
constexpr std::size_t kRowsAtOnce = 4096;

}  // namespace

Status JoinTable::add(value::Value row, std::optional<BytesView> key) {
  if (entries_.size() == kNone) {
    return fail(Code::resource_exhausted, "A join cannot hold more rows than these.");
  }
  TRY_STATUS(make_room(entries_, held_));
  row_bytes_ += row.memory_bytes();
  Entry& entry = entries_.emplace_back();
  entry.row = std::move(row);
  if (!key) return {};
  entry.hash = hash64(*key);
  TRY(entry.key, pages_.add(*key, {}));
  return {};
}

Status JoinTable::finish() {
  const std::size_t count = std::bit_ceil(entries_.size() + 1);
  if (count > buckets_.size()) TRY_STATUS(held_.add((count - buckets_.size()) * sizeof(Place)));
  buckets_.assign(count, kNone);
  without_key_ = kNone;
  // From the last one to the first, so that chains begin with the first.
  for (std::size_t i = entries_.size(); i-- > 0;) {
    if (i % kRowsAtOnce == 0) TRY_STATUS(query_->check());
    Entry& entry = entries_[i];
    Place& first = entry.key == kNoKey ? without_key_ : buckets_[entry.hash & (count - 1)];
    entry.next = std::exchange(first, static_cast<Place>(i));
  }
  return {};
}

std::uint64_t JoinTable::hash_of(BytesView key) { return hash64(key); }

std::uint64_t JoinTable::begin_find(BytesView key) const {
  const std::uint64_t hash = hash_of(key);
  __builtin_prefetch(&buckets_[hash & (buckets_.size() - 1)]);
  return hash;
}

JoinTable::Place JoinTable::find(BytesView key, std::uint64_t hash) const {
  return first_of(buckets_[hash & (buckets_.size() - 1)], hash, key);
}

JoinTable::Place JoinTable::next(Place place, BytesView key) const {
  const Entry& entry = entries_[place];
  return first_of(entry.next, entry.hash, key);
}

JoinTable::Place JoinTable::first_of(Place place, std::uint64_t hash, BytesView key) const {
  for (; place != kNone; place = entries_[place].next) {
    const Entry& entry = entries_[place];
    if (entry.hash == hash && pages_.at(entry.key).key == key) return place;
  }
  return kNone;
}

}  // namespace octavo::exec
