#pragma once

// The order of a large sorted set: a B+ tree of (score, member) with the number of items under
// each branch, so that a rank is found, and found by, in O(log n).
//
// Nodes are freed when empty and never merged before that; a tree that shrank a lot is looser,
// not wrong. The tree refers to its members, which the set's table owns: a member must be erased
// here before it is destroyed there.

#include <cstdint>
#include <cstring>
#include <string_view>

#include "keyspace/type/dense_map.h"
#include "keyspace/type/memory.h"

namespace octavo::keyspace {

struct ScoredNode : HashedNode {
  double score;
  std::uint32_t size;

  // The member's bytes lie behind the node.
  char* bytes() { return reinterpret_cast<char*>(this + 1); }
  std::string_view key() const { return {reinterpret_cast<const char*>(this + 1), size}; }
  static ScoredNode* create(std::string_view member, std::uint32_t hash, double score);
  static void destroy(ScoredNode* node);
};

class RankedTree {
 public:
  struct Item {
    double score;
    const ScoredNode* node;
  };
  static bool less(const Item& item, double score, std::string_view member) {
    if (item.score != score) return item.score < score;
    return item.node->key() < member;
  }

  RankedTree() = default;
  RankedTree(const RankedTree&) = delete;
  RankedTree& operator=(const RankedTree&) = delete;
  ~RankedTree();

  void insert(const ScoredNode* node);
  void erase(const ScoredNode* node);  // with the score it was inserted with

  // How many items `before(item)` holds for; it must be true for a prefix of the order only.
  template <class Before>
  std::uint64_t count_before(Before&& before) const {
    std::uint64_t rank = 0;
    const Node* node = root_;
    if (node == nullptr) return 0;
    while (!node->is_leaf) {
      const auto* inner = static_cast<const Inner*>(node);
      const std::uint32_t child = last_true(inner->firsts, inner->count, before);
      for (std::uint32_t i = 0; i < child; ++i) rank += inner->sizes[i];
      node = inner->children[child];
    }
    const auto* leaf = static_cast<const Leaf*>(node);
    std::uint32_t low = 0;
    std::uint32_t high = leaf->count;
    while (low < high) {
      const std::uint32_t middle = (low + high) / 2;
      if (before(leaf->items[middle])) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return rank + low;
  }

  // Calls `visit(item)` from the item of that rank on while it returns true.
  template <class Visit>
  void visit(std::uint64_t rank, bool backwards, Visit&& visit) const {
    auto [leaf, index] = seek(rank);
    while (leaf != nullptr) {
      if (!visit(leaf->items[index])) return;
      if (backwards) {
        if (index > 0) {
          --index;
        } else if ((leaf = leaf->previous) != nullptr) {
          index = leaf->count - 1;
        }
      } else if (++index == leaf->count) {
        leaf = leaf->next;
        index = 0;
      }
    }
  }

 private:
  static constexpr std::uint32_t kLeafItems = 32;
  static constexpr std::uint32_t kFanOut = 32;
  static constexpr std::uint32_t kMaxHeight = 16;

  struct Node : Counted {
    explicit Node(bool leaf) : is_leaf(leaf) {}
    bool is_leaf;
    std::uint32_t count = 0;
  };
  struct Leaf : Node {
    Leaf() : Node(true) {}
    Leaf* previous = nullptr;
    Leaf* next = nullptr;
    Item items[kLeafItems];
  };
  struct Inner : Node {
    Inner() : Node(false) {}
    std::uint64_t sizes[kFanOut];
    Node* children[kFanOut];
    Item firsts[kFanOut];  // the least item under each child
  };
  struct Step {
    Inner* inner;
    std::uint32_t child;
  };
  struct Path {
    Step steps[kMaxHeight];
    std::uint32_t height = 0;
  };
  struct Spot {
    const Leaf* leaf;
    std::uint32_t index;
  };

  // The last position whose item is `before`, or 0.
  template <class Before>
  static std::uint32_t last_true(const Item* items, std::uint32_t count, Before&& before) {
    std::uint32_t low = 1;
    std::uint32_t high = count;
    while (low < high) {
      const std::uint32_t middle = (low + high) / 2;
      if (before(items[middle])) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low - 1;
  }

  Spot seek(std::uint64_t rank) const;
  Leaf* descend(const Item& item, Path& path);
  void split(Node* full, Path& path);
  void insert_child(Path& path, Node* left, Node* right);
  void remove_empty(Node* node, Path& path);
  static Item first_of(const Node* node);
  static std::uint64_t size_of(const Node* node);
  static void destroy(Node* node);

  Node* root_ = nullptr;
};

}  // namespace octavo::keyspace
