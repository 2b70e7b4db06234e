#pragma once

// The one place that says what the parts of an expression and the inputs of a plan are. Whoever
// walks trees has rules for the nodes that it is about, and leaves the others to these.

#include <algorithm>
#include <memory>
#include <utility>
#include <variant>
#include <vector>

#include "algebra/expr.h"
#include "algebra/plan.h"
#include "base/overloaded.h"

namespace octavo::algebra {

// Whether `holds(part)` for a part of the expression: asks in reading order, and no further once
// one does.
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
      },
      expression->node);
  return changed ? std::make_shared<const Expr>(std::move(out)) : expression;
}

// Calls `visit(input)` for each plan that the node reads.
template <class Visit>
void for_each_input(const Plan& plan, Visit&& visit) {
  std::visit(Overloaded{
                 [](const Scan&) {},
                 [](const Values&) {},
                 [&](const LookupJoin& join) { visit(join.outer); },
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
             },
             plan.node);
}

// The node with each plan that it reads replaced by `map(input)`, in the order of for_each_input.
template <class Map>
PlanPtr map_inputs(const Plan& plan, Map&& map) {
  Plan out = plan;
  std::visit(Overloaded{
                 [](Scan&) {},
                 [](Values&) {},
                 [&](LookupJoin& join) { join.outer = map(join.outer); },
                 [&](Union& all) {
                   for (PlanPtr& input : all.inputs) input = map(input);
                 },
                 [&](auto& node) { node.input = map(node.input); },
             },
             out.node);
  return std::make_shared<const Plan>(std::move(out));
}

}  // namespace octavo::algebra
