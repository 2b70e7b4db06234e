#include "protocol/common/input_queue.h"

#include <algorithm>
#include <bit>

#include "base/assert.h"

namespace octavo::protocol {
namespace {

// Less room at the end of a block is not worth a read.
constexpr std::size_t kLeastRoomBytes = 4 * 1024;

}  // namespace

bool InputQueue::is_full() const noexcept {
  return blocks_.empty() || blocks_.back().room().size() < kLeastRoomBytes;
}

// The more there is, the more may come.
std::size_t InputQueue::next_block() const noexcept {
  return std::clamp(std::bit_ceil(size_), InputBuffer::kBlockBytes, kMaxBlockBytes);
}

std::size_t InputQueue::growth_to_read() const noexcept { return is_full() ? next_block() : 0; }

std::span<char> InputQueue::writable(std::size_t limit) {
  if (size_ >= limit) return {};
  if (is_full()) {
    const std::size_t block = next_block();
    blocks_.emplace_back().reserve(block);
    capacity_ += blocks_.back().capacity();
  }
  const std::span<char> room = blocks_.back().room();
  return room.first(std::min(room.size(), limit - size_));
}

void InputQueue::commit(std::size_t size) noexcept {
  blocks_.back().commit(size);
  size_ += size;
}

void InputQueue::move_front_to(InputBuffer& input) {
  ASSERT(!empty());
  size_ -= front().size();
  capacity_ -= front().capacity();
  input.take(blocks_.front());
  blocks_.pop_front();
}

void InputQueue::discard() noexcept {
  if (blocks_.empty()) return;
  blocks_.erase(blocks_.begin(), std::prev(blocks_.end()));
  blocks_.back().consume(blocks_.back().size());
  size_ = 0;
  capacity_ = blocks_.back().capacity();
}

void InputQueue::release_if_empty() noexcept {
  if (empty()) drop();
}

void InputQueue::drop() noexcept {
  blocks_.clear();
  size_ = capacity_ = 0;
}

}  // namespace octavo::protocol
