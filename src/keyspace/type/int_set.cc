#include "keyspace/type/int_set.h"

#include <algorithm>
#include <cstring>

#include "base/assert.h"
#include "base/bytes.h"
#include "keyspace/type/block_size.h"

namespace octavo::keyspace {
namespace {

constexpr std::uint32_t kLeastWidth = 2;

std::uint32_t width_of(std::int64_t value) {
  if (value >= INT16_MIN && value <= INT16_MAX) return kLeastWidth;
  return value >= INT32_MIN && value <= INT32_MAX ? 4 : 8;
}

}  // namespace

IntSet::IntSet(const IntSet& other) {
  if (other.block_ == nullptr) return;
  make_room(other.size(), other.block_->width);
  block_->size = other.size();
  std::memcpy(block_->place(0), other.block_->place(0), std::size_t{size()} * block_->width);
}

std::int64_t IntSet::at(std::uint32_t index) const {
  const char* source = block_->place(index);
  switch (block_->width) {
    case 2: return static_cast<std::int16_t>(load_le<std::uint16_t>(source));
    case 4: return static_cast<std::int32_t>(load_le<std::uint32_t>(source));
    default: return static_cast<std::int64_t>(load_le<std::uint64_t>(source));
  }
}

void IntSet::put(char* target, std::uint32_t width, std::int64_t value) {
  switch (width) {
    case 2: store_le(target, static_cast<std::uint16_t>(value)); break;
    case 4: store_le(target, static_cast<std::uint32_t>(value)); break;
    default: store_le(target, static_cast<std::uint64_t>(value));
  }
}

std::uint32_t IntSet::lower_bound(std::int64_t value) const {
  std::uint32_t low = 0;
  std::uint32_t high = size();
  while (low < high) {
    const std::uint32_t middle = low + (high - low) / 2;
    if (at(middle) < value) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

bool IntSet::contains(std::int64_t value) const {
  const std::uint32_t index = lower_bound(value);
  return index < size() && at(index) == value;
}

bool IntSet::insert(std::int64_t value) {
  const std::uint32_t index = lower_bound(value);
  if (index < size() && at(index) == value) return false;
  const std::uint32_t least = block_ == nullptr ? kLeastWidth : block_->width;
  make_room(size() + 1, std::max(width_of(value), least));
  char* const place = block_->place(index);
  std::memmove(place + block_->width, place, std::size_t{size() - index} * block_->width);
  put(place, block_->width, value);
  ++block_->size;
  return true;
}

bool IntSet::erase(std::int64_t value) {
  const std::uint32_t index = lower_bound(value);
  if (index >= size() || at(index) != value) return false;
  char* const place = block_->place(index);
  --block_->size;
  std::memmove(place, place + block_->width, std::size_t{size() - index} * block_->width);
  return true;
}

void IntSet::make_room(std::uint32_t size, std::uint32_t width) {
  ASSERT(size <= kMaxSize + 1);
  const std::size_t needed = sizeof(Block) + std::size_t{size} * width;
  if (block_ != nullptr && block_->width == width && block_->bytes() >= needed) return;
  const std::size_t bytes = growing_block(needed);
  auto* const block = static_cast<Block*>(allocate(bytes));
  block->size = this->size();
  block->units = static_cast<std::uint32_t>(bytes / kUnitBytes) & 0xFFFFFFFU;
  block->width = width & 0xFU;
  for (std::uint32_t i = 0; i < block->size; ++i) put(block->place(i), width, at(i));
  release(std::exchange(block_, block));
}

}  // namespace octavo::keyspace
