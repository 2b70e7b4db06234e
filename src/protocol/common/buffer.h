#pragma once

// Input bytes in one contiguous block that a codec parses in place. Blocks of the usual size come
// from a free list of the thread, and an empty buffer owns none: an idle connection costs nothing
// here, and a busy one does not allocate.

#include <cstddef>
#include <memory>
#include <span>

#include "base/bytes.h"

namespace octavo::protocol {

class InputBuffer {
 public:
  static constexpr std::size_t kBlockBytes = 16 * 1024;

  InputBuffer() = default;
  ~InputBuffer() { clear(); }
  InputBuffer(const InputBuffer&) = delete;
  InputBuffer& operator=(const InputBuffer&) = delete;

  BytesView readable() const noexcept { return {block_.get() + begin_, end_ - begin_}; }
  std::size_t size() const noexcept { return end_ - begin_; }
  bool empty() const noexcept { return begin_ == end_; }
  std::size_t capacity() const noexcept { return capacity_; }

  void consume(std::size_t size) noexcept;

  // Room at the end for at least one byte, growing by doubling while `size() < limit`; empty if
  // the limit is reached. Moves the bytes that are there, so views into them end here. A block that
  // a large request has left nearly empty becomes a smaller one.
  std::span<char> writable(std::size_t limit);
  // The capacity that `writable` would leave.
  std::size_t capacity_to_read() const noexcept;
  void commit(std::size_t size) noexcept;

  // Makes room for `size` bytes in all, when a frame's length is known beforehand.
  void reserve(std::size_t size);
  // Appends all of `other`, which is then empty and owns nothing. Ends views into both.
  void take(InputBuffer& other);

  // Of no use any more.
  void drop() noexcept { clear(); }
  void release_if_empty() noexcept {
    if (empty()) clear();
  }

 private:
  bool is_short() const noexcept;  // of room for a read that is worth it
  void clear() noexcept;
  void move_to(std::size_t capacity);

  std::unique_ptr<char[]> block_;
  std::size_t capacity_ = 0;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  bool last_read_filled_ = false;  // the block: there was probably more to read
};

}  // namespace octavo::protocol
