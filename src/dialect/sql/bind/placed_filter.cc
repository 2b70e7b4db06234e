#include "dialect/sql/bind/placed_filter.h"

#include <array>
#include <string_view>
#include <utility>

#include "dialect/sql/bind/join_block.h"
#include "dialect/sql/bind/replace.h"
#include "dialect/sql/bind/row_estimates.h"

namespace octavo::sql {
namespace {

using algebra::ExprPtr;
using algebra::PlanPtr;
using algebra::VarId;

// The expression over rows of one side of a pair. Null: it names more of the pair.
ExprPtr over_side(const ExprPtr& expression, VarId row, std::string_view side) {
  const ExprPtr part = side_of(row, side);
  bool others = false;
  ExprPtr moved = replace_parts(expression, [&](const ExprPtr& at) -> ExprPtr {
    if (algebra::equal(at, part)) return algebra::variable(row);
    const algebra::Var* const variable = variable_of(at);
    others = others || (variable != nullptr && variable->id == row);
    return nullptr;
  });
  return others ? nullptr : moved;
}

class Placing {
 public:
  Placing(const FilteredRows& rows, Binding& binding)
      : rows_(rows), binding_(binding), estimates_(binding) {}

  Result<PlanPtr> place(const PlanPtr& plan, const Typed& condition) {
    TRY(PlanPtr below, place_below(*plan, condition, estimates_.plan(*plan)));
    if (below != nullptr) return below;
    const FilteredRows rows{.plan = plan, .row = rows_.row, .wanted = rows_.wanted};
    TRY(PlanPtr joined, unnest(rows, condition, binding_));
    if (joined != nullptr) return joined;
    return algebra::make_plan(algebra::Filter{
        .input = plan, .predicate = algebra::lambda({rows_.row}, condition.expression)});
  }

 private:
  // `rows`: of how many it would be asked above. Null: it is asked there.
  Result<PlanPtr> place_below(const algebra::Plan& plan, const Typed& condition, double rows) {
    if (const auto* const filter = std::get_if<algebra::Filter>(&plan.node)) {
      TRY(PlanPtr input, place_below(*filter->input, condition, rows));
      if (input == nullptr) return PlanPtr();
      return algebra::make_plan(
          algebra::Filter{.input = std::move(input), .predicate = filter->predicate});
    }
    if (const auto* const lookup = std::get_if<algebra::LookupJoin>(&plan.node)) {
      TRY(PlanPtr outer, place_in(rows, lookup->outer, "left", condition));
      if (outer == nullptr) return PlanPtr();
      algebra::LookupJoin node = *lookup;
      node.outer = std::move(outer);
      return algebra::make_plan(std::move(node));
    }
    const auto* const join = std::get_if<algebra::Join>(&plan.node);
    if (join == nullptr) return PlanPtr();
    const bool is_inner = join->kind == algebra::JoinKind::inner;
    if (!is_inner && join->kind != algebra::JoinKind::left) return PlanPtr();
    TRY(PlanPtr left, place_in(rows, join->left, "left", condition));
    PlanPtr right;
    if (left == nullptr && is_inner) {
      TRY(right, place_in(rows, join->right, "right", condition));
    }
    if (left == nullptr && right == nullptr) return PlanPtr();
    algebra::Join node = *join;
    if (left != nullptr) node.left = std::move(left);
    if (right != nullptr) node.right = std::move(right);
    return algebra::make_plan(std::move(node));
  }

  Result<PlanPtr> place_in(double rows, const PlanPtr& input, std::string_view side,
                           const Typed& condition) {
    Typed moved = condition;
    moved.expression = over_side(condition.expression, rows_.row, side);
    if (moved.expression == nullptr) return PlanPtr();
    if (estimates_.plan(*input) > rows) return PlanPtr();
    return place(input, moved);
  }

  const FilteredRows& rows_;
  Binding& binding_;
  RowEstimates estimates_;
};

}  // namespace

Result<PlanPtr> filter_by_query(const FilteredRows& rows, const Typed& condition,
                                Binding& binding) {
  return Placing(rows, binding).place(rows.plan, condition);
}

}  // namespace octavo::sql
