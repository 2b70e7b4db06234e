#pragma once

// Input bytes in one contiguous block that a codec parses in place. Blocks of the usual size come
// from a free list of the thread, and an empty buffer owns none: an idle connection costs nothing
// here, and a busy one does not allocate. Blocks of megabytes are pages of their own that grow
// without being copied: docs/notes/0009-memory.md

#include <algorithm>
#include <cstddef>
#include <memory>
#include <span>

#include "base/bytes.h"
#include "protocol/common/mapped_bytes.h"

namespace octavo::protocol {

class InputBuffer {
 public:
  static constexpr std::size_t kBlockBytes = 16 * 1024;
  static constexpr std::size_t kMaxReadBytes = 256 * 1024;

  InputBuffer() = default;
  ~InputBuffer() { clear(); }
  InputBuffer(const InputBuffer&) = delete;
  InputBuffer& operator=(const InputBuffer&) = delete;

  BytesView readable() const noexcept { return {data() + begin_, end_ - begin_}; }
  std::size_t size() const noexcept { return end_ - begin_; }
  bool empty() const noexcept { return begin_ == end_; }
  std::size_t capacity() const noexcept { return capacity_; }

  void consume(std::size_t size) noexcept;

  // Room at the end for at least one byte and no more than one read should bring, growing while
  // `size() < limit`; empty if the limit is reached. Moves the bytes that are there, so views into
  // them end here. A block that a large request has left nearly empty becomes a smaller one.
  std::span<char> writable(std::size_t limit);
  // The capacity that `writable` would leave, and by how much that is more.
  std::size_t capacity_to_read() const noexcept;
  std::size_t growth_to_read() const noexcept {
    return std::max(capacity_to_read(), capacity_) - capacity_;
  }
  // What there is without growing or moving.
  std::span<char> room() noexcept { return {data() + end_, capacity_ - end_}; }
  std::span<const char> room() const noexcept { return {data() + end_, capacity_ - end_}; }
  void commit(std::size_t size) noexcept;

  // A block for so much, while it owns none.
  void reserve(std::size_t size);
  // Appends all of `other`, a block of kMaxReadBytes or less, which is then empty and owns nothing.
  // Ends views into both.
  void take(InputBuffer& other);
  // The capacity that `take` would leave, and that of `other` is gone then.
  std::size_t capacity_to_take(const InputBuffer& other) const noexcept;

  // Of no use any more.
  void drop() noexcept { clear(); }
  void release_if_empty() noexcept {
    if (empty()) clear();
  }

 private:
  bool is_short() const noexcept;  // of room for a read that is worth it
  bool is_left_over() const noexcept;
  void clear() noexcept;
  void move_to(std::size_t capacity);
  char* data() const noexcept { return mapped_.size() > 0 ? mapped_.data() : block_.get(); }

  std::unique_ptr<char[]> block_;
  MappedBytes mapped_;  // instead of `block_`, if it is large
  std::size_t capacity_ = 0;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  bool last_read_filled_ = false;  // the block: there was probably more to read
};

}  // namespace octavo::protocol
