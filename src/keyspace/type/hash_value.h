#pragma once

// A hash: field, value, field, value … in one pack while small, a table afterwards. It never
// turns back.
//
// Fields may have times to live. A hash in which a field once had one is `timed`, and stays so: in
// its pack each field takes three entries, the third being when it ends; beside its table is a heap
// of those that end. Another hash takes no room for that. A field whose time is over is there until
// it is erased; who reads asks whether it is due.

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "keyspace/type/deadlines.h"
#include "keyspace/type/dense_map.h"
#include "keyspace/type/limits.h"
#include "keyspace/type/memory.h"
#include "keyspace/type/pack.h"
#include "keyspace/type/string_value.h"

namespace octavo::keyspace {

struct FieldNode : HashedNode {
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
  HashValue(const HashValue&) = delete;
  HashValue& operator=(const HashValue&) = delete;
  ~HashValue();
  HashValue* clone() const;

  // Fields that are due included.
  std::uint32_t size() const {
    const Map* table = map();
    if (table != nullptr) return table->size();
    return is_timed() ? pack().size() / 3 : pack().size() / 2;
  }
  // Whether the field is due or not. The view lives until the hash changes.
  std::optional<std::string_view> get(std::string_view field) const;
  bool contains(std::string_view field) const { return get(field).has_value(); }
  // What becomes of the time to live of a field that gets another value.
  enum class Time : std::uint8_t { dropped, kept };
  bool set(std::string_view field, std::string_view value, const EncodingLimits& limits,
           Time time = Time::dropped);  // new?
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
    if (const Map* table = map()) {
      for (std::uint32_t i = 0; i < table->size(); ++i) {
        if (!visit(table->at(i)->key(), table->at(i)->value.view())) return;
      }
      return;
    }
    const bool timed = is_timed();
    for (Pack::Place place = pack().first(); place != pack().end();) {
      const Pack::Place value = pack().next(place);
      if (!visit(pack().get(place), pack().get(value))) return;
      place = pack().next(value);
      if (timed) place = pack().next(place);
    }
  }

  // A pack is returned whole: cursor 0 comes back.
  template <class Visit>
  std::uint64_t scan(std::uint64_t cursor, std::uint64_t count, Visit&& visit) const {
    const Map* table = map();
    if (table == nullptr) {
      this->visit(visit);
      return 0;
    }
    return table->scan(cursor, count,
                       [&](const FieldNode* node) { visit(node->key(), node->value.view()); });
  }

  // See Object::prefetch_element.
  void prefetch(std::uint32_t hash, PrefetchStep step) const {
    if (const Map* table = map()) table->prefetch(hash, step);
  }

  bool is_packed() const { return map() == nullptr; }
  void convert_to_table();

  // --- times to live; moments in milliseconds since 1970, kNoExpiry for none ---
  bool is_timed() const { return (rest() & kTimedBit) != 0; }
  void make_timed();
  // Of a field that is there.
  void set_end(std::string_view field, std::int64_t at_ms);
  std::int64_t end_of(std::string_view field) const;
  // Fields that have one.
  std::uint32_t mortal_count() const;
  // Of the first that ends.
  std::int64_t next_end() const {
    if (!is_timed()) return kNoExpiry;
    return timed().map != nullptr ? timed().deadlines->next_ms() : timed().next_ms;
  }
  bool any_due(std::int64_t now_ms) const { return is_over(next_end(), now_ms); }
  bool is_due(std::string_view field, std::int64_t now_ms) const {
    return any_due(now_ms) && is_over(end_of(field), now_ms);
  }
  // Fields whose time is over, in no order, while `visit(field)` is true.
  template <class Visit>
  void visit_due(std::int64_t now_ms, Visit&& visit) const {
    if (!any_due(now_ms)) return;
    if (timed().map != nullptr) {
      timed().deadlines->visit_due(now_ms,
                                   [&](const FieldNode& node) { return visit(node.key()); });
      return;
    }
    visit_timed([&](std::string_view field, std::string_view, std::int64_t at_ms) {
      return !is_over(at_ms, now_ms) || visit(field);
    });
  }
  std::uint32_t due_count(std::int64_t now_ms) const {
    std::uint32_t count = 0;
    visit_due(now_ms, [&](std::string_view) { return ++count > 0; });
    return count;
  }
  // As visit_while, with when each field ends.
  template <class Visit>
  void visit_timed(Visit&& visit) const {
    if (const Map* table = map()) {
      for (std::uint32_t i = 0; i < table->size(); ++i) {
        const FieldNode& node = *table->at(i);
        const std::int64_t at_ms = is_timed() ? timed().deadlines->of(node) : kNoExpiry;
        if (!visit(node.key(), node.value.view(), at_ms)) return;
      }
      return;
    }
    for (Pack::Place place = pack().first(); place != pack().end();) {
      const Pack::Place value = pack().next(place);
      Pack::Place last = value;
      if (is_timed()) last = pack().next(last);
      if (!visit(pack().get(place), pack().get(value), packed_end(value))) return;
      place = pack().next(last);
    }
  }
  // As visit_while, but for fields that are due.
  template <class Visit>
  void visit_live(std::int64_t now_ms, Visit&& visit) const {
    if (!any_due(now_ms)) return visit_while(visit);
    visit_timed([&](std::string_view field, std::string_view value, std::int64_t at_ms) {
      return is_over(at_ms, now_ms) || visit(field, value);
    });
  }
  // What being timed takes, beside the entries of a pack.
  std::size_t timed_bytes() const;

 private:
  struct Map : DenseMap<FieldNode>, Counted {};
  struct Timed : Counted {
    std::unique_ptr<Map> map;  // null: packed
    Pack pack;
    std::unique_ptr<Deadlines<FieldNode>> deadlines;  // of a table
    std::int64_t next_ms = kNoExpiry;                 // of a pack, as is what follows
    std::uint32_t mortal_count = 0;
  };
  static constexpr std::uintptr_t kTimedBit = 1;

  static bool is_over(std::int64_t at_ms, std::int64_t now_ms) {
    return at_ms != kNoExpiry && at_ms <= now_ms;
  }
  Timed& timed() const { return *reinterpret_cast<Timed*>(rest() - kTimedBit); }
  Map* map() const { return is_timed() ? timed().map.get() : reinterpret_cast<Map*>(rest()); }
  void set_map(std::unique_ptr<Map> map);
  std::uint32_t stride() const { return is_timed() ? 3 : 2; }  // entries of a packed field
  // Of the field with the value at that place.
  std::int64_t packed_end(Pack::Place value) const;
  void set_packed_end(Pack::Place value, std::int64_t at_ms);
  void forget_packed_end(std::int64_t at_ms);
  void push_packed(std::string_view field, std::string_view value);

  std::uintptr_t rest() const { return own_.address(); }
  const Pack& pack() const { return is_timed() ? timed().pack : own_; }
  Pack& pack() { return is_timed() ? timed().pack : own_; }

  // Or the address of a Map, or of a Timed and the bit that says so.
  Pack own_;
};

}  // namespace octavo::keyspace
