#pragma once

// The rows of one side of a join, held in memory and found by their keys: rows with equal keys are
// chained, in the order in which they came. A key is the bytes of its parts (value/order_key.h), so
// that equal ones are equal bytes. What it takes is charged to the query before it is allocated.
// One thread at a time uses it.

#include <cstdint>
#include <optional>
#include <vector>

#include "exec/charged_room.h"
#include "exec/row_pages.h"

namespace octavo::exec {

class JoinTable {
 public:
  using Place = std::uint32_t;  // of a row, in the order in which they came
  static constexpr Place kNone = ~Place{0};

  explicit JoinTable(QueryContext& query) : query_(&query), held_(query), pages_(query) {}

  // Adds a row; without a key it is found as one of all rows only. `resource_exhausted` when the
  // query cannot have the memory.
  Status add(value::Value row, std::optional<BytesView> key);
  // After the last row: then they are found. Rows may be added behind that, and are found when it
  // is called again.
  Status finish();

  Place rows() const { return static_cast<Place>(entries_.size()); }
  // Of what it holds, about, and of what a further row needs at once.
  std::size_t bytes() const {
    return row_bytes_ + pages_.bytes() + entries_.capacity() * sizeof(Entry) +
           entries_.size() * 2 * sizeof(Place);
  }
  std::size_t room() const { return room_to_make(entries_); }
  // Nothing for a row that was added without one.
  std::optional<BytesView> key(Place place) const {
    const RowPages::Place key = entries_[place].key;
    return key == kNoKey ? std::nullopt : std::optional(pages_.at(key).key);
  }
  const value::Value& operator[](Place place) const { return entries_[place].row; }
  // The first row of that key, then the next one of the same key; kNone: there is none.
  Place find(BytesView key) const { return find(key, hash_of(key)); }
  // The same in two steps, between which the memory is on its way: the first one gives what the
  // second one takes.
  std::uint64_t begin_find(BytesView key) const;
  Place find(BytesView key, std::uint64_t hash) const;
  Place next(Place place, BytesView key) const;
  // Rows that were added without a key.
  Place first_without_key() const { return without_key_; }
  Place next_without_key(Place place) const { return entries_[place].next; }

 private:
  struct Entry {
    value::Value row;
    std::uint64_t hash = 0;
    RowPages::Place key = kNoKey;
    Place next = kNone;  // in its bucket, or of those without a key
  };
  static constexpr RowPages::Place kNoKey = ~RowPages::Place{0};

  static std::uint64_t hash_of(BytesView key);
  Place first_of(Place place, std::uint64_t hash, BytesView key) const;

  QueryContext* query_;
  MemoryCharge held_;
  RowPages pages_;  // keys
  std::size_t row_bytes_ = 0;
  std::vector<Entry> entries_;
  std::vector<Place> buckets_;  // as many as a power of two
  Place without_key_ = kNone;
};

}  // namespace octavo::exec
