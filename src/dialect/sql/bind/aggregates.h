#pragma once

// The aggregates of a query block. Each has a variable that stands for its result in the
// expressions of the block, until the rows of the groups are there.

#include <cstddef>
#include <vector>

#include "algebra/plan.h"
#include "dialect/sql/bind/binding.h"
#include "dialect/sql/function/aggregate_call.h"
#include "dialect/sql/type/typed.h"

namespace octavo::sql {

// Null is the same as null.
bool same_expression(const algebra::ExprPtr& a, const algebra::ExprPtr& b);
bool same_aggregate(const algebra::Aggregate& a, const algebra::Aggregate& b);

class Aggregates {
 public:
  struct Entry {
    algebra::Aggregate aggregate;  // its argument is over the row, and no lambda yet
    algebra::VarId result{};
    Type type;
    // ANY_VALUE(x), which makes no groups, and is x where there are none.
    algebra::ExprPtr any_value;
  };

  explicit Aggregates(Binding& binding) : binding_(binding) {}

  // The variable of the aggregate: of equal ones it is the same.
  Typed add(BoundAggregate aggregate);
  Typed add_any_value(const Typed& operand);

  // GROUPING(x, ...): which of its arguments are left out of a group.
  struct Grouping {
    std::vector<algebra::ExprPtr> arguments;
    algebra::VarId result{};
  };
  Typed add_grouping(std::vector<algebra::ExprPtr> arguments);

  const std::vector<Grouping>& groupings() const { return groupings_; }
  const std::vector<Entry>& entries() const { return entries_; }
  // Whether the variable stands for the result of one.
  bool has(algebra::VarId variable) const;
  // Whether there is one for which the query needs groups.
  bool make_groups() const;
  // `expression` with each ANY_VALUE(x) replaced by x: of a block that has no groups.
  algebra::ExprPtr without_groups(const algebra::ExprPtr& expression) const;

 private:
  Binding& binding_;
  std::vector<Entry> entries_;
  std::vector<Grouping> groupings_;
};

}  // namespace octavo::sql
