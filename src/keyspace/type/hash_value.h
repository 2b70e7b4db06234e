#pragma once

// A hash: field, value, field, value … in one pack while small, a table afterwards. It never
// turns back.

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "keyspace/type/dense_map.h"
#include "keyspace/type/limits.h"
#include "keyspace/type/memory.h"
#include "keyspace/type/pack.h"
#include "keyspace/type/string_value.h"

namespace octavo::keyspace {

struct FieldNode : DenseNode {
  std::uint32_t field_size;
  StringValue value;

  // The field's bytes lie behind the node.
  char* bytes() { return reinterpret_cast<char*>(this + 1); }
  std::string_view key() const { return {reinterpret_cast<const char*>(this + 1), field_size}; }
  static FieldNode* create(std::string_view field, std::string_view value);
  static void destroy(FieldNode* node);
};

class HashValue : public Counted {
 public:
  HashValue() = default;
  HashValue* clone() const;

  std::uint32_t size() const { return map_ ? map_->size() : pack_.size() / 2; }
  // The view lives until the hash changes.
  std::optional<std::string_view> get(std::string_view field) const;
  bool contains(std::string_view field) const { return get(field).has_value(); }
  bool set(std::string_view field, std::string_view value, const EncodingLimits& limits);  // new?
  bool erase(std::string_view field);

  struct Item {
    std::string_view field;
    std::string_view value;
  };
  Item at(std::uint32_t index) const;

  template <class Visit>
  void visit(Visit&& visit) const {
    visit_while([&](std::string_view field, std::string_view value) {
      visit(field, value);
      return true;
    });
  }
  // While `visit` returns true.
  template <class Visit>
  void visit_while(Visit&& visit) const {
    if (map_) {
      for (std::uint32_t i = 0; i < map_->size(); ++i) {
        if (!visit(map_->at(i)->key(), map_->at(i)->value.view())) return;
      }
      return;
    }
    for (Pack::Place place = pack_.first(); place != pack_.end();) {
      const Pack::Place value = pack_.next(place);
      if (!visit(pack_.get(place), pack_.get(value))) return;
      place = pack_.next(value);
    }
  }

  // A pack is returned whole: cursor 0 comes back.
  template <class Visit>
  std::uint64_t scan(std::uint64_t cursor, std::uint64_t count, Visit&& visit) const {
    if (!map_) {
      this->visit(visit);
      return 0;
    }
    return map_->scan(cursor, count,
                      [&](const FieldNode* node) { visit(node->key(), node->value.view()); });
  }

  bool is_packed() const { return !map_; }
  void convert_to_table();

 private:
  struct Map : DenseMap<FieldNode>, Counted {};

  Pack pack_;
  std::unique_ptr<Map> map_;
};

}  // namespace octavo::keyspace
