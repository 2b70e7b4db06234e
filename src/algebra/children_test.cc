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
  EXPECT_EQ(inputs(make_plan(Union{.inputs = {scan, values}})),
            (std::vector<PlanPtr>{scan, values}));
}

}  // namespace
}  // namespace octavo::algebra
