#pragma once

// A sorted set: member, score, member, score … in order in one pack while small; a table by member
// and a ranked tree by (score, member) afterwards. A score in a pack that is a small integer is one
// of 1, 2 or 4 bytes, any other a double of 8.
//
// Every range question is asked in ranks: `count_before` turns a bound into a rank, `visit` walks
// from a rank. So score ranges, lexical ranges and index ranges share one path.

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "base/bytes.h"
#include "keyspace/type/dense_map.h"
#include "keyspace/type/limits.h"
#include "keyspace/type/memory.h"
#include "keyspace/type/pack.h"
#include "keyspace/type/ranked_tree.h"

namespace octavo::keyspace {

class ZsetValue : public Counted {
 public:
  struct Item {
    std::string_view member;
    double score;
  };
  enum class Change : std::uint8_t { added, updated, unchanged };

  ZsetValue() = default;
  ZsetValue(const ZsetValue&) = delete;
  ZsetValue& operator=(const ZsetValue&) = delete;
  ~ZsetValue() { delete table(); }
  ZsetValue* clone() const;

  std::uint32_t size() const { return is_packed() ? pack_.size() / 2 : table()->map.size(); }
  std::optional<double> score(std::string_view member) const;
  Change set(std::string_view member, double score, const EncodingLimits& limits);
  bool erase(std::string_view member);
  void erase_ranks(std::uint64_t start, std::uint64_t count);
  std::optional<std::uint64_t> rank(std::string_view member) const;
  Item at(std::uint64_t rank) const;  // rank < size()

  // How many items, from the least on, `before(score, member)` holds for.
  template <class Before>
  std::uint64_t count_before(Before&& before) const {
    if (!is_packed()) {
      return table()->tree.count_before(
          [&](const RankedTree::Item& item) { return before(item.score, item.node->key()); });
    }
    std::uint64_t count = 0;
    for (Pack::Place place = pack_.first(); place != pack_.end(); ++count) {
      const Pack::Place score = pack_.next(place);
      if (!before(score_at(score), pack_.get(place))) break;
      place = pack_.next(score);
    }
    return count;
  }

  // Calls `visit(member, score)` from that rank on, while it returns true.
  template <class Visit>
  void visit(std::uint64_t rank, bool backwards, Visit&& visit) const {
    if (rank >= size()) return;
    if (!is_packed()) {
      table()->tree.visit(rank, backwards, [&](const RankedTree::Item& item) {
        return visit(item.node->key(), item.score);
      });
      return;
    }
    Pack::Place place = pack_.seek(static_cast<std::uint32_t>(rank) * 2);
    for (;;) {
      const Pack::Place score = pack_.next(place);
      if (!visit(pack_.get(place), score_at(score))) return;
      if (backwards) {
        if (place == pack_.first()) return;
        place = pack_.previous(pack_.previous(place));
      } else {
        place = pack_.next(score);
        if (place == pack_.end()) return;
      }
    }
  }
  template <class Visit>
  void visit_all(Visit&& visit) const {
    this->visit(0, false, [&](std::string_view member, double score) {
      visit(member, score);
      return true;
    });
  }
  template <class Visit>
  std::uint64_t scan(std::uint64_t cursor, std::uint64_t count, Visit&& visit) const {
    if (is_packed()) {
      visit_all(visit);
      return 0;
    }
    return table()->map.scan(cursor, count,
                             [&](const ScoredNode* node) { visit(node->key(), node->score); });
  }

  // See Object::prefetch_element.
  void prefetch(std::uint32_t hash, PrefetchStep step) const {
    if (!is_packed()) table()->map.prefetch(hash, step);
  }

  bool is_packed() const { return table() == nullptr; }
  void convert_to_table();

 private:
  friend class ZsetBuilder;

  // The tree refers to nodes of the map, so it goes first.
  struct Table : Counted {
    DenseMap<ScoredNode> map;
    RankedTree tree;
    void add(std::string_view member, std::uint32_t hash, double score) {
      ScoredNode* node = ScoredNode::create(member, hash, score);
      map.insert(node);
      tree.insert(node);
    }
  };

  double score_at(Pack::Place place) const { return unpack_score(pack_.get(place)); }
  static double unpack_score(std::string_view bytes);
  void insert_packed(std::string_view member, double score);

  Table* table() const { return reinterpret_cast<Table*>(pack_.address()); }
  void set_table(std::unique_ptr<Table> table) {
    pack_ = Pack::of_address(reinterpret_cast<std::uintptr_t>(table.release()));
  }

  Pack pack_;  // or the address of a Table
};

}  // namespace octavo::keyspace
