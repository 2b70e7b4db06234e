#pragma once

// Operators whose rows may be had as columns, by whoever has no use for values of their own.

#include <cstddef>

#include "base/result.h"
#include "value/batch.h"

namespace octavo::exec {

// What such an operator is as well.
class ColumnRows {
 public:
  ColumnRows() = default;
  ColumnRows(const ColumnRows&) = delete;
  ColumnRows& operator=(const ColumnRows&) = delete;
  virtual ~ColumnRows() = default;

  // Before its first row; false: there are no columns, and its rows are yet to be had. From then on
  // it gives no others.
  virtual Result<bool> begin_columns() = 0;
  // Reads further rows, at most value::kBatchRows; 0 means the end. Errors as Operator::next has
  // them, but that the rows before one come with the call before.
  virtual Result<std::size_t> next_columns() = 0;
  // Those: a column for each element of the arrays that its rows are, which has no value where that
  // is null. Good until the next call of `next_columns`.
  virtual const value::Batch& columns() const = 0;
};

}  // namespace octavo::exec
