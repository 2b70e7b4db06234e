#pragma once

// Sorted distinct integers, each as wide as the widest of them needs (2, 4 or 8 bytes). Empty it is
// a null pointer, else one block with a header in front.

#include <cstddef>
#include <cstdint>
#include <utility>

#include "keyspace/type/memory.h"

namespace octavo::keyspace {

class IntSet {
 public:
  static constexpr std::uint32_t kMaxSize = 1U << 28;

  IntSet() = default;
  IntSet(const IntSet& other);
  IntSet(IntSet&& other) noexcept : block_(std::exchange(other.block_, nullptr)) {}
  IntSet& operator=(IntSet other) noexcept {
    std::swap(block_, other.block_);
    return *this;
  }
  ~IntSet() { release(block_); }

  std::uint32_t size() const { return block_ == nullptr ? 0 : block_->size; }
  std::int64_t at(std::uint32_t index) const;
  bool contains(std::int64_t value) const;
  bool insert(std::int64_t value);  // false when it was there
  bool erase(std::int64_t value);
  std::size_t heap_bytes() const { return block_ == nullptr ? 0 : block_->bytes(); }

 private:
  static constexpr std::uint32_t kUnitBytes = 16;
  struct Block {
    std::uint32_t size;        // integers
    std::uint32_t units : 28;  // of the block, this header among them
    std::uint32_t width : 4;   // bytes of an integer

    std::size_t bytes() const { return std::size_t{units} * kUnitBytes; }
    char* place(std::size_t index) { return reinterpret_cast<char*>(this + 1) + index * width; }
    const char* place(std::size_t index) const {
      return reinterpret_cast<const char*>(this + 1) + index * width;
    }
  };

  std::uint32_t lower_bound(std::int64_t value) const;
  static void put(char* target, std::uint32_t width, std::int64_t value);
  // Room for `size` integers of `width`, those that are there among them.
  void make_room(std::uint32_t size, std::uint32_t width);

  Block* block_ = nullptr;
};

}  // namespace octavo::keyspace
