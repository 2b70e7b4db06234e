#pragma once

// The outer side of a join that finds the matches of one outer row after the other, and the pairs
// that come of them.

#include <cstddef>

#include "algebra/expr.h"
#include "exec/context.h"
#include "exec/operator.h"

namespace octavo::exec {

class OuterRows {
 public:
  // `condition` ({left, right} → true for a match; null: every one that is added is) and what stays
  // without a match are as of LookupJoin. `query` outlives it.
  OuterRows(OperatorPtr outer, algebra::ExprPtr condition, bool keep_unmatched, QueryContext& query)
      : outer_(std::move(outer)),
        condition_(std::move(condition)),
        keep_unmatched_(keep_unmatched),
        query_(query) {}

  // Goes to the next row. False: there are no more. About `wanted` pairs are to come of what is
  // read. An error of the outer side comes behind the rows before it.
  Result<bool> next(std::size_t wanted);
  const value::Value& row() const { return row_; }
  // Puts out the row with `right`, if the condition holds.
  Status add(const value::Value& right, Rows& out);
  // The row has no more matches: one that had none is put out with null, if such rows stay.
  void finish(Rows& out) const;

 private:
  const OperatorPtr outer_;
  const algebra::ExprPtr condition_;
  const bool keep_unmatched_;
  QueryContext& query_;
  Rows batch_;
  std::size_t at_ = 0;
  Status read_;  // what comes after the batch
  value::Value row_;
  bool matched_ = false;
};

}  // namespace octavo::exec
