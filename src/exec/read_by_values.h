#pragma once

// The rows of one side of a join by the keys of the other: where the table of the side has a key
// that begins with the one of the join, and the other side has few values of it, no other rows are
// read. One thread at a time uses it.

#include <cstdint>
#include <memory>
#include <vector>

#include "exec/context.h"
#include "exec/keyed_columns.h"
#include "exec/operators.h"

namespace octavo::exec {

// A side of a join as columns with its keys; null: it cannot be had so.
Result<std::unique_ptr<KeyedColumns>> side_of_join(const algebra::Join& join, bool is_left,
                                                   std::vector<value::FieldRequest> columns,
                                                   const OperatorContext& context);

class ReadByValues {
 public:
  // Of the side of `join`, which outlives this, that is read: of no use where its rows cannot be
  // had so, or those without a match are wanted.
  ReadByValues(const algebra::Join& join, std::vector<value::FieldRequest> columns,
               const OperatorContext& context);

  // Whether values of keys are worth telling. Not any more once they are many, or one of them is no
  // integer.
  bool is_of_use() const { return is_of_use_; }
  void note(std::int64_t key);
  void note(const value::Value& key);

  // The rows with the values that were told. Null: it is of no use, or there are none.
  Result<std::unique_ptr<KeyedColumns>> read();

 private:
  bool reads_right() const { return join_.hold_left; }
  algebra::PlanPtr plan_of(std::vector<value::Value> values) const;
  void give_up();

  const algebra::Join& join_;
  std::vector<value::FieldRequest> columns_;
  OperatorContext context_;
  bool is_of_use_ = false;
  std::size_t most_ = 0;
  MemoryCharge memory_;
  std::vector<std::int64_t> values_;
};

}  // namespace octavo::exec
