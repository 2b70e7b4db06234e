#pragma once

// The groups of integers that were met. One thread at a time uses it.

#include <cstdint>
#include <vector>

#include "exec/context.h"

namespace octavo::exec {

class IntegerGroups {
 public:
  using Number = std::uint32_t;

  explicit IntegerGroups(QueryContext& query) : memory_(query) {}

  // Has the memory of a key on its way for when it will be looked up.
  void prefetch(std::int64_t key) const {
    if (slots_.size() > kNear) __builtin_prefetch(&slots_[place_of(key)]);
  }
  // kNone: the key is not known.
  static constexpr Number kNone = ~Number{0};
  Number find(std::int64_t key) const {
    if (slots_.empty()) return kNone;
    const std::size_t mask = slots_.size() - 1;
    std::size_t at = place_of(key);
    while (slots_[at].key != key && slots_[at].group != kNone) at = (at + 1) & mask;
    return slots_[at].group;
  }
  // A key that is not there. False: the query cannot have the memory, and it is not known.
  [[nodiscard]] bool add(std::int64_t key, Number group);

 private:
  static constexpr std::size_t kNear = 4096;  // so many slots are in the cache anyway
  struct Slot {
    std::int64_t key = 0;
    Number group = kNone;
  };

  std::size_t place_of(std::int64_t key) const {
    // The upper bits of the product depend on all of the key.
    return (static_cast<std::uint64_t>(key) * 0x9e37'79b9'7f4a'7c15U) >> shift_;
  }
  bool grow();
  void place(const Slot& slot);

  MemoryCharge memory_;
  // Open addressing: a key is in the first free slot from its place on. At most half of them are
  // taken; there are as many as a power of two.
  std::vector<Slot> slots_;
  std::size_t taken_ = 0;
  unsigned shift_ = 64;
};

}  // namespace octavo::exec
