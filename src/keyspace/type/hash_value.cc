#include "keyspace/type/hash_value.h"

#include <algorithm>
#include <new>

#include "base/assert.h"
#include "base/bytes.h"

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

HashValue::~HashValue() {
  if (is_timed()) {
    delete &timed();
  } else {
    delete map();
  }
}

void HashValue::set_map(std::unique_ptr<Map> map) {
  if (is_timed()) {
    timed().map = std::move(map);
  } else {
    own_ = Pack::of_address(reinterpret_cast<std::uintptr_t>(map.release()));
  }
}

HashValue* HashValue::clone() const {
  auto* out = new HashValue;
  if (is_timed()) out->make_timed();
  if (is_packed()) {
    out->pack() = pack().clone();
    if (is_timed()) {
      out->timed().next_ms = timed().next_ms;
      out->timed().mortal_count = timed().mortal_count;
    }
    return out;
  }
  out->convert_to_table();
  Map& map = *out->map();
  map.reserve(size());
  visit_timed([&](std::string_view field, std::string_view value, std::int64_t at_ms) {
    FieldNode* node = FieldNode::create(field, value);
    map.insert(node);
    if (at_ms != kNoExpiry) out->timed().deadlines->set(*node, at_ms);
    return true;
  });
  return out;
}

std::optional<std::string_view> HashValue::get(std::string_view field) const {
  if (const Map* table = map()) {
    const FieldNode* node = table->find(field);
    return node == nullptr ? std::nullopt : std::optional(node->value.view());
  }
  const Pack::Place place = pack().find(field, stride());
  if (place == pack().end()) return std::nullopt;
  return pack().get(pack().next(place));
}

bool HashValue::set(std::string_view field, std::string_view value, const EncodingLimits& limits,
                    Time time) {
  const auto longest = static_cast<std::int64_t>(std::max(field.size(), value.size()));
  Map* table = map();
  if (table == nullptr && longest > limits.hash_max_pack_value) {
    convert_to_table();
    table = map();
  }
  if (table != nullptr) {
    const std::uint32_t hash = dense_hash(field);
    if (FieldNode* node = table->find(field, hash)) {
      node->value.set_bytes(value);
      if (is_timed() && time == Time::dropped) timed().deadlines->remove(*node);
      return false;
    }
    table->insert(FieldNode::create(field, value));
    return true;
  }
  const Pack::Place place = pack().find(field, stride());
  if (place != pack().end()) {
    pack().replace(pack().next(place), value);
    if (is_timed() && time == Time::dropped) set_packed_end(pack().next(place), kNoExpiry);
    return false;
  }
  push_packed(field, value);
  if (size() > limits.hash_max_pack_entries) convert_to_table();
  return true;
}

bool HashValue::erase(std::string_view field) {
  if (Map* table = map()) {
    FieldNode* node = table->find(field);
    if (node == nullptr) return false;
    if (is_timed()) timed().deadlines->remove(*node);
    table->erase(node);
    return true;
  }
  const Pack::Place place = pack().find(field, stride());
  if (place == pack().end()) return false;
  const std::int64_t end_ms = packed_end(pack().next(place));
  pack().erase(place, stride());
  if (end_ms != kNoExpiry) forget_packed_end(end_ms);
  return true;
}

HashValue::Item HashValue::at(std::uint32_t index) const {
  if (const Map* table = map()) return {table->at(index)->key(), table->at(index)->value.view()};
  const Pack::Place place = pack().seek(index * stride());
  return {pack().get(place), pack().get(pack().next(place))};
}

void HashValue::convert_to_table() {
  if (!is_packed()) return;
  auto table = std::make_unique<Map>();
  table->reserve(size() + 1);
  std::unique_ptr<Deadlines<FieldNode>> deadlines;
  if (is_timed()) deadlines = std::make_unique<Deadlines<FieldNode>>();
  visit_timed([&](std::string_view field, std::string_view value, std::int64_t at_ms) {
    FieldNode* node = FieldNode::create(field, value);
    table->insert(node);
    if (at_ms != kNoExpiry) deadlines->set(*node, at_ms);
    return true;
  });
  pack().clear();
  set_map(std::move(table));
  if (is_timed()) timed().deadlines = std::move(deadlines);
}

// --- times to live ---

void HashValue::make_timed() {
  if (is_timed()) return;
  auto timed = std::make_unique<Timed>();
  timed->map.reset(map());
  if (timed->map != nullptr) timed->deadlines = std::make_unique<Deadlines<FieldNode>>();
  const Pack pairs = std::move(own_);
  own_ = Pack::of_address(reinterpret_cast<std::uintptr_t>(timed.release()) + kTimedBit);
  for (Pack::Place place = pairs.first(); place != pairs.end();) {
    const Pack::Place value = pairs.next(place);
    push_packed(pairs.get(place), pairs.get(value));
    place = pairs.next(value);
  }
}

void HashValue::set_end(std::string_view field, std::int64_t at_ms) {
  if (!is_timed() && at_ms == kNoExpiry) return;
  make_timed();
  if (Map* table = map()) {
    FieldNode* node = table->find(field);
    ASSERT(node != nullptr);
    if (at_ms == kNoExpiry) {
      timed().deadlines->remove(*node);
    } else {
      timed().deadlines->set(*node, at_ms);
    }
    return;
  }
  const Pack::Place place = pack().find(field, stride());
  ASSERT(place != pack().end());
  set_packed_end(pack().next(place), at_ms);
}

std::int64_t HashValue::end_of(std::string_view field) const {
  if (!is_timed()) return kNoExpiry;
  if (const Map* table = map()) {
    const FieldNode* node = table->find(field);
    return node == nullptr ? kNoExpiry : timed().deadlines->of(*node);
  }
  const Pack::Place place = pack().find(field, stride());
  return place == pack().end() ? kNoExpiry : packed_end(pack().next(place));
}

std::uint32_t HashValue::mortal_count() const {
  if (!is_timed()) return 0;
  return timed().map != nullptr ? timed().deadlines->size() : timed().mortal_count;
}

std::size_t HashValue::timed_bytes() const {
  if (!is_timed()) return 0;
  if (timed().map == nullptr) return sizeof(Timed);
  return sizeof(Timed) + sizeof(Deadlines<FieldNode>) +
         mortal_count() * Deadlines<FieldNode>::node_bytes();
}

// The third entry is empty, or the moment in eight bytes.
std::int64_t HashValue::packed_end(Pack::Place value) const {
  if (!is_timed()) return kNoExpiry;
  const std::string_view bytes = pack().get(pack().next(value));
  return bytes.empty() ? kNoExpiry
                       : static_cast<std::int64_t>(load_le<std::uint64_t>(bytes.data()));
}

void HashValue::set_packed_end(Pack::Place value, std::int64_t at_ms) {
  const std::int64_t before_ms = packed_end(value);
  if (before_ms == at_ms) return;
  char bytes[sizeof(std::uint64_t)];
  store_le(bytes, static_cast<std::uint64_t>(at_ms));
  pack().replace(pack().next(value), {bytes, at_ms == kNoExpiry ? 0 : sizeof(bytes)});
  if (at_ms != kNoExpiry) {
    ++timed().mortal_count;
    if (timed().next_ms == kNoExpiry || at_ms < timed().next_ms) timed().next_ms = at_ms;
  }
  if (before_ms != kNoExpiry) forget_packed_end(before_ms);
}

// No field ends then any more, or one less.
void HashValue::forget_packed_end(std::int64_t at_ms) {
  --timed().mortal_count;
  if (at_ms != timed().next_ms) return;
  std::int64_t next_ms = kNoExpiry;
  visit_timed([&](std::string_view, std::string_view, std::int64_t one_ms) {
    if (one_ms != kNoExpiry && (next_ms == kNoExpiry || one_ms < next_ms)) next_ms = one_ms;
    return true;
  });
  timed().next_ms = next_ms;
}

void HashValue::push_packed(std::string_view field, std::string_view value) {
  pack().push_back(field);
  pack().push_back(value);
  if (is_timed()) pack().push_back({});
}

}  // namespace octavo::keyspace
