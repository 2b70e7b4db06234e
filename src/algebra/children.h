#pragma once

// The one place that says what the parts of an expression and the inputs of a plan are. Whoever
// walks trees has rules for the nodes that it is about, and leaves the others to these.

#include <algorithm>
#include <memory>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "algebra/expr.h"
#include "algebra/plan.h"
#include "base/overloaded.h"

namespace octavo::algebra {

// Whether `holds(part)` for a part of the expression: asks in reading order, and no further once
// one does. A plan is no part: it names nothing of what is around it.
template <class Holds>
bool any_child(const Expr& expression, Holds&& holds) {
  const auto any_option = [&holds](const std::vector<Option>& options) {
    return std::ranges::any_of(options, [&](const Option& option) { return holds(option.value); });
  };
  return std::visit(
      Overloaded{
          [](const Const&) { return false; },
          [](const Var&) { return false; },
          [&](const Call& call) {
            return std::ranges::any_of(call.args, holds) || any_option(call.options);
          },
          [&](const Lambda& lambda) { return static_cast<bool>(holds(lambda.body)); },
          [&](const MakeArray& array) { return std::ranges::any_of(array.elements, holds); },
          [&](const MakeObject& object) { return any_option(object.fields); },
          [&](const Subplan& subplan) {
            return std::ranges::any_of(subplan.args, holds) ||
                   (subplan.operand != nullptr && holds(subplan.operand));
          },
      },
      expression.node);
}

// The expression with each of its parts replaced by `map(part)`. The same tree when all stay as
// they are.
template <class Map>
ExprPtr map_children(const ExprPtr& expression, Map&& map) {
  bool changed = false;
  const auto mapped = [&](const ExprPtr& part) -> ExprPtr {
    ExprPtr out = map(part);
    changed = changed || out != part;
    return out;
  };
  const auto all = [&](const std::vector<ExprPtr>& parts) {
    std::vector<ExprPtr> out;
    out.reserve(parts.size());
    for (const ExprPtr& part : parts) out.push_back(mapped(part));
    return out;
  };
  const auto options = [&](const std::vector<Option>& given) {
    std::vector<Option> out;
    out.reserve(given.size());
    for (const Option& option : given) out.push_back({option.name, mapped(option.value)});
    return out;
  };
  Expr out = std::visit(
      Overloaded{
          [](const Const& constant) { return Expr{constant}; },
          [](const Var& variable) { return Expr{variable}; },
          [&](const Call& call) {
            std::vector<ExprPtr> args = all(call.args);
            return Expr{Call{call.function, std::move(args), options(call.options)}};
          },
          [&](const Lambda& lambda) { return Expr{Lambda{lambda.params, mapped(lambda.body)}}; },
          [&](const MakeArray& array) { return Expr{MakeArray{all(array.elements)}}; },
          [&](const MakeObject& object) { return Expr{MakeObject{options(object.fields)}}; },
          [&](const Subplan& subplan) {
            Subplan copy = subplan;
            copy.args = all(subplan.args);
            if (subplan.operand != nullptr) copy.operand = mapped(subplan.operand);
            return Expr{std::move(copy)};
          },
      },
      expression->node);
  return changed ? std::make_shared<const Expr>(std::move(out)) : expression;
}

// Calls `visit(input)` for each plan that the node reads.
template <class Visit>
void for_each_input(const Plan& plan, Visit&& visit) {
  std::visit(Overloaded{
                 [](const Scan&) {},
                 [](const ScanBy&) {},
                 [](const Values&) {},
                 [](const Working&) {},
                 [&](const LookupJoin& join) { visit(join.outer); },
                 [&](const Apply& apply) {
                   visit(apply.outer);
                   visit(apply.inner);
                 },
                 [&](const Join& join) {
                   visit(join.left);
                   visit(join.right);
                 },
                 [&](const Union& all) {
                   for (const PlanPtr& input : all.inputs) visit(input);
                 },
                 [&](const Filter& node) { visit(node.input); },
                 [&](const Map& node) { visit(node.input); },
                 [&](const Unwind& node) { visit(node.input); },
                 [&](const Sort& node) { visit(node.input); },
                 [&](const Limit& node) { visit(node.input); },
                 [&](const Distinct& node) { visit(node.input); },
                 [&](const Group& node) { visit(node.input); },
                 [&](const Window& node) { visit(node.input); },
                 [&](const Recursive& node) {
                   visit(node.seed);
                   visit(node.step);
                 },
             },
             plan.node);
}

// The node with each plan that it reads replaced by `map(input)`, in the order of for_each_input.
template <class Map>
PlanPtr map_inputs(const Plan& plan, Map&& map) {
  Plan out = plan;
  std::visit(Overloaded{
                 [](Scan&) {},
                 [](ScanBy&) {},
                 [](Values&) {},
                 [](Working&) {},
                 [&](LookupJoin& join) { join.outer = map(join.outer); },
                 [&](Apply& apply) {
                   apply.outer = map(apply.outer);
                   apply.inner = map(apply.inner);
                 },
                 [&](Join& join) {
                   join.left = map(join.left);
                   join.right = map(join.right);
                 },
                 [&](Recursive& node) {
                   node.seed = map(node.seed);
                   node.step = map(node.step);
                 },
                 [&](Union& all) {
                   for (PlanPtr& input : all.inputs) input = map(input);
                 },
                 [&](auto& node) { node.input = map(node.input); },
             },
             out.node);
  return std::make_shared<const Plan>(std::move(out));
}

// Calls `visit(expression)` for each expression of the node itself, as the plan has it: one that
// may be changed where the plan may.
template <class PlanLike, class Visit>
void for_each_expression(PlanLike& plan, Visit&& visit) {
  const auto some = [&visit](auto& expression) {
    if (expression != nullptr) visit(expression);
  };
  std::visit(
      [&](auto& node) {
        using Node = std::remove_cvref_t<decltype(node)>;
        if constexpr (std::is_same_v<Node, ScanBy>) {
          for (auto& key : node.keys) some(key);
          some(node.lower.value);
          some(node.upper.value);
        } else if constexpr (std::is_same_v<Node, Filter>) {
          some(node.predicate);
        } else if constexpr (std::is_same_v<Node, Map> || std::is_same_v<Node, Unwind>) {
          some(node.function);
        } else if constexpr (std::is_same_v<Node, Sort>) {
          for (auto& key : node.keys) some(key.key);
        } else if constexpr (std::is_same_v<Node, LookupJoin>) {
          some(node.key);
          some(node.condition);
        } else if constexpr (std::is_same_v<Node, Apply>) {
          some(node.arguments);
          some(node.condition);
        } else if constexpr (std::is_same_v<Node, Join>) {
          for (auto& key : node.keys) {
            some(key.left);
            some(key.right);
          }
          some(node.condition);
        } else if constexpr (std::is_same_v<Node, Group>) {
          for (auto& key : node.keys) some(key);
          for (auto& aggregate : node.aggregates) {
            some(aggregate.argument);
            for (auto& option : aggregate.options) some(option.value);
          }
        } else if constexpr (std::is_same_v<Node, Window>) {
          for (auto& key : node.partition) some(key);
          for (auto& key : node.order) some(key.key);
          for (auto& function : node.functions) {
            some(function.argument);
            some(function.otherwise);
            if (function.aggregate) {
              some(function.aggregate->argument);
              for (auto& option : function.aggregate->options) some(option.value);
            }
            if (!function.frame) continue;
            some(function.frame->start.limit);
            some(function.frame->end.limit);
          }
        } else if constexpr (std::is_same_v<Node, Recursive>) {
          some(node.distinct_by);
        } else {
          static_assert(std::is_same_v<Node, Scan> || std::is_same_v<Node, Values> ||
                        std::is_same_v<Node, Limit> || std::is_same_v<Node, Distinct> ||
                        std::is_same_v<Node, Union> || std::is_same_v<Node, Working>);
        }
      },
      plan.node);
}

// Calls `visit(subplan)` for each plan that stands in the expression; not for those within them.
template <class Visit>
void for_each_subplan(const Expr& expression, Visit&& visit) {
  if (const auto* subplan = std::get_if<Subplan>(&expression.node)) visit(*subplan);
  any_child(expression, [&](const ExprPtr& part) {
    for_each_subplan(*part, visit);
    return false;
  });
}

inline bool has_subplan(const ExprPtr& expression) {
  if (std::holds_alternative<Subplan>(expression->node)) return true;
  return any_child(*expression, [](const ExprPtr& part) { return has_subplan(part); });
}

}  // namespace octavo::algebra
