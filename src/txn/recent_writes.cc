#include "txn/recent_writes.h"

#include <algorithm>
#include <utility>

#include "base/assert.h"

namespace octavo::txn {

namespace {
constexpr std::size_t kFirstEntries = 256;

// 0 marks a free entry.
KeyHash never_zero(KeyHash key) { return key == 0 ? 1 : key; }
}  // namespace

RecentWrites::RecentWrites(std::size_t capacity, Lsn after)
    : capacity_(std::max<std::size_t>(capacity, 1)),
      partition_(after.partition()),
      last_(after.order()) {
  young_.after = old_.after = last_;
}

LsnOrder RecentWrites::order_of(const Lsn& lsn) const {
  ASSERT(lsn.partition() == partition_);
  return lsn.order();
}

bool RecentWrites::begin_record() {
  if (young_.stamps < capacity_) return false;
  old_ = std::exchange(young_, Generation{});
  young_.after = last_;
  return true;
}

void RecentWrites::stamp(KeyHash key, Lsn lsn) {
  const LsnOrder at = order_of(lsn);
  ASSERT(at >= last_);
  last_ = at;
  ++young_.stamps;
  if ((young_.used + 1) * 4 > young_.entries.size() * 3) grow(young_);
  Entry& entry = place(young_, never_zero(key));
  if (entry.key == 0) ++young_.used;
  entry = {never_zero(key), at};
}

bool RecentWrites::written_after(KeyHash key, Lsn snapshot) const {
  key = never_zero(key);
  const LsnOrder since = order_of(snapshot);
  return find(young_, key) > since || find(old_, key) > since;
}

// The entry of `key`, or the free one where it belongs. Keys are hashes already.
RecentWrites::Entry& RecentWrites::place(Generation& generation, KeyHash key) {
  const std::size_t mask = generation.entries.size() - 1;
  std::size_t at = key & mask;
  while (generation.entries[at].key != 0 && generation.entries[at].key != key) at = (at + 1) & mask;
  return generation.entries[at];
}

LsnOrder RecentWrites::find(const Generation& generation, KeyHash key) {
  if (generation.entries.empty()) return {};
  const std::size_t mask = generation.entries.size() - 1;
  for (std::size_t at = key & mask;; at = (at + 1) & mask) {
    const Entry& entry = generation.entries[at];
    if (entry.key == key) return entry.at;
    if (entry.key == 0) return {};
  }
}

void RecentWrites::grow(Generation& generation) {
  std::vector<Entry> old = std::move(generation.entries);
  generation.entries.assign(std::max(kFirstEntries, old.size() * 2), Entry{});
  for (const Entry& entry : old) {
    if (entry.key != 0) place(generation, entry.key) = entry;
  }
}

}  // namespace octavo::txn
