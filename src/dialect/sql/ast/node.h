#pragma once

// What nodes of a tree are made of: references, lists and places. All are views into the arena of
// the tree, cheap to copy and never destroyed. Nodes are compared by what they hold, places not at
// all: two texts that say the same have equal trees.

#include <algorithm>
#include <cstdint>
#include <string_view>

namespace octavo::sql {

// Where in the text something stands. Any two are equal.
struct Place {
  std::uint32_t begin = 0;  // in bytes
  std::uint32_t end = 0;    // behind its last byte; 0: not noted

  friend bool operator==(Place, Place) { return true; }
};

// A node, or none.
template <class T>
class Ref {
 public:
  Ref() = default;
  Ref(const T* node) : node_(node) {}
  explicit operator bool() const { return node_ != nullptr; }
  const T& operator*() const { return *node_; }
  const T* operator->() const { return node_; }

  friend bool operator==(Ref a, Ref b) {
    if (a.node_ == nullptr || b.node_ == nullptr) return a.node_ == b.node_;
    return a.node_ == b.node_ || *a.node_ == *b.node_;
  }

 private:
  const T* node_ = nullptr;
};

template <class T>
class List {
 public:
  List() = default;
  List(const T* items, std::uint32_t size) : items_(items), size_(size) {}
  const T* begin() const { return items_; }
  const T* end() const { return items_ + size_; }
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  const T& operator[](std::size_t i) const { return items_[i]; }
  const T& front() const { return items_[0]; }
  const T& back() const { return items_[size_ - 1]; }

  friend bool operator==(List a, List b) { return std::ranges::equal(a, b); }

 private:
  const T* items_ = nullptr;
  std::uint32_t size_ = 0;
};

using Name = std::string_view;  // as written, without quotes
// `table`, `database.table`; `column`, `table.column`, …: the outermost first.
using Path = List<Name>;

}  // namespace octavo::sql
