#pragma once

// When some nodes of a dense map end, beside the map: nodes that live for ever take nothing. A node
// that goes is to be removed from here before.

#include <cstdint>
#include <string_view>

#include "keyspace/type/dense_map.h"
#include "keyspace/type/expiry_heap.h"
#include "keyspace/type/memory.h"

namespace octavo::keyspace {

template <class Node>
class Deadlines : public Counted {
 public:
  std::uint32_t size() const { return deadlines_.size(); }
  // Of the next to end; kNoExpiry when there is none.
  std::int64_t next_ms() const { return heap_.empty() ? kNoExpiry : heap_.top()->expire_at_ms(); }

  std::int64_t of(const Node& node) const {
    const Deadline* found = deadlines_.find(node.key(), hash_of(node));
    return found == nullptr ? kNoExpiry : found->at_ms;
  }
  void set(Node& node, std::int64_t at_ms) {
    Deadline* deadline = deadlines_.find(node.key(), hash_of(node));
    if (deadline == nullptr) {
      deadline = Deadline::create(node);
      deadlines_.insert(deadline);
    }
    deadline->at_ms = at_ms;
    heap_.update(deadline);
  }
  void remove(const Node& node) {
    Deadline* deadline = deadlines_.find(node.key(), hash_of(node));
    if (deadline == nullptr) return;
    heap_.remove(deadline);
    deadlines_.erase(deadline);
  }

  // Visits every node that ends at or before `now_ms`, in no order, while `visit` is true.
  template <class Visit>
  void visit_due(std::int64_t now_ms, Visit&& visit) const {
    heap_.visit_due(now_ms, [&](const Deadline* deadline) { return visit(*deadline->node); });
  }

  static constexpr std::size_t node_bytes() { return sizeof(Deadline); }

 private:
  struct Deadline : HashedNode {
    Node* node = nullptr;
    std::int64_t at_ms = kNoExpiry;
    std::uint32_t place = 0;  // in the heap

    std::int64_t expire_at_ms() const { return at_ms; }
    std::uint32_t& heap_position() { return place; }

    std::string_view key() const { return node->key(); }
    static Deadline* create(Node& node) {
      auto* out = new (allocate(sizeof(Deadline))) Deadline;
      out->hash = hash_of(node);
      out->node = &node;
      return out;
    }
    static void destroy(Deadline* deadline) { release(deadline); }
  };

  DenseMap<Deadline> deadlines_;
  ExpiryHeap<Deadline> heap_;
};

}  // namespace octavo::keyspace
