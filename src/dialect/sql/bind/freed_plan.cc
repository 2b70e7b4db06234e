#include "dialect/sql/bind/freed_plan.h"

#include <string_view>
#include <utility>

#include "base/overloaded.h"
#include "dialect/sql/bind/join_block.h"
#include "dialect/sql/bind/replace.h"

namespace octavo::sql {
namespace {

using algebra::ExprPtr;
using algebra::PlanPtr;
using Freed = std::optional<FreedPlan>;

// A condition of the rows of one side, as one of the pairs that a join makes of them.
ExprPtr over_pairs(const ExprPtr& condition, std::string_view side) {
  const auto& lambda = std::get<algebra::Lambda>(condition->node);
  const algebra::VarId row = lambda.params.front();
  const ExprPtr part = side_of(row, side);
  return algebra::lambda({row}, replace_variables(lambda.body, {{row, part}}));
}

class Freeing {
 public:
  explicit Freeing(const ParameterSet& parameters) : parameters_(parameters) {}

  Freed free(const PlanPtr& plan) const {
    if (!parameters_.are_in(plan)) return FreedPlan{.plan = plan, .conditions = {}};
    return std::visit(Overloaded{
                          [&](const algebra::Filter& node) { return free_node(node); },
                          [&](const algebra::ScanBy& node) -> Freed { return free_node(node); },
                          [&](const algebra::Join& node) { return free_node(node); },
                          [&](const algebra::LookupJoin& node) { return free_node(node); },
                          [](const auto&) -> Freed { return std::nullopt; },
                      },
                      plan->node);
  }

 private:
  Freed free_node(const algebra::Filter& node) const {
    Freed freed = free(node.input);
    if (!freed) return std::nullopt;
    if (parameters_.are_in(node.predicate)) {
      freed->conditions.push_back(node.predicate);
    } else {
      freed->plan = algebra::make_plan(
          algebra::Filter{.input = std::move(freed->plan), .predicate = node.predicate});
    }
    return freed;
  }

  static FreedPlan free_node(const algebra::ScanBy& node) {
    return {.plan = algebra::make_plan(algebra::Scan{.table = node.table}),
            .conditions = {},
            .looked_up = true,
            .by_index = node.index.has_value()};
  }

  Freed free_node(const algebra::Join& node) const {
    const bool is_inner = node.kind == algebra::JoinKind::inner;
    for (const algebra::JoinKey& key : node.keys) {
      if (parameters_.are_in(key.left) || parameters_.are_in(key.right)) return std::nullopt;
    }
    const bool has_condition = node.condition != nullptr && parameters_.are_in(node.condition);
    Freed left = free(node.left);
    Freed right = free(node.right);
    if (!left || !right || (has_condition && !is_inner)) return std::nullopt;
    // What a row has no match for depends on them.
    if (!is_inner && parameters_.are_in(node.right)) return std::nullopt;
    const bool makes_pairs =
        node.kind != algebra::JoinKind::semi && node.kind != algebra::JoinKind::anti;
    algebra::Join join = node;
    join.left = std::move(left->plan);
    join.right = std::move(right->plan);
    FreedPlan freed{.plan = nullptr,
                    .conditions = {},
                    .looked_up = left->looked_up || right->looked_up,
                    .by_index = left->by_index || right->by_index};
    for (const ExprPtr& condition : left->conditions) {
      freed.conditions.push_back(makes_pairs ? over_pairs(condition, "left") : condition);
    }
    for (const ExprPtr& condition : right->conditions) {
      freed.conditions.push_back(over_pairs(condition, "right"));
    }
    if (has_condition) freed.conditions.push_back(std::exchange(join.condition, nullptr));
    freed.plan = algebra::make_plan(std::move(join));
    return freed;
  }

  Freed free_node(const algebra::LookupJoin& node) const {
    if (parameters_.are_in(node.key)) return std::nullopt;
    const bool has_condition = node.condition != nullptr && parameters_.are_in(node.condition);
    Freed outer = free(node.outer);
    if (!outer || (has_condition && node.keep_unmatched)) return std::nullopt;
    algebra::LookupJoin join = node;
    join.outer = std::move(outer->plan);
    FreedPlan freed{.plan = nullptr,
                    .conditions = {},
                    .looked_up = outer->looked_up,
                    .by_index = outer->by_index};
    for (const ExprPtr& condition : outer->conditions) {
      freed.conditions.push_back(over_pairs(condition, "left"));
    }
    if (has_condition) freed.conditions.push_back(std::exchange(join.condition, nullptr));
    freed.plan = algebra::make_plan(std::move(join));
    return freed;
  }

  const ParameterSet& parameters_;
};

}  // namespace

ParameterSet::ParameterSet(const std::vector<algebra::VarId>& parameters) {
  for (const algebra::VarId parameter : parameters)
    bindings_.emplace_back(parameter, value::Value());
}

bool ParameterSet::are_in(const ExprPtr& expression) const {
  return algebra::bind(expression, bindings_) != expression;
}

bool ParameterSet::are_in(const PlanPtr& plan) const {
  return algebra::bind(plan, bindings_) != plan;
}

std::optional<FreedPlan> free_of(const ParameterSet& parameters, const PlanPtr& plan) {
  return Freeing(parameters).free(plan);
}

}  // namespace octavo::sql
