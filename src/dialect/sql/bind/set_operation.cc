// UNION, INTERSECT and EXCEPT.

#include <algorithm>
#include <utility>

#include "dialect/sql/bind/order.h"
#include "dialect/sql/bind/query_binder.h"
#include "dialect/sql/bind/types.h"
#include "dialect/sql/error/error.h"
#include "dialect/sql/function/aggregate_call.h"
#include "dialect/sql/function/operators.h"
#include "dialect/sql/type/common.h"

namespace octavo::sql {
namespace {

using algebra::ExprPtr;
using algebra::PlanPtr;

std::string_view word_of(SetOperator op) {
  switch (op) {
    case SetOperator::combine: return "UNION";
    case SetOperator::except: return "EXCEPT";
    case SetOperator::intersect: return "INTERSECT";
  }
  std::unreachable();
}

class SetBinder {
 public:
  explicit SetBinder(Binding& binding) : binding_(binding) {}

  Result<BoundQuery> bind(const SetOperation& operation, std::vector<BoundQuery> arms) {
    for (const BoundQuery& arm : arms) {
      if (arm.columns.size() != arms.front().columns.size()) return error<1222>();
    }
    TRY_STATUS(find_types(operation, arms));
    TRY(PlanPtr plan, converted(arms.front()));
    for (std::size_t i = 1; i < arms.size(); ++i) {
      TRY(PlanPtr right, converted(arms[i]));
      TRY(plan, combine(operation.arms[i], std::move(plan), std::move(right)));
    }
    return BoundQuery{.plan = std::move(plan), .columns = columns_of(std::move(arms.front()))};
  }

 private:
  Status find_types(const SetOperation& operation, const std::vector<BoundQuery>& arms) {
    const std::string_view word = word_of(operation.arms.back().op);
    for (std::size_t i = 0; i < arms.front().columns.size(); ++i) {
      std::vector<Type> types;
      for (const BoundQuery& arm : arms) types.push_back(arm.columns[i].type);
      TRY(Type type, common_type(types, word));
      types_.push_back(std::move(type));
    }
    return {};
  }

  // Names are those of the first arm; a column of several tables is of none.
  std::vector<OutputColumn> columns_of(BoundQuery first) {
    std::vector<OutputColumn> columns;
    for (std::size_t i = 0; i < types_.size(); ++i) {
      columns.push_back({.name = std::move(first.columns[i].name), .type = types_[i]});
    }
    return columns;
  }

  // The rows of an arm with the types of all.
  Result<PlanPtr> converted(const BoundQuery& arm) {
    const algebra::VarId row = binding_.fresh();
    std::vector<ExprPtr> parts;
    bool changed = false;
    for (std::size_t i = 0; i < types_.size(); ++i) {
      Typed element = bind_element(algebra::variable(row), i, arm.columns[i].type);
      const ExprPtr before = element.expression;
      TRY(const Typed part, convert_to(std::move(element), types_[i], binding_.calls()));
      changed = changed || part.expression != before;
      parts.push_back(part.expression);
    }
    if (!changed) return arm.plan;
    return algebra::make_plan(
        algebra::Map{.input = arm.plan,
                     .function = algebra::lambda({row}, algebra::make_array(std::move(parts)))});
  }

  Result<PlanPtr> combine(const SetArm& arm, PlanPtr left, PlanPtr right) {
    if (arm.op == SetOperator::combine) {
      PlanPtr all = both(std::move(left), std::move(right));
      return arm.all ? Result<PlanPtr>(std::move(all))
                     : distinct(std::move(all), types_, false, binding_);
    }
    if (arm.all) return matched_rows(arm.op, std::move(left), std::move(right));
    return common_rows(arm.op, std::move(left), std::move(right));
  }

  static PlanPtr both(PlanPtr left, PlanPtr right) {
    std::vector<PlanPtr> inputs;
    if (const auto* node = std::get_if<algebra::Union>(&left->node)) {
      inputs = node->inputs;
    } else {
      inputs.push_back(std::move(left));
    }
    inputs.push_back(std::move(right));
    return algebra::make_plan(algebra::Union{.inputs = std::move(inputs)});
  }

  // Which side a row is of.
  static constexpr std::int64_t kLeft = 0;
  static constexpr std::int64_t kRight = 1;

  PlanPtr with_side(PlanPtr input, std::int64_t side) {
    const algebra::VarId row = binding_.fresh();
    ExprPtr pair =
        algebra::make_array({algebra::variable(row), algebra::constant(value::Value::int64(side))});
    return algebra::make_plan(algebra::Map{.input = std::move(input),
                                           .function = algebra::lambda({row}, std::move(pair))});
  }

  // Rows of both sides, or of the left one alone: groups of equal rows, and the sides in each.
  Result<PlanPtr> common_rows(SetOperator op, PlanPtr left, PlanPtr right) {
    const algebra::VarId pair = binding_.fresh();
    const auto over_pair = [&](ExprPtr body) { return algebra::lambda({pair}, std::move(body)); };
    const ExprPtr row = element(algebra::variable(pair), 0).expression;
    const ExprPtr side = element(algebra::variable(pair), 1).expression;
    algebra::Group group{
        .input = both(with_side(std::move(left), kLeft), with_side(std::move(right), kRight))};
    TRY(std::vector<ExprPtr> keys, comparison_keys(row, types_, binding_));
    for (ExprPtr& key : keys) group.keys.push_back(over_pair(std::move(key)));
    algebra::Aggregate first = bind_any_value({row, any_type()}).aggregate;
    first.argument = over_pair(std::move(first.argument));
    group.aggregates = {std::move(first),
                        {.kind = algebra::AggregateKind::minimum, .argument = over_pair(side)},
                        {.kind = algebra::AggregateKind::maximum, .argument = over_pair(side)}};

    const algebra::VarId made = binding_.fresh();
    const ExprPtr results = bind_field(algebra::variable(made), "reduction", any_type()).expression;
    PlanPtr plan = algebra::make_plan(std::move(group));
    const bool both_sides = op == SetOperator::intersect;
    TRY(plan, where_side(std::move(plan), made, element(results, 1), kLeft));
    TRY(plan, where_side(std::move(plan), made, element(results, 2), both_sides ? kRight : kLeft));
    return algebra::make_plan(
        algebra::Map{.input = std::move(plan),
                     .function = algebra::lambda({made}, element(results, 0).expression)});
  }

  // INTERSECT ALL and EXCEPT ALL: of equal rows as many of the left ones as there are right ones,
  // or those that are more. The left rows are counted, and the right ones beside them.
  Result<PlanPtr> matched_rows(SetOperator op, PlanPtr left, PlanPtr right) {
    const algebra::VarId pair = binding_.fresh();
    const auto over_pair = [&](ExprPtr body) { return algebra::lambda({pair}, std::move(body)); };
    const ExprPtr side = element(algebra::variable(pair), 1).expression;
    algebra::Window window{
        .input = both(with_side(std::move(left), kLeft), with_side(std::move(right), kRight)),
        .order = {{.key = over_pair(side)}}};
    const ExprPtr row = element(algebra::variable(pair), 0).expression;
    TRY(std::vector<ExprPtr> keys, comparison_keys(row, types_, binding_));
    for (ExprPtr& key : keys) window.partition.push_back(over_pair(std::move(key)));
    algebra::Aggregate on_the_right{.kind = algebra::AggregateKind::sum,
                                    .argument = over_pair(side)};
    window.functions.push_back({.kind = algebra::WindowKind::row_number});
    window.functions.push_back(
        {.kind = algebra::WindowKind::aggregate, .aggregate = std::move(on_the_right)});

    const algebra::VarId made = binding_.fresh();
    const ExprPtr counted = algebra::variable(made);
    const ExprPtr made_pair = bind_element(counted, 0, any_type()).expression;
    const Type count = with_null(double_type(), false);
    PlanPtr plan = algebra::make_plan(std::move(window));
    TRY(plan, where_side(std::move(plan), made, element(made_pair, 1), kLeft));
    const bool both_sides = op == SetOperator::intersect;
    const BinaryOperator compare =
        both_sides ? BinaryOperator::less_or_equal : BinaryOperator::greater;
    TRY(plan, where(std::move(plan), made, compare, element(counted, 1),
                    bind_element(counted, 2, count)));
    return algebra::make_plan(
        algebra::Map{.input = std::move(plan),
                     .function = algebra::lambda({made}, element(made_pair, 0).expression)});
  }

  static Typed element(const ExprPtr& row, std::size_t place) {
    return bind_element(row, place, with_null(big_integer(), false));
  }

  Result<PlanPtr> where_side(PlanPtr input, algebra::VarId row, Typed side, std::int64_t wanted) {
    return where(std::move(input), row, BinaryOperator::equal, std::move(side),
                 typed_constant(value::Value::int64(wanted), big_integer()));
  }

  Result<PlanPtr> where(PlanPtr input, algebra::VarId row, BinaryOperator op, Typed a, Typed b) {
    const CallContext& calls = binding_.calls();
    TRY(Typed holds, bind_binary(op, std::move(a), std::move(b), calls));
    TRY(ExprPtr condition, as_condition(std::move(holds), calls));
    return algebra::make_plan(algebra::Filter{
        .input = std::move(input), .predicate = algebra::lambda({row}, std::move(condition))});
  }

  Binding& binding_;
  std::vector<Type> types_;  // of the columns
};

}  // namespace

Result<BoundQuery> bind_arms(const SetOperation& operation, std::vector<BoundQuery> arms,
                             Binding& binding) {
  return SetBinder(binding).bind(operation, std::move(arms));
}

Result<BoundQuery> bind_set_operation(const SetOperation& operation, const Surroundings& around,
                                      Binding& binding) {
  TRY_STATUS(binding.begin_block());
  std::vector<BoundQuery> arms;
  for (const SetArm& arm : operation.arms) {
    TRY(BoundQuery bound, bind_body(arm.body, {}, around, binding));
    arms.push_back(std::move(bound));
  }
  return bind_arms(operation, std::move(arms), binding);
}

}  // namespace octavo::sql
