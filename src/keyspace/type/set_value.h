#pragma once

// A set: sorted integers while all members are integers and few, a table afterwards.

#include <cstdint>
#include <memory>
#include <string_view>

#include "keyspace/type/dense_map.h"
#include "keyspace/type/int_set.h"
#include "keyspace/type/limits.h"
#include "keyspace/type/memory.h"
#include "keyspace/type/numbers.h"

namespace octavo::keyspace {

struct MemberNode : HashedNode {
  std::uint32_t size;

  // The member's bytes lie behind the node.
  char* bytes() { return reinterpret_cast<char*>(this + 1); }
  std::string_view key() const { return {reinterpret_cast<const char*>(this + 1), size}; }
  static MemberNode* create(std::string_view member, std::uint32_t hash);
  static void destroy(MemberNode* node);
};

class SetValue : public Counted {
 public:
  using Scratch = char[kMaxInt64Chars + 4];

  SetValue() = default;
  SetValue* clone() const;

  std::uint32_t size() const { return map_ ? map_->size() : integers_.size(); }
  bool contains(std::string_view member) const;
  bool insert(std::string_view member, const EncodingLimits& limits);  // false: was there
  bool erase(std::string_view member);
  // An integer's digits are written to `scratch`.
  std::string_view at(std::uint32_t index, Scratch& scratch) const;

  template <class Visit>
  void visit(Visit&& visit) const {
    visit_while([&](std::string_view member) {
      visit(member);
      return true;
    });
  }
  template <class Visit>
  void visit_while(Visit&& visit) const {
    Scratch scratch;
    for (std::uint32_t i = 0; i < size(); ++i) {
      if (!visit(at(i, scratch))) return;
    }
  }
  template <class Visit>
  std::uint64_t scan(std::uint64_t cursor, std::uint64_t count, Visit&& visit) const {
    if (!map_) {
      this->visit(visit);
      return 0;
    }
    return map_->scan(cursor, count, [&](const MemberNode* node) { visit(node->key()); });
  }

  // See Object::prefetch_element.
  void prefetch(std::uint32_t hash, PrefetchStep step) const {
    if (map_) map_->prefetch(hash, step);
  }

  bool is_int_set() const { return !map_; }
  void convert_to_table();
  void reserve(std::uint32_t count) {
    if (map_) map_->reserve(count);
  }

 private:
  struct Map : DenseMap<MemberNode>, Counted {};

  IntSet integers_;
  std::unique_ptr<Map> map_;
};

}  // namespace octavo::keyspace
