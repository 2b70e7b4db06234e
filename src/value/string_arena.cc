#include "value/string_arena.h"

#include <algorithm>

#include "base/limits.h"

namespace octavo::value {
namespace {

constexpr std::size_t kFirstBlockBytes = 4 * kKiB;
constexpr std::size_t kLargestBlockBytes = 256 * kKiB;

}  // namespace

void StringArena::make_room(std::size_t bytes) {
  const std::size_t wanted =
      last_ == nullptr ? kFirstBlockBytes : std::min(2 * last_->bytes, kLargestBlockBytes);
  const std::size_t size = std::max(bytes, wanted);
  void* const memory = allocate_charged(sizeof(Block) + size);
  last_ = new (memory) Block{last_, size};
  next_ = reinterpret_cast<char*>(last_ + 1);
  left_ = size;
  bytes_ += sizeof(Block) + size;
}

void StringArena::free_from(Block* block) noexcept {
  while (block != nullptr) {
    Block* const before = block->before;
    bytes_ -= sizeof(Block) + block->bytes;
    free_charged(block);
    block = before;
  }
}

void StringArena::clear() noexcept {
  if (last_ == nullptr) return;
  if (last_->bytes > kLargestBlockBytes) {  // one huge text: not to be kept for small ones
    free_from(std::exchange(last_, nullptr));
    next_ = nullptr;
    left_ = 0;
    return;
  }
  free_from(std::exchange(last_->before, nullptr));
  next_ = reinterpret_cast<char*>(last_ + 1);
  left_ = last_->bytes;
}

}  // namespace octavo::value
