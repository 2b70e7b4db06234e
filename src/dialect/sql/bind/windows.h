#pragma once

// The window functions of a query block. Each has a variable that stands for its result in the
// expressions of the block, until the rows of the windows are there.

#include <utility>
#include <vector>

#include "algebra/plan.h"
#include "dialect/sql/bind/binding.h"
#include "dialect/sql/bind/order.h"
#include "dialect/sql/bind/replace.h"
#include "dialect/sql/bind/window_specs.h"
#include "dialect/sql/function/window_call.h"
#include "dialect/sql/type/typed.h"

namespace octavo::sql {

class Windows {
 public:
  Windows(Binding& binding, const List<NamedWindow>& named) : binding_(binding), named_(named) {}

  const NamedWindows& named() const { return named_; }

  // What rows are put in order by, over the rows of the block.
  struct Keys {
    std::vector<Typed> partition;
    std::vector<OrderKey> order;
  };
  // The variable of the function: of equal ones over equal windows it is the same.
  Result<Typed> add(Keys keys, BoundWindow bound);

  bool empty() const { return nodes_.empty(); }
  // Whether a result of a window is part of the expression.
  bool is_in(const algebra::ExprPtr& expression) const;

  // Calls `change(expression)` for each expression over the rows of the block.
  template <class Change>
  void each_expression(Change&& change) {
    for (algebra::Window& node : nodes_) each_expression_of(node, change);
  }

  // The rows of `input`, for which `row` stands in all expressions, with their windows. Once; then
  // expressions are put over the new rows by `over_rows`, for which `row()` stands.
  algebra::PlanPtr plan(algebra::PlanPtr input, algebra::VarId row);
  algebra::VarId row() const { return row_; }
  algebra::ExprPtr over_rows(const algebra::ExprPtr& expression) const;

 private:
  template <class Change>
  static void each_expression_of(algebra::Window& node, Change&& change) {
    for (algebra::ExprPtr& key : node.partition) change(key);
    for (algebra::SortKey& key : node.order) change(key.key);
    for (algebra::WindowFunction& function : node.functions) each_part(function, change);
  }
  template <class Change>
  static void each_part(algebra::WindowFunction& function, Change&& change) {
    const auto change_one = [&](algebra::ExprPtr& part) {
      if (part != nullptr) change(part);
    };
    change_one(function.argument);
    change_one(function.otherwise);
    if (function.aggregate) change_one(function.aggregate->argument);
    if (!function.frame) return;
    change_one(function.frame->start.limit);
    change_one(function.frame->end.limit);
  }

  std::size_t node_of(std::vector<algebra::ExprPtr> partition, std::vector<algebra::SortKey> order);
  algebra::PlanPtr with_keys_computed(algebra::PlanPtr input, algebra::Window& node);
  void move_to(algebra::VarId row);

  Binding& binding_;
  NamedWindows named_;
  // Its expressions are no lambdas until the plan is made.
  std::vector<algebra::Window> nodes_;
  std::vector<std::vector<algebra::VarId>> results_;  // of the functions of each node
  // What a variable is: an element of the rows of a node, or that row, which is within those of the
  // nodes behind it.
  struct Made {
    algebra::VarId variable;
    std::size_t node = 0;  // 0: rows without windows
    std::optional<std::size_t> place;
  };
  const algebra::ExprPtr& rows_of(std::size_t node) const;

  algebra::VarId row_{};
  std::size_t node_ = 0;  // whose rows `row_` are
  std::vector<Made> made_;
  // By how many nodes are behind: the row of one, within `row_`. Made when it is asked for.
  mutable std::vector<algebra::ExprPtr> within_;
};

}  // namespace octavo::sql
