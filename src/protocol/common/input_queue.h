#pragma once

// Input that is read before anybody wants it, in blocks that are handed over one after the other.
// What is read moves nothing that is there.

#include <cstddef>
#include <list>
#include <span>

#include "protocol/common/buffer.h"

namespace octavo::protocol {

class InputQueue {
 public:
  static constexpr std::size_t kMaxBlockBytes = 256 * 1024;

  bool empty() const noexcept { return size_ == 0; }
  std::size_t size() const noexcept { return size_; }
  std::size_t capacity() const noexcept { return capacity_; }

  // Room for at least one byte while `size() < limit`, else none.
  std::span<char> writable(std::size_t limit);
  // How much memory `writable` would take for it.
  std::size_t growth_to_read() const noexcept;
  void commit(std::size_t size) noexcept;

  // While it is not empty: the oldest bytes, and their way behind those in `input`.
  const InputBuffer& front() const noexcept { return blocks_.front(); }
  void move_front_to(InputBuffer& input);

  void discard() noexcept;  // the bytes; room to read goes on to be there
  void release_if_empty() noexcept;
  void drop() noexcept;

 private:
  bool is_full() const noexcept;  // the last block
  std::size_t next_block() const noexcept;

  std::list<InputBuffer> blocks_;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

}  // namespace octavo::protocol
