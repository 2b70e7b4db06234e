#pragma once

// The rows of one side of a join, one by one with their keys: of its input, or read back from disk.

#include <memory>
#include <optional>

#include "algebra/plan.h"
#include "exec/operators.h"
#include "exec/spill_partitions.h"

namespace octavo::exec {

struct JoinRow {
  value::Value row;
  Bytes key;             // its parts in the order of the join (value/order_key.h)
  bool has_key = false;  // else there is none, or a part of it is null
  // Of a row that meets others in parts of what is held: what the parts before have shown.
  bool found = false;      // a match
  bool may_match = false;  // one, if nulls among keys were other values
};

class JoinSide {
 public:
  virtual ~JoinSide() = default;
  // False at the end. About `wanted` rows are to come of it. An error comes behind the rows before
  // it.
  virtual Result<bool> next(std::size_t wanted, JoinRow& out) = 0;
};

// Of `input`, the left or the right one of the join. Both outlive it.
std::unique_ptr<JoinSide> join_side(const algebra::Join& join, bool is_left, OperatorPtr input,
                                    QueryContext& query);
// Of what a JoinWriter has written; null: of no rows.
std::unique_ptr<JoinSide> join_side(std::shared_ptr<RowFile> file, QueryContext& query);

// One key of a row; null where it is missing.
Result<value::Value> part_of_key(const algebra::Join& join, std::size_t i, const value::Value& row,
                                 bool is_left, QueryContext& query);

// Writes rows of one side to disk: divided by their keys, else into one file.
class JoinWriter {
 public:
  // `level`: how many times they have been divided before; unset: they are not divided.
  JoinWriter(std::optional<unsigned> level, QueryContext& query) : query_(query) {
    if (level) parts_.emplace(*level, query);
  }

  Status add(const JoinRow& row);
  // Once, after the last row. Not divided they are all in the first file.
  Result<SpillPartitions::Files> finish();

 private:
  QueryContext& query_;
  std::optional<SpillPartitions> parts_;
  std::unique_ptr<RowFile> whole_;
  Bytes content_;
};

}  // namespace octavo::exec
