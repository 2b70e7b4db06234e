#pragma once

// Keys as bytes, each with a number: from 0, in the order in which they were added. What it takes
// is charged to the query before it is allocated. One thread at a time uses it.

#include <cstdint>
#include <optional>
#include <vector>

#include "exec/row_pages.h"

namespace octavo::exec {

class KeyIndex {
 public:
  using Number = std::uint32_t;

  explicit KeyIndex(QueryContext& query) : held_(query), pages_(query) {}

  std::optional<Number> find(BytesView key) const { return find(key, hash_of(key)); }
  // The same in two steps, between which the memory is on its way: the first one gives what the
  // second one takes.
  std::uint64_t begin_find(BytesView key) const;
  std::optional<Number> find(BytesView key, std::uint64_t hash) const;
  // Of a key that is not there. `resource_exhausted` when the query cannot have the memory.
  Result<Number> add(BytesView key);

  Number size() const { return static_cast<Number>(entries_.size()); }
  // Good as long as this is.
  BytesView key(Number number) const { return pages_.at(entries_[number].key).key; }
  // Of what it holds, about.
  std::size_t bytes() const {
    return pages_.bytes() + entries_.capacity() * sizeof(Entry) + slots_.size() * sizeof(Slot);
  }

 private:
  struct Entry {
    std::uint64_t hash;
    RowPages::Place key;
  };
  static constexpr Number kNone = ~Number{0};
  // With a part of the hash that its place does not say, so that few other keys are looked at.
  struct Slot {
    std::uint32_t tag = 0;
    Number number = kNone;
  };

  static std::uint64_t hash_of(BytesView key);
  static std::uint32_t tag_of(std::uint64_t hash) { return static_cast<std::uint32_t>(hash >> 32); }
  Status grow();
  void place(Number number);

  MemoryCharge held_;
  RowPages pages_;
  std::vector<Entry> entries_;
  // Open addressing: the number of a key is in the first free slot from that of its hash on. At
  // most half of them are taken; there are as many as a power of two.
  std::vector<Slot> slots_;
};

}  // namespace octavo::exec
