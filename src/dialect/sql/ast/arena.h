#pragma once

// Memory for the nodes of one tree: handed out in order, given back all at once and without a walk
// over the tree, however deep it is. Charged to the account it is made with; what the account
// cannot have is thrown as value::OutOfMemory (value/account.h).

#include <cstddef>
#include <cstring>
#include <memory>
#include <new>
#include <string_view>
#include <type_traits>
#include <vector>

#include "value/account.h"

namespace octavo::sql {

class Arena {
 public:
  explicit Arena(value::Account* account = nullptr) : charge_(account) {}
  Arena(Arena&&) = default;
  Arena& operator=(Arena&&) = default;

  void* allocate(std::size_t bytes, std::size_t alignment) {
    const std::size_t skipped = (alignment - (used_ & (alignment - 1))) & (alignment - 1);
    if (bytes + skipped > size_ - used_) return allocate_block(bytes);
    used_ += skipped;
    char* const place = block_ + used_;
    used_ += bytes;
    return place;
  }

  // Nodes are never destroyed.
  template <class T>
  const T* make(const T& node) {
    static_assert(std::is_trivially_destructible_v<T>);
    return new (allocate(sizeof(T), alignof(T))) T(node);
  }

  std::string_view copy(std::string_view text) {
    if (text.empty()) return {};
    char* const place = static_cast<char*>(allocate(text.size(), 1));
    std::memcpy(place, text.data(), text.size());
    return {place, text.size()};
  }

  std::size_t bytes() const { return bytes_; }  // of all blocks

 private:
  void* allocate_block(std::size_t bytes);

  value::Charge charge_;
  std::vector<std::unique_ptr<char[]>> blocks_;
  char* block_ = nullptr;  // the one that is filled
  std::size_t size_ = 0;
  std::size_t used_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace octavo::sql
