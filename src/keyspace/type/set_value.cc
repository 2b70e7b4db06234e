#include "keyspace/type/set_value.h"

#include <algorithm>
#include <new>

namespace octavo::keyspace {

MemberNode* MemberNode::create(std::string_view member, std::uint32_t hash) {
  auto* node = new (allocate(sizeof(MemberNode) + member.size())) MemberNode;
  node->hash = hash;
  node->size = static_cast<std::uint32_t>(member.size());
  std::memcpy(node->bytes(), member.data(), member.size());
  return node;
}

void MemberNode::destroy(MemberNode* node) { release(node); }

SetValue* SetValue::clone() const {
  auto* out = new SetValue;
  if (!map_) {
    out->integers_ = integers_;
    return out;
  }
  out->map_ = std::make_unique<Map>();
  out->map_->reserve(map_->size());
  for (std::uint32_t i = 0; i < map_->size(); ++i) {
    const MemberNode* node = map_->at(i);
    out->map_->insert(MemberNode::create(node->key(), node->hash));
  }
  return out;
}

bool SetValue::contains(std::string_view member) const {
  if (map_) return map_->find(member) != nullptr;
  const auto integer = parse_int64(member);
  return integer && integers_.contains(*integer);
}

bool SetValue::insert(std::string_view member, const EncodingLimits& limits) {
  if (!map_) {
    const auto integer = parse_int64(member);
    if (integer && limits.set_max_int_entries > 0) {
      if (!integers_.insert(*integer)) return false;
      const auto most = std::min<std::int64_t>(limits.set_max_int_entries, IntSet::kMaxSize);
      if (integers_.size() > most) convert_to_table();
      return true;
    }
    convert_to_table();
  }
  const std::uint32_t hash = dense_hash(member);
  if (map_->find(member, hash) != nullptr) return false;
  map_->insert(MemberNode::create(member, hash));
  return true;
}

bool SetValue::erase(std::string_view member) {
  if (!map_) {
    const auto integer = parse_int64(member);
    return integer && integers_.erase(*integer);
  }
  MemberNode* node = map_->find(member);
  if (node == nullptr) return false;
  map_->erase(node);
  return true;
}

std::string_view SetValue::at(std::uint32_t index, Scratch& scratch) const {
  if (map_) return map_->at(index)->key();
  return {scratch, format_int64(scratch, integers_.at(index))};
}

void SetValue::convert_to_table() {
  if (map_) return;
  auto map = std::make_unique<Map>();
  map->reserve(size() + 1);
  visit([&](std::string_view member) {
    map->insert(MemberNode::create(member, dense_hash(member)));
  });
  integers_ = IntSet();
  map_ = std::move(map);
}

}  // namespace octavo::keyspace
