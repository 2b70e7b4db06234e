#pragma once

// The rows of one side of a join by keys that are integers: rows with equal keys are chained, in
// the order in which they came. As JoinTable, without bytes. Keys that lie close together, as those
// that count up do, are found by their distance from the least one, others by a hash. What it takes
// is charged to the query before it is allocated. One thread at a time uses it.

#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

#include "exec/charged_room.h"
#include "exec/context.h"

namespace octavo::exec {

class IntegerKeys {
 public:
  using Place = std::uint32_t;  // of a row, in the order in which they came
  static constexpr Place kNone = ~Place{0};

  explicit IntegerKeys(QueryContext& query) : held_(query) {}

  // Adds a row; without a key none finds it. `resource_exhausted` when the query cannot have the
  // memory.
  Status add(std::optional<std::int64_t> key);
  // Once, after the last row.
  Status finish();

  Place rows() const { return static_cast<Place>(rows_.size()); }
  std::optional<std::int64_t> key(Place place) const {
    const Row& row = rows_[place];
    return row.next == kNoKey ? std::nullopt : std::optional(row.key);
  }
  // Whether no two rows have the same key. After `finish`.
  bool is_unique() const { return is_unique_; }
  // What it holds, about, with what it needs to finish, and what a further row needs at once.
  std::size_t bytes() const {
    return rows_.capacity() * sizeof(Row) + kSlotsOfRow * rows_.size() * sizeof(Slot);
  }
  std::size_t room() const { return room_to_make(rows_); }

  // Has the memory of a key on its way for when it will be looked up.
  void prefetch(std::int64_t key) const {
    if (firsts_.empty()) {
      __builtin_prefetch(&slots_[place_of(key)]);
    } else if (distance(key) < firsts_.size()) {
      __builtin_prefetch(&firsts_[distance(key)]);
    }
  }
  // The first row of that key, then the next one of the same key; kNone: there is none.
  Place find(std::int64_t key) const {
    if (!firsts_.empty()) {
      const std::uint64_t at = distance(key);
      return at < firsts_.size() ? firsts_[at] : kNone;
    }
    const std::size_t mask = slots_.size() - 1;
    for (std::size_t at = place_of(key); slots_[at].first != kNone; at = (at + 1) & mask) {
      if (slots_[at].key == key) return slots_[at].first;
    }
    return kNone;
  }
  Place next(Place place) const { return rows_[place].next; }

 private:
  static constexpr Place kNoKey = kNone - 1;
  static constexpr std::size_t kSlotsOfRow = 3;  // two to four, about
  // Keys lie close together where there are at most so many numbers from the least to the greatest
  // for each row. It takes less memory than slots.
  static constexpr std::size_t kNumbersOfRow = 6;
  struct Row {
    std::int64_t key = 0;
    Place next = kNone;
  };
  struct Slot {
    std::int64_t key = 0;
    Place first = kNone;
  };

  std::size_t place_of(std::int64_t key) const {
    // The upper bits of the product depend on all of the key.
    return (static_cast<std::uint64_t>(key) * 0x9e37'79b9'7f4a'7c15U) >> shift_;
  }

  std::uint64_t distance(std::int64_t key) const {
    return static_cast<std::uint64_t>(key) - static_cast<std::uint64_t>(least_);
  }
  bool are_close() const;
  Status chain_by_distance();
  Status chain_by_hash();
  void chain(Place place, Place& first);

  MemoryCharge held_;
  std::vector<Row> rows_;
  std::size_t keys_ = 0;  // rows that have one
  std::int64_t least_ = std::numeric_limits<std::int64_t>::max();
  std::int64_t greatest_ = std::numeric_limits<std::int64_t>::min();
  bool is_unique_ = true;
  // The first row of each key from the least one on. Empty: keys do not lie close together.
  std::vector<Place> firsts_;
  // Open addressing: a key is in the first free slot from its place on. At most half of them are
  // taken; there are as many as a power of two.
  std::vector<Slot> slots_;
  unsigned shift_ = 63;
};

}  // namespace octavo::exec
