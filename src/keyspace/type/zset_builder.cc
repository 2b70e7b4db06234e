#include "keyspace/type/zset_builder.h"

#include <algorithm>
#include <utility>

namespace octavo::keyspace {

std::vector<const ScoredNode*> ZsetBuilder::sorted() const {
  std::vector<const ScoredNode*> nodes;
  nodes.reserve(size());
  for (std::uint32_t i = 0; i < size(); ++i) nodes.push_back(table_->map.at(i));
  std::sort(nodes.begin(), nodes.end(), [](const ScoredNode* a, const ScoredNode* b) {
    return a->score != b->score ? a->score < b->score : a->key() < b->key();
  });
  return nodes;
}

bool ZsetBuilder::fits_pack(const EncodingLimits& limits) const {
  if (size() > limits.zset_max_pack_entries) return false;
  for (std::uint32_t i = 0; i < size(); ++i) {
    if (table_->map.at(i)->size > limits.zset_max_pack_value) return false;
  }
  return true;
}

std::unique_ptr<ZsetValue> ZsetBuilder::finish(const EncodingLimits& limits) {
  auto out = std::make_unique<ZsetValue>();
  const auto nodes = sorted();
  if (fits_pack(limits)) {
    for (const ScoredNode* node : nodes) out->set(node->key(), node->score, limits);
    table_ = std::make_unique<ZsetValue::Table>();
  } else {
    for (const ScoredNode* node : nodes) table_->tree.insert(node);
    out->set_table(std::exchange(table_, std::make_unique<ZsetValue::Table>()));
  }
  return out;
}

}  // namespace octavo::keyspace
