#include "keyspace/type/zset_value.h"

#include <bit>
#include <cstdint>
#include <limits>
#include <string>
#include <type_traits>
#include <vector>

#include "base/assert.h"

namespace octavo::keyspace {
namespace {

using PackedScore = char[sizeof(double)];

template <class Integer>
bool pack_as(double score, PackedScore& out, std::string_view& packed) {
  if (score < std::numeric_limits<Integer>::min() || score > std::numeric_limits<Integer>::max()) {
    return false;
  }
  const auto integer = static_cast<Integer>(score);
  if (static_cast<double>(integer) != score) return false;
  store_le(out, static_cast<std::make_unsigned_t<Integer>>(integer));
  packed = {out, sizeof integer};
  return true;
}

// In the fewest bytes. No negative zero, as in Redis.
std::string_view pack_score(double score, PackedScore& out) {
  std::string_view packed;
  if (pack_as<std::int8_t>(score, out, packed) || pack_as<std::int16_t>(score, out, packed) ||
      pack_as<std::int32_t>(score, out, packed)) {
    return packed;
  }
  store_le(out, std::bit_cast<std::uint64_t>(score));
  return {out, sizeof out};
}

}  // namespace

double ZsetValue::unpack_score(std::string_view bytes) {
  const char* const at = bytes.data();
  switch (bytes.size()) {
    case 1: return static_cast<std::int8_t>(load_le<std::uint8_t>(at));
    case 2: return static_cast<std::int16_t>(load_le<std::uint16_t>(at));
    case 4: return static_cast<std::int32_t>(load_le<std::uint32_t>(at));
    default: return std::bit_cast<double>(load_le<std::uint64_t>(at));
  }
}

ZsetValue* ZsetValue::clone() const {
  auto* out = new ZsetValue;
  if (is_packed()) {
    out->pack_ = pack_.clone();
    return out;
  }
  out->set_table(std::make_unique<Table>());
  Table& copy = *out->table();
  copy.map.reserve(size());
  for (std::uint32_t i = 0; i < size(); ++i) {
    const ScoredNode* node = table()->map.at(i);
    copy.add(node->key(), node->hash, node->score);
  }
  return out;
}

std::optional<double> ZsetValue::score(std::string_view member) const {
  if (!is_packed()) {
    const ScoredNode* node = table()->map.find(member);
    return node == nullptr ? std::nullopt : std::optional(node->score);
  }
  const Pack::Place place = pack_.find(member, 2);
  if (place == pack_.end()) return std::nullopt;
  return score_at(pack_.next(place));
}

ZsetValue::Change ZsetValue::set(std::string_view member, double score,
                                 const EncodingLimits& limits) {
  if (is_packed() && static_cast<std::int64_t>(member.size()) > limits.zset_max_pack_value) {
    convert_to_table();
  }
  if (!is_packed()) {
    const std::uint32_t hash = dense_hash(member);
    ScoredNode* node = table()->map.find(member, hash);
    if (node == nullptr) {
      table()->add(member, hash, score);
      return Change::added;
    }
    if (node->score == score) return Change::unchanged;
    table()->tree.erase(node);
    node->score = score;
    table()->tree.insert(node);
    return Change::updated;
  }
  const Pack::Place place = pack_.find(member, 2);
  if (place != pack_.end()) {
    if (score_at(pack_.next(place)) == score) return Change::unchanged;
    const std::string copy(member);  // the argument may lie in this pack
    pack_.erase(place, 2);
    insert_packed(copy, score);
    return Change::updated;
  }
  insert_packed(member, score);
  if (size() > limits.zset_max_pack_entries) convert_to_table();
  return Change::added;
}

void ZsetValue::insert_packed(std::string_view member, double score) {
  Pack::Place place = pack_.first();
  // Most sets grow at their end.
  if (!pack_.empty()) {
    const Pack::Place last_score = pack_.last();
    const Pack::Place last = pack_.previous(last_score);
    if (score_at(last_score) < score ||
        (score_at(last_score) == score && pack_.get(last) < member)) {
      place = pack_.end();
    }
  }
  while (place != pack_.end()) {
    const Pack::Place score_place = pack_.next(place);
    const double other = score_at(score_place);
    if (other > score || (other == score && pack_.get(place) > member)) break;
    place = pack_.next(score_place);
  }
  PackedScore bytes;
  pack_.insert(place, pack_score(score, bytes));
  pack_.insert(place, member);
}

bool ZsetValue::erase(std::string_view member) {
  if (!is_packed()) {
    ScoredNode* node = table()->map.find(member);
    if (node == nullptr) return false;
    table()->tree.erase(node);
    table()->map.erase(node);
    return true;
  }
  const Pack::Place place = pack_.find(member, 2);
  if (place == pack_.end()) return false;
  pack_.erase(place, 2);
  return true;
}

void ZsetValue::erase_ranks(std::uint64_t start, std::uint64_t count) {
  if (count == 0) return;
  if (is_packed()) {
    pack_.erase(pack_.seek(static_cast<std::uint32_t>(start) * 2),
                static_cast<std::uint32_t>(count) * 2);
    return;
  }
  std::vector<const ScoredNode*> nodes;
  nodes.reserve(count);
  table()->tree.visit(start, false, [&](const RankedTree::Item& item) {
    nodes.push_back(item.node);
    return nodes.size() < count;
  });
  for (const ScoredNode* node : nodes) {
    table()->tree.erase(node);
    table()->map.erase(const_cast<ScoredNode*>(node));
  }
}

std::optional<std::uint64_t> ZsetValue::rank(std::string_view member) const {
  const auto own = score(member);
  if (!own) return std::nullopt;
  return count_before([&](double other, std::string_view name) {
    return other != *own ? other < *own : name < member;
  });
}

ZsetValue::Item ZsetValue::at(std::uint64_t rank) const {
  Item item{};
  visit(rank, false, [&](std::string_view member, double score) {
    item = {member, score};
    return false;
  });
  return item;
}

void ZsetValue::convert_to_table() {
  if (!is_packed()) return;
  auto table = std::make_unique<Table>();
  table->map.reserve(size() + 1);
  visit_all([&](std::string_view member, double score) {
    table->add(member, dense_hash(member), score);
  });
  set_table(std::move(table));
}

}  // namespace octavo::keyspace
