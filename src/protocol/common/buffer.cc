#include "protocol/common/buffer.h"

#include <algorithm>
#include <cstring>
#include <utility>
#include <vector>

#include "base/assert.h"
#include "protocol/common/spare_buffers.h"

namespace octavo::protocol {
namespace {

constexpr std::size_t kSpareBlocks = 64;  // per thread: 1 MiB
constexpr std::size_t kSpareStrings = 64;
constexpr std::size_t kMaxSpareStringBytes = 64 * 1024;
constexpr std::size_t kMaxReadBytes = 256 * 1024;   // how far full reads make the block grow
constexpr std::size_t kMaxKeptBytes = 1024 * 1024;  // of a block that is nearly empty

thread_local std::vector<std::unique_ptr<char[]>> spare_blocks;
thread_local std::vector<Bytes> spare_strings;

}  // namespace

void InputBuffer::consume(std::size_t size) noexcept {
  ASSERT(size <= this->size());
  begin_ += size;
  if (begin_ == end_) begin_ = end_ = 0;
}

std::size_t InputBuffer::capacity_to_read() const noexcept {
  if (block_ == nullptr) return kBlockBytes;
  // What a large request needed.
  if (capacity_ > kMaxKeptBytes && size() <= kMaxReadBytes / 2) return kMaxReadBytes;
  // The client sends more at a time than we take.
  if (empty() && last_read_filled_ && capacity_ < kMaxReadBytes) return capacity_ * 2;
  // Mostly not parsed: a larger block. Mostly parsed: there is room once the rest is at the front.
  return is_short() && size() > capacity_ / 2 ? capacity_ * 2 : capacity_;
}

bool InputBuffer::is_short() const noexcept {
  return capacity_ - end_ < std::min(capacity_ / 2, kMaxReadBytes);
}

std::span<char> InputBuffer::writable(std::size_t limit) {
  if (size() >= limit) return {};
  const std::size_t wanted = capacity_to_read();
  if (wanted != capacity_ || is_short()) move_to(wanted);
  last_read_filled_ = false;
  const std::size_t room = std::min(capacity_ - end_, limit - size());
  return {block_.get() + end_, room};
}

void InputBuffer::commit(std::size_t size) noexcept {
  ASSERT(size <= capacity_ - end_);
  end_ += size;
  last_read_filled_ = end_ == capacity_;
}

void InputBuffer::reserve(std::size_t size) {
  if (size > capacity_ - begin_) move_to(std::max(size, kBlockBytes));
}

void InputBuffer::take(InputBuffer& other) {
  if (empty()) {
    clear();
    std::swap(block_, other.block_);
    std::swap(capacity_, other.capacity_);
    std::swap(begin_, other.begin_);
    std::swap(end_, other.end_);
    return;
  }
  reserve(size() + other.size());
  if (!other.empty())
    std::memcpy(block_.get() + end_, other.block_.get() + other.begin_, other.size());
  end_ += other.size();
  other.clear();
}

void InputBuffer::clear() noexcept {
  if (block_ != nullptr && capacity_ == kBlockBytes && spare_blocks.size() < kSpareBlocks) {
    spare_blocks.push_back(std::move(block_));
  }
  block_.reset();
  capacity_ = begin_ = end_ = 0;
  last_read_filled_ = false;
}

void InputBuffer::move_to(std::size_t capacity) {
  const std::size_t used = size();
  ASSERT(capacity >= used);
  if (capacity == capacity_) {
    std::memmove(block_.get(), block_.get() + begin_, used);
  } else {
    std::unique_ptr<char[]> larger;
    if (capacity == kBlockBytes && !spare_blocks.empty()) {
      larger = std::move(spare_blocks.back());
      spare_blocks.pop_back();
    } else {
      larger = std::make_unique_for_overwrite<char[]>(capacity);
    }
    if (used > 0) std::memcpy(larger.get(), block_.get() + begin_, used);
    block_ = std::move(larger);
    capacity_ = capacity;
  }
  begin_ = 0;
  end_ = used;
}

Bytes take_spare_bytes() {
  if (spare_strings.empty()) {
    Bytes fresh;
    fresh.reserve(InputBuffer::kBlockBytes);
    return fresh;
  }
  Bytes spare = std::move(spare_strings.back());
  spare_strings.pop_back();
  return spare;
}

void give_spare_bytes(Bytes& bytes) noexcept {
  Bytes taken = std::exchange(bytes, Bytes());
  const bool usual =
      taken.capacity() >= InputBuffer::kBlockBytes && taken.capacity() <= kMaxSpareStringBytes;
  if (!usual || spare_strings.size() >= kSpareStrings) return;
  taken.clear();
  spare_strings.push_back(std::move(taken));
}

}  // namespace octavo::protocol
