#include "keyspace/type/hash_value.h"

#include <new>

namespace octavo::keyspace {

FieldNode* FieldNode::create(std::string_view field, std::string_view value) {
  auto* node = new (allocate(sizeof(FieldNode) + field.size())) FieldNode;
  node->hash = dense_hash(field);
  node->field_size = static_cast<std::uint32_t>(field.size());
  std::memcpy(node->bytes(), field.data(), field.size());
  node->value.set_bytes(value);
  return node;
}

void FieldNode::destroy(FieldNode* node) {
  node->~FieldNode();
  release(node);
}

HashValue* HashValue::clone() const {
  auto* out = new HashValue;
  if (!map_) {
    out->pack_ = pack_.clone();
    return out;
  }
  out->map_ = std::make_unique<Map>();
  out->map_->reserve(map_->size());
  visit([&](std::string_view field, std::string_view value) {
    out->map_->insert(FieldNode::create(field, value));
  });
  return out;
}

std::optional<std::string_view> HashValue::get(std::string_view field) const {
  if (map_) {
    const FieldNode* node = map_->find(field);
    return node == nullptr ? std::nullopt : std::optional(node->value.view());
  }
  const Pack::Place place = pack_.find(field, 2);
  if (place == pack_.end()) return std::nullopt;
  return pack_.get(pack_.next(place));
}

bool HashValue::set(std::string_view field, std::string_view value, const EncodingLimits& limits) {
  const auto longest = static_cast<std::int64_t>(std::max(field.size(), value.size()));
  if (!map_ && longest > limits.hash_max_pack_value) convert_to_table();
  if (map_) {
    const std::uint32_t hash = dense_hash(field);
    if (FieldNode* node = map_->find(field, hash)) {
      node->value.set_bytes(value);
      return false;
    }
    map_->insert(FieldNode::create(field, value));
    return true;
  }
  const Pack::Place place = pack_.find(field, 2);
  if (place != pack_.end()) {
    pack_.replace(pack_.next(place), value);
    return false;
  }
  pack_.push_back(field);
  pack_.push_back(value);
  if (size() > limits.hash_max_pack_entries) convert_to_table();
  return true;
}

bool HashValue::erase(std::string_view field) {
  if (map_) {
    FieldNode* node = map_->find(field);
    if (node == nullptr) return false;
    map_->erase(node);
    return true;
  }
  const Pack::Place place = pack_.find(field, 2);
  if (place == pack_.end()) return false;
  pack_.erase(place, 2);
  return true;
}

HashValue::Item HashValue::at(std::uint32_t index) const {
  if (map_) return {map_->at(index)->key(), map_->at(index)->value.view()};
  const Pack::Place place = pack_.seek(index * 2);
  return {pack_.get(place), pack_.get(pack_.next(place))};
}

void HashValue::convert_to_table() {
  if (map_) return;
  auto map = std::make_unique<Map>();
  map->reserve(size() + 1);
  visit([&](std::string_view field, std::string_view value) {
    map->insert(FieldNode::create(field, value));
  });
  pack_.clear();
  map_ = std::move(map);
}

}  // namespace octavo::keyspace
