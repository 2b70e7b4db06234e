#pragma once

// One side of a join, held as columns and found by its keys: by integers as long as all keys are
// such, else by their bytes. What it takes is charged to the query. One thread at a time uses it.

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "exec/held_columns.h"
#include "exec/integer_keys.h"
#include "exec/join_table.h"
#include "exec/keyed_columns.h"
#include "exec/read_by_values.h"

namespace octavo::exec {

class HeldRows {
 public:
  using Place = HeldColumn::Place;
  static constexpr Place kNone = HeldColumn::kNone;

  struct Wanted {
    std::size_t columns = 0;
    value::Order order = value::Order::native;  // in which keys are compared
    bool without_key = false;                   // rows that none finds are held as well
  };
  HeldRows(const Wanted& wanted, QueryContext& query)
      : wanted_(wanted), columns_(wanted.columns), integers_(std::in_place, query), table_(query) {}

  // Adds the rows of a batch, and tells `values` of their keys. `resource_exhausted` when the query
  // cannot have the memory; then the rows are of no use any more.
  Status add(KeyedColumns& batch, ReadByValues& values);
  // Once, when there are no more.
  Status finish() { return integers_ ? integers_->finish() : table_.finish(); }

  Place rows() const { return integers_ ? integers_->rows() : table_.rows(); }
  const HeldColumn& column(std::size_t i) const { return columns_[i]; }
  // What it holds, about, and what a further row needs at once beside its columns.
  std::size_t bytes() const;
  std::size_t room() const { return integers_ ? integers_->room() : table_.room(); }

  // --- After `finish` ---

  // Whether it is known that no two rows have the same key.
  bool is_unique() const { return integers_ && integers_->is_unique(); }
  // The first row with the key of each row of a batch, so that the memory of later ones is on its
  // way; then the next one of the same key, of row i of the batch. kNone: there is none.
  Status find(KeyedColumns& batch, std::vector<Place>& first);
  Place next(Place place, const KeyedColumns& batch, std::size_t i) const {
    return integers_ ? integers_->next(place) : table_.next(place, *batch.key(i));
  }

 private:
  Status add_integers(const KeyedColumns& batch, ReadByValues& values);
  Status add_keys(KeyedColumns& batch, ReadByValues& values);
  Status turn_to_bytes();
  void encode(std::int64_t integer);

  void find_integers(const KeyedColumns& batch, std::vector<Place>& first) const;
  Status find_as_integers(KeyedColumns& batch, std::vector<Place>& first);
  Status find_keys(KeyedColumns& batch, std::vector<Place>& first);

  Wanted wanted_;
  std::vector<HeldColumn> columns_;
  std::optional<IntegerKeys> integers_;  // unset: keys are bytes
  JoinTable table_;
  Bytes key_;                        // of an integer
  std::vector<std::uint16_t> kept_;  // of the batch that is added
  std::vector<std::uint64_t> hashes_;
};

}  // namespace octavo::exec
