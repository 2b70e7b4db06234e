#pragma once

// Sorted distinct integers, each as wide as the widest of them needs (2, 4 or 8 bytes).

#include <cstdint>
#include <string>

#include "keyspace/type/memory.h"

namespace octavo::keyspace {

class IntSet {
 public:
  std::uint32_t size() const { return static_cast<std::uint32_t>(data_.size() / width_); }
  std::int64_t at(std::uint32_t index) const;
  bool contains(std::int64_t value) const;
  bool insert(std::int64_t value);  // false when it was there
  bool erase(std::int64_t value);
  std::size_t heap_bytes() const { return data_.capacity(); }

 private:
  std::uint32_t lower_bound(std::int64_t value) const;
  void put(char* target, std::int64_t value) const;
  void widen(std::uint32_t width);

  std::basic_string<char, std::char_traits<char>, CountingAllocator<char>> data_;
  std::uint32_t width_ = 2;
};

}  // namespace octavo::keyspace
