#pragma once

// How much of some rows conditions let through: by the statistics of the columns that they compare
// with constants, else by rules of thumb.

#include <set>
#include <span>
#include <vector>

#include "algebra/expr.h"
#include "dialect/sql/bind/binding.h"
#include "dialect/sql/bind/column_origin.h"
#include "statistics/column.h"

namespace octavo::sql {

class RowEstimates;

// What is wanted of the rules of thumb elsewhere, too.
constexpr double kShareOfEqual = 0.1;
constexpr double kShareOfOther = 1.0 / 3;

class ConditionShare {
 public:
  // `columns` outlives it.
  ConditionShare(RowEstimates& estimates, Binding& binding, const ColumnFinder& columns)
      : estimates_(estimates), binding_(binding), columns_(columns) {}

  double of(const algebra::ExprPtr& condition);
  // Of all of them together. What they say of `known` counts already.
  double of_all(std::span<const algebra::ExprPtr> conditions,
                const std::set<StoredColumn>& known = {});

 private:
  struct Compared;
  struct Range;

  std::optional<Compared> compared_of(const algebra::ExprPtr& condition) const;
  const statistics::Column* column_of(const algebra::ExprPtr& value) const;
  double of_call(const algebra::Call& call);
  double of_equal(const algebra::Call& call);
  double of_list(const algebra::Call& call);
  double of_like(const algebra::Call& call);
  double of_null(const algebra::Call& call);
  // Of which of the values that are known of the column the condition is true.
  double of_common(const algebra::Call& call, const statistics::Column& column) const;
  double of_bounds(const algebra::Call& call, const statistics::Column& column) const;
  bool is_true(const algebra::Call& call, const value::Value& of_column) const;

  RowEstimates& estimates_;
  Binding& binding_;
  const ColumnFinder& columns_;
};

// The conditions that hold where this one does, all together: parts of AND.
void add_parts(const algebra::ExprPtr& condition, std::vector<algebra::ExprPtr>& parts);

}  // namespace octavo::sql
