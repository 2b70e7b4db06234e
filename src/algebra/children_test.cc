#include "algebra/children.h"

#include <gtest/gtest.h>

#include <string>

namespace octavo::algebra {
namespace {

ExprPtr number(std::int64_t n) { return constant(value::Value::int64(n)); }
std::int64_t value_of(const ExprPtr& expression) {
  return std::get<Const>(expression->node).value.as_int64();
}

// One of each kind with parts, and how many it has.
const std::pair<ExprPtr, int> kParents[] = {
    {call({FamilyId{1}, 1}, {number(1), number(2)}, {{"a", number(3)}}), 3},
    {lambda({VarId{1}}, number(1)), 1},
    {make_array({number(1), number(2)}), 2},
    {make_object({{"a", number(1)}, {"b", number(2)}}), 2},
    {subplan({.kind = SubplanKind::any,
              .plan = make_plan(Values{}),
              .params = {VarId{1}, VarId{2}},
              .args = {number(1), number(2)},
              .operand = number(3)}),
     3},
    {number(1), 0},
    {variable(VarId{1}), 0},
};

TEST(Children, AreAskedInOrderUntilOneHolds) {
  for (const auto& [parent, count] : kParents) {
    std::int64_t last = 0;
    EXPECT_FALSE(any_child(*parent, [&](const ExprPtr& part) {
      EXPECT_EQ(value_of(part), last + 1);
      last = value_of(part);
      return false;
    }));
    EXPECT_EQ(last, count);
    int asked = 0;
    EXPECT_EQ(any_child(*parent, [&](const ExprPtr&) { return ++asked == 1; }), count > 0);
    EXPECT_EQ(asked, std::min(count, 1));
  }
}

TEST(Children, AreReplacedAndSharedWhereTheyStay) {
  for (const auto& [parent, count] : kParents) {
    EXPECT_EQ(map_children(parent, [](const ExprPtr& part) { return part; }), parent);
    const ExprPtr doubled =
        map_children(parent, [](const ExprPtr& part) { return number(2 * value_of(part)); });
    EXPECT_EQ(doubled == parent, count == 0);
    std::int64_t sum = 0;
    any_child(*doubled, [&](const ExprPtr& part) {
      sum += value_of(part);
      return false;
    });
    EXPECT_EQ(sum, count * (count + 1));
    EXPECT_EQ(doubled->node.index(), parent->node.index());
  }
}

TEST(Children, InputsOfPlansAreVisited) {
  const PlanPtr scan = make_plan(Scan{.table = TableId{7}});
  const PlanPtr values = make_plan(Values{});
  const auto inputs = [](const PlanPtr& plan) {
    std::vector<PlanPtr> out;
    for_each_input(*plan, [&](const PlanPtr& input) { out.push_back(input); });
    return out;
  };
  EXPECT_TRUE(inputs(scan).empty());
  EXPECT_EQ(inputs(make_plan(Limit{.input = scan})), std::vector<PlanPtr>{scan});
  EXPECT_EQ(inputs(make_plan(LookupJoin{.outer = values})), std::vector<PlanPtr>{values});
  EXPECT_TRUE(inputs(make_plan(Working{})).empty());
  EXPECT_EQ(inputs(make_plan(Recursive{.seed = scan, .step = values, .most = {}})),
            (std::vector<PlanPtr>{scan, values}));
  EXPECT_EQ(inputs(make_plan(Window{.input = values})), std::vector<PlanPtr>{values});
  EXPECT_EQ(inputs(make_plan(Union{.inputs = {scan, values}})),
            (std::vector<PlanPtr>{scan, values}));
  EXPECT_EQ(inputs(make_plan(Join{.left = scan, .right = values})),
            (std::vector<PlanPtr>{scan, values}));
  EXPECT_EQ(inputs(make_plan(Apply{.outer = scan, .inner = values})),
            (std::vector<PlanPtr>{scan, values}));
}

TEST(Children, ExpressionsOfPlansAreVisited) {
  const auto count = [](const PlanPtr& plan) {
    int found = 0;
    for_each_expression(*plan, [&](const ExprPtr&) { ++found; });
    return found;
  };
  const ExprPtr one = number(1);
  EXPECT_EQ(count(make_plan(Scan{})), 0);
  EXPECT_EQ(count(make_plan(ScanBy{.keys = {one}, .lower = {.value = one}})), 2);
  EXPECT_EQ(count(make_plan(Sort{.keys = {{one}, {one}}})), 2);
  EXPECT_EQ(count(make_plan(LookupJoin{.key = one, .condition = one})), 2);
  EXPECT_EQ(count(make_plan(Apply{.arguments = one})), 1);
  EXPECT_EQ(count(make_plan(Recursive{.distinct_by = one, .most = {}})), 1);
  WindowFunction function{.argument = one, .otherwise = one};
  function.aggregate = {.argument = one};
  function.frame = Frame{.start = {.limit = one}, .end = {.limit = one}};
  EXPECT_EQ(count(make_plan(
                Window{.partition = {one}, .order = {{one}}, .functions = {std::move(function)}})),
            7);
  EXPECT_EQ(count(make_plan(Group{.keys = {one}, .aggregates = {{.argument = one}, {}}})), 2);
}

TEST(Children, SubplansAreFoundInArgumentsAndNotInPlans) {
  const ExprPtr inner = subplan({.plan = make_plan(Values{})});
  const ExprPtr within = subplan({.plan = make_plan(Filter{make_plan(Values{}), inner}),
                                  .params = {VarId{1}},
                                  .args = {make_array({inner})}});
  int found = 0;
  for_each_subplan(*lambda({}, within), [&](const Subplan&) { ++found; });
  EXPECT_EQ(found, 2);
  EXPECT_TRUE(has_subplan(within));
  EXPECT_FALSE(has_subplan(number(1)));
}

TEST(Children, InputsOfPlansAreReplaced) {
  const PlanPtr one = make_plan(Values{{value::Value::int64(1)}});
  const PlanPtr other = make_plan(Values{{value::Value::int64(2)}});
  const auto replaced = [&](const PlanPtr& plan) {
    const PlanPtr made =
        map_inputs(*plan, [&](const PlanPtr& input) { return input == one ? other : input; });
    std::vector<PlanPtr> out;
    for_each_input(*made, [&](const PlanPtr& input) { out.push_back(input); });
    return out;
  };
  EXPECT_EQ(replaced(make_plan(Join{.left = other, .right = one})),
            (std::vector<PlanPtr>{other, other}));
  EXPECT_EQ(replaced(make_plan(LookupJoin{.outer = one})), std::vector<PlanPtr>{other});
}

}  // namespace
}  // namespace octavo::algebra
