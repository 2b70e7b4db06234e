#pragma once

// Memory that grows and shrinks without being copied: whole pages of its own, whose entries the
// system moves (mremap). For buffers of megabytes on threads that others wait for: to move sixty
// takes 0.2 ms, to copy them 20, most of it for pages that are new.

#include <cstddef>
#include <utility>

namespace octavo::protocol {

class MappedBytes {
 public:
  MappedBytes() = default;
  MappedBytes(MappedBytes&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}
  MappedBytes& operator=(MappedBytes&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    return *this;
  }
  ~MappedBytes();

  char* data() const noexcept { return data_; }
  std::size_t size() const noexcept { return size_; }

  // Of what was there, stays what fits; the rest is zero, and takes memory when it is touched. The
  // bytes may move. Throws std::bad_alloc.
  void resize(std::size_t size);

 private:
  char* data_ = nullptr;
  std::size_t size_ = 0;
};

// Gives them back over several rounds of this thread's loop: the system takes a millisecond for
// each ten megabytes.
void give_back_gradually(MappedBytes bytes);

}  // namespace octavo::protocol
