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
constexpr std::size_t kMaxKeptBytes = 1024 * 1024;     // of a block that is nearly empty
constexpr std::size_t kMappedBytes = 2 * 1024 * 1024;  // what is larger is pages of its own

thread_local std::vector<std::unique_ptr<char[]>> spare_blocks;
thread_local std::vector<Bytes> spare_strings;

// Pages that move cost little: what is charged for a request is near to what has come of it.
std::size_t larger(std::size_t capacity) {
  if (capacity < kMappedBytes) return capacity * 2;
  constexpr std::size_t kUnit = 64 * 1024;
  return capacity + std::max(capacity / 8 / kUnit * kUnit, kMappedBytes);
}

}  // namespace

void InputBuffer::consume(std::size_t size) noexcept {
  ASSERT(size <= this->size());
  begin_ += size;
  if (begin_ == end_) begin_ = end_ = 0;
}

// What a large request needed. Behind it there is no more than came with its end.
bool InputBuffer::is_left_over() const noexcept {
  return capacity_ > kMaxKeptBytes && size() <= 2 * kMaxReadBytes;
}

std::size_t InputBuffer::capacity_to_read() const noexcept {
  if (capacity_ == 0) return kBlockBytes;
  if (is_left_over()) return size() <= kMaxReadBytes / 2 ? kMaxReadBytes : kMaxKeptBytes;
  // The client sends more at a time than we take.
  if (empty() && last_read_filled_ && capacity_ < kMaxReadBytes) return capacity_ * 2;
  // Mostly not parsed: a larger block. Mostly parsed: there is room once the rest is at the front.
  return is_short() && size() > capacity_ / 2 ? larger(capacity_) : capacity_;
}

bool InputBuffer::is_short() const noexcept {
  return capacity_ - end_ < std::min(capacity_ / 2, kMaxReadBytes);
}

std::span<char> InputBuffer::writable(std::size_t limit) {
  if (size() >= limit) return {};
  const std::size_t wanted = capacity_to_read();
  if (wanted != capacity_ || is_short()) move_to(wanted);
  last_read_filled_ = false;
  return room().first(std::min({capacity_ - end_, limit - size(), kMaxReadBytes}));
}

void InputBuffer::commit(std::size_t size) noexcept {
  ASSERT(size <= capacity_ - end_);
  end_ += size;
  last_read_filled_ = end_ == capacity_;
}

void InputBuffer::reserve(std::size_t size) {
  ASSERT(capacity_ == 0);
  move_to(std::max(size, kBlockBytes));
}

std::size_t InputBuffer::capacity_to_take(const InputBuffer& other) const noexcept {
  if (empty()) return other.capacity_;
  if (is_left_over()) return kMaxKeptBytes;
  const std::size_t more = other.size();
  const bool fits_once_moved = size() <= capacity_ / 2 && more <= capacity_ - size();
  if (more <= capacity_ - end_ || fits_once_moved) return capacity_;
  std::size_t wanted = larger(capacity_);
  while (wanted - size() < more) wanted = larger(wanted);
  return wanted;
}

void InputBuffer::take(InputBuffer& other) {
  ASSERT(other.size() <= kMaxReadBytes);
  if (empty()) {
    clear();
    std::swap(block_, other.block_);
    std::swap(mapped_, other.mapped_);
    std::swap(capacity_, other.capacity_);
    std::swap(begin_, other.begin_);
    std::swap(end_, other.end_);
    return;
  }
  const std::size_t wanted = capacity_to_take(other);
  if (wanted != capacity_ || other.size() > capacity_ - end_) move_to(wanted);
  std::ranges::copy(other.readable(), room().data());
  end_ += other.size();
  other.clear();
}

void InputBuffer::clear() noexcept {
  if (block_ != nullptr && capacity_ == kBlockBytes && spare_blocks.size() < kSpareBlocks) {
    spare_blocks.push_back(std::move(block_));
  }
  block_.reset();
  give_back_gradually(std::move(mapped_));
  capacity_ = begin_ = end_ = 0;
  last_read_filled_ = false;
}

// What has to be copied is little: where it is much, its pages move.
void InputBuffer::move_to(std::size_t capacity) {
  const std::size_t used = size();
  ASSERT(capacity >= used);
  if (capacity == capacity_) {
    std::memmove(data(), data() + begin_, used);
  } else if (capacity > capacity_ && mapped_.size() > 0) {
    mapped_.resize(capacity);
    capacity_ = capacity;
    return;
  } else {
    std::unique_ptr<char[]> block;
    MappedBytes mapped;
    if (capacity >= kMappedBytes) {
      mapped.resize(capacity);
    } else if (capacity == kBlockBytes && !spare_blocks.empty()) {
      block = std::move(spare_blocks.back());
      spare_blocks.pop_back();
    } else {
      block = std::make_unique_for_overwrite<char[]>(capacity);
    }
    char* const target = mapped.size() > 0 ? mapped.data() : block.get();
    if (used > 0) std::memcpy(target, data() + begin_, used);
    give_back_gradually(std::exchange(mapped_, std::move(mapped)));
    block_ = std::move(block);
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
