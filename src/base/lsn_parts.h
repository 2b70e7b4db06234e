#pragma once

// What a position is made of. For base/lsn.cc and the back ends of `log`, which make positions of
// the places of their records; tools/layers.txt lets nobody else include this.

#include <cstdint>
#include <optional>

#include "base/assert.h"
#include "base/lsn.h"

namespace octavo {

constexpr unsigned kLsnOffsetBits = 48;
constexpr std::uint64_t kLsnOffsetEnd = std::uint64_t{1} << kLsnOffsetBits;

constexpr std::uint64_t offset_of(const Lsn& lsn) { return raw(lsn.order()) & (kLsnOffsetEnd - 1); }
constexpr std::uint16_t generation_of(const Lsn& lsn) {
  return static_cast<std::uint16_t>(raw(lsn.order()) >> kLsnOffsetBits);
}

// Nothing if there are no such positions.
constexpr std::optional<Lsn> join_lsn(std::uint16_t partition, std::uint16_t generation,
                                      std::uint64_t offset) {
  if (offset >= kLsnOffsetEnd) return std::nullopt;
  return Lsn::of(partition, LsnOrder{std::uint64_t{generation} << kLsnOffsetBits | offset});
}

// Of partition 0.
constexpr Lsn lsn_at(std::uint16_t generation, std::uint64_t offset) {
  const std::optional<Lsn> lsn = join_lsn(0, generation, offset);
  ASSERT(lsn);
  return *lsn;
}

}  // namespace octavo
