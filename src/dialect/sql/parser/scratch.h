#pragma once

// Lists while they grow. All lists of a parser share one stack of bytes: a list that is begun
// inside of another is finished, and copied to the arena, before the other goes on. So each list
// takes exactly what it needs, and none has memory of its own on the way.

#include <cstring>
#include <memory>
#include <type_traits>

#include "base/assert.h"
#include "dialect/sql/ast/arena.h"
#include "dialect/sql/ast/node.h"

namespace octavo::sql {

class Scratch {
 public:
  explicit Scratch(value::Account* account) : charge_(account) {}

  std::size_t size() const { return size_; }
  void shrink(std::size_t size) { size_ = size; }
  const char* data() const { return bytes_.get(); }
  void push(const void* item, std::size_t bytes) {
    if (bytes > capacity_ - size_) grow(bytes);
    std::memcpy(bytes_.get() + size_, item, bytes);
    size_ += bytes;
  }

 private:
  void grow(std::size_t bytes);  // throws value::OutOfMemory

  value::Charge charge_;
  std::unique_ptr<char[]> bytes_;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

template <class T>
class ListBuilder {
  static_assert(std::is_trivially_copyable_v<T> && std::is_trivially_destructible_v<T>);

 public:
  explicit ListBuilder(Scratch& scratch) : scratch_(scratch), begin_(scratch.size()) {}
  ~ListBuilder() { scratch_.shrink(begin_); }
  ListBuilder(const ListBuilder&) = delete;
  ListBuilder& operator=(const ListBuilder&) = delete;

  void add(const T& item) {
    scratch_.push(&item, sizeof(T));
    ++size_;
  }
  std::uint32_t size() const { return size_; }

  List<T> finish(Arena& arena) {
    if (size_ == 0) return {};
    const std::size_t bytes = size_ * sizeof(T);
    ASSERT(scratch_.size() == begin_ + bytes);
    void* const place = arena.allocate(bytes, alignof(T));
    std::memcpy(place, scratch_.data() + begin_, bytes);
    return {static_cast<const T*>(place), size_};
  }

 private:
  Scratch& scratch_;
  const std::size_t begin_;
  std::uint32_t size_ = 0;
};

}  // namespace octavo::sql
