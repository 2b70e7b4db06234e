#pragma once

// A sorted set made of members that come in any order: found by member while it grows, and put in
// order once, at the end. What it is stored as is decided then too, so that scores are what they
// were summed up to: a pack has no negative zero.

#include <memory>
#include <string_view>
#include <vector>

#include "keyspace/type/zset_value.h"

namespace octavo::keyspace {

class ZsetBuilder {
 public:
  // For reading and changing; null when absent.
  double* find(std::string_view member) {
    ScoredNode* node = table_->map.find(member);
    return node == nullptr ? nullptr : &node->score;
  }
  // The member must be absent.
  void add(std::string_view member, double score) {
    table_->map.insert(ScoredNode::create(member, dense_hash(member), score));
  }
  std::uint32_t size() const { return table_->map.size(); }

  // By score and member. Until the next change.
  std::vector<const ScoredNode*> sorted() const;
  // Takes everything out.
  std::unique_ptr<ZsetValue> finish(const EncodingLimits& limits);

 private:
  bool fits_pack(const EncodingLimits& limits) const;

  std::unique_ptr<ZsetValue::Table> table_ = std::make_unique<ZsetValue::Table>();
};

}  // namespace octavo::keyspace
