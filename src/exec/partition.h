#pragma once

// The rows of one partition of a Window node, in the order of the window.

#include <cstddef>
#include <span>
#include <vector>

#include "base/bytes.h"
#include "exec/context.h"
#include "exec/operator.h"

namespace octavo::exec {

// Rows of a partition: from `begin` to before `end`; none when they are equal.
struct RowSpan {
  std::size_t begin = 0;
  std::size_t end = 0;

  friend bool operator==(const RowSpan&, const RowSpan&) = default;
};

// Peers, the rows with equal order keys, stand next to each other.
class Partition {
 public:
  explicit Partition(QueryContext& query) : memory_(query) {}

  // `order_key`: the bytes of its order keys (sort_keys.h), not before those of the last row.
  Status add(value::Value row, BytesView order_key);

  std::size_t size() const { return rows_.size(); }
  // Of what it holds, about.
  std::size_t bytes() const { return bytes_; }
  const value::Value& row(std::size_t i) const { return rows_[i]; }
  value::Value take(std::size_t i) { return std::move(rows_[i]); }

  std::size_t peer_groups() const { return starts_.size(); }
  RowSpan peers(std::size_t group) const {
    return {starts_[group], group + 1 < starts_.size() ? starts_[group + 1] : rows_.size()};
  }
  // The order keys of the groups, ascending.
  std::span<const Bytes> keys() const { return keys_; }

 private:
  MemoryCharge memory_;
  std::size_t bytes_ = 0;
  Rows rows_;
  std::vector<std::size_t> starts_;  // of the groups of peers
  std::vector<Bytes> keys_;
};

}  // namespace octavo::exec
