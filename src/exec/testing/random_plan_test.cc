// The oracle on cases that can be read, and an executor with a fault: its answers are found wrong,
// and what is printed of them is small. The operators are tested in
// layout/row/random_plans_test.cc.

#include "exec/testing/random_plan.h"

#include <gtest/gtest.h>

#include "algebra/children.h"
#include "exec/testing/oracle.h"
#include "exec/testing/random_tables.h"
#include "exec/testing/rows.h"
#include "exec/testing/shrink.h"
#include "exec/testing/terms.h"
#include "function/family.h"
#include "value/json.h"

namespace octavo::exec {
namespace {

using namespace testing_support;
using algebra::make_plan;
using algebra::PlanPtr;
using value::Value;

std::vector<Value> rows_of(std::string_view json) {
  const auto array = value::parse_json(json);
  ASSERT(array);
  return {array->as_array().begin(), array->as_array().end()};
}
PlanPtr literal(std::string_view json) { return make_plan(algebra::Values{rows_of(json)}); }

void expect(const Case& given, std::string_view json) {
  const auto outcome = evaluate(given);
  ASSERT_TRUE(outcome);
  EXPECT_FALSE(outcome->error) << outcome->error->what;
  EXPECT_EQ(print(outcome->rows), print(rows_of(json)));
}

// As a store gives them.
void number(Tables& tables) {
  std::uint64_t last = 0;
  for (Table& table : tables) {
    table.id = TableId{++last};
    for (TableIndex& index : table.indexes) index.id = IndexId{++last};
  }
}

Tables one_table() {
  Tables tables{
      {.name = "t",
       .rows = rows_of(R"([{"id":3,"a":1,"tags":["x","y","x"]},{"id":1,"a":1},
                                     {"id":2,"a":null,"tags":["y"]}])"),
       .indexes = {{.name = "a", .function = of_row(field(row(), "a"))},
                   {.name = "tags", .function = of_row(field(row(), "tags")), .multi = true}}}};
  number(tables);
  return tables;
}

TEST(RandomPlanOracle, Scans) {
  const Tables tables = one_table();
  const Table& table = tables.front();
  const auto scan = [&](std::optional<std::size_t> index, algebra::Scan of = {}) {
    of.table = table.id;
    if (index) of.index = table.indexes[*index].id;
    return Case{tables, make_plan(algebra::Map{make_plan(of), of_row(field(row(), "id"))})};
  };
  expect(scan({}), "[1,2,3]");
  expect(scan({}, {.order = algebra::Direction::descending}), "[3,2,1]");
  expect(scan({}, {.keys = algebra::KeyRange{{Value::int64(1), false}, {Value::int64(3), true}}}),
         "[2,3]");
  expect(scan({}, {.keys = algebra::KeySet{{Value::int64(2), Value::int64(9), Value::int64(2)}}}),
         "[2,2]");
  expect(scan(0), "[1,3]");
  expect(scan(1), "[3,3,2,3]");
  expect(scan(1, {.keys = algebra::KeySet{{Value::string("x")}}}), "[3,3]");
}

TEST(RandomPlanOracle, LimitsNeedNoRowBehindTheirs) {
  const auto names =
      make_plan(algebra::Map{literal(R"([{"a":1},{"a":2},{}])"), of_row(field(row(), "a"))});
  expect({{}, make_plan(algebra::Limit{names, 1, 1})}, "[2]");
  expect({{}, make_plan(algebra::Limit{names, 9, 0})}, "[]");
  const auto all = evaluate({{}, names});
  ASSERT_TRUE(all && all->error);
  EXPECT_EQ(all->rows.size(), 2U);
  EXPECT_EQ(all->error->code, Code::missing_value);
  EXPECT_TRUE(evaluate({{}, make_plan(algebra::Limit{names, 0, 3})})->error);
}

TEST(RandomPlanOracle, SortsGroupsAndJoins) {
  const Tables tables = one_table();
  const auto rows = literal(R"([{"k":1,"n":1},{"n":2},{"k":1,"n":3},{"k":null}])");
  const auto key = of_row(field(row(), "k"));
  const auto argument = of_row(field(row(), "n"));
  expect({{}, make_plan(algebra::Sort{rows, {{key, algebra::Direction::descending}}})},
         R"([{"k":1,"n":1},{"k":1,"n":3},{"k":null},{"n":2}])");
  expect({{},
          make_plan(algebra::Group{rows,
                                   {key},
                                   {{algebra::AggregateKind::count, nullptr},
                                    {algebra::AggregateKind::maximum, argument}}})},
         R"([{"group":null,"reduction":[2,2]},{"group":1,"reduction":[2,3]}])");
  expect({tables, make_plan(algebra::LookupJoin{
                      .outer = rows, .key = argument, .table = tables.front().id})},
         R"([{"left":{"k":1,"n":1},"right":{"id":1,"a":1}},
             {"left":{"n":2},"right":{"id":2,"a":null,"tags":["y"]}},
             {"left":{"k":1,"n":3},"right":{"id":3,"a":1,"tags":["x","y","x"]}}])");
}

TEST(RandomPlanRows, AreComparedAsThePlanPromises) {
  const auto three = literal("[1,2,2]");
  const auto wrong = [](const PlanPtr& plan, std::string_view json) {
    const auto expectation = Expectation::of({{}, plan});
    return !expectation || !expectation->difference(rows_of(json)).empty();
  };
  EXPECT_FALSE(wrong(three, "[1,2,2]"));
  EXPECT_TRUE(wrong(three, "[2,1,2]"));
  EXPECT_TRUE(wrong(three, "[1.0,2,2]")) << "no value becomes another that is equal";
  const auto distinct = make_plan(algebra::Distinct{three});
  EXPECT_FALSE(wrong(distinct, "[2,1.0]"));
  EXPECT_TRUE(wrong(distinct, "[2,1,2]"));
  EXPECT_TRUE(wrong(distinct, "[2]"));
  const auto any_one = make_plan(algebra::Limit{distinct, 0, 1});
  EXPECT_FALSE(wrong(any_one, "[1]"));
  EXPECT_FALSE(wrong(any_one, "[2]"));
  EXPECT_TRUE(wrong(any_one, "[3]"));
  EXPECT_TRUE(wrong(any_one, "[1,2]"));
  EXPECT_TRUE(wrong(any_one, "[]"));
  EXPECT_EQ(promise_of(make_plan(algebra::Distinct{any_one})), Promise::nothing);
  // Sorted by a key that several rows share, from a bag.
  const auto sorted = make_plan(
      algebra::Sort{distinct, {{of_row(algebra::constant(Value::int64(0)))}, {of_row(row())}}});
  EXPECT_FALSE(wrong(sorted, "[1,2]"));
  EXPECT_TRUE(wrong(sorted, "[2,1]"));
}

TEST(RandomPlanRows, ErrorsAreOneOfThoseThatThePlanMeets) {
  const auto plan =
      make_plan(algebra::Map{literal(R"([{"a":1},{"b":1},7])"), of_row(field(row(), "a"))});
  const auto expectation = Expectation::of({{}, plan});
  ASSERT_TRUE(expectation && expectation->is_error());
  EXPECT_FALSE(expectation->difference(rows_of("[1]")).empty());
  EXPECT_FALSE(expectation->difference(fail(Code::internal, "no")).empty());
  const auto both = evaluate_on({{}, plan});
  ASSERT_TRUE(both);
  ASSERT_EQ(both->errors.size(), 2U);
  for (const Error& error : both->errors) {
    EXPECT_TRUE(expectation->difference(fail(error)).empty()) << error.what;
  }
  const auto needed = Expectation::of({{}, make_plan(algebra::Limit{plan, 0, 1})});
  ASSERT_TRUE(needed && !needed->is_error());
  EXPECT_FALSE(needed->difference(fail(both->errors.front())).empty());
}

// Executors that are right but for one thing.
struct Fault {
  std::string_view name;
  void (*change)(algebra::Plan& plan);
};
template <class Node, class Change>
void change_node(algebra::Plan& plan, const Change& change) {
  if (auto* node = std::get_if<Node>(&plan.node)) change(*node);
}
constexpr Fault kFaults[] = {
    {"a limit gives a row more",
     [](algebra::Plan& plan) {
       change_node<algebra::Limit>(plan, [](auto& limit) {
         if (limit.count) ++*limit.count;
       });
     }},
    {"the first key of a sort is taken the other way round",
     [](algebra::Plan& plan) {
       change_node<algebra::Sort>(plan, [](auto& sort) {
         auto& direction = sort.keys.front().direction;
         direction = direction == algebra::Direction::ascending ? algebra::Direction::descending
                                                                : algebra::Direction::ascending;
       });
     }},
    {"a range has the key at its upper end",
     [](algebra::Plan& plan) {
       change_node<algebra::Scan>(plan, [](auto& scan) {
         auto* range = std::get_if<algebra::KeyRange>(&scan.keys);
         if (range != nullptr) range->upper.inclusive = true;
       });
     }},
    {"a key that is named twice counts once",
     [](algebra::Plan& plan) {
       change_node<algebra::Scan>(plan, [](auto& scan) {
         auto* set = std::get_if<algebra::KeySet>(&scan.keys);
         if (set == nullptr || set->keys.size() < 2) return;
         if (set->keys.front() == set->keys.back()) set->keys.pop_back();
       });
     }},
    {"a union has no last input",
     [](algebra::Plan& plan) {
       change_node<algebra::Union>(plan, [](auto& all) {
         if (!all.inputs.empty()) all.inputs.pop_back();
       });
     }},
    {"a join gives no row without a match",
     [](algebra::Plan& plan) {
       change_node<algebra::Join>(plan, [](auto& join) {
         if (join.kind == algebra::JoinKind::left) join.kind = algebra::JoinKind::inner;
       });
     }},
    {"nulls leave nothing open",
     [](algebra::Plan& plan) {
       change_node<algebra::Join>(plan, [](auto& join) { join.null_aware = false; });
     }},
    {"a least is the greatest",
     [](algebra::Plan& plan) {
       change_node<algebra::Group>(plan, [](auto& group) {
         for (auto& aggregate : group.aggregates) {
           if (aggregate.kind == algebra::AggregateKind::minimum) {
             aggregate.kind = algebra::AggregateKind::maximum;
           }
         }
       });
     }},
};

PlanPtr with_fault(const PlanPtr& plan, const Fault& fault) {
  algebra::Plan changed =
      *algebra::map_inputs(*plan, [&](const PlanPtr& input) { return with_fault(input, fault); });
  fault.change(changed);
  return std::make_shared<const algebra::Plan>(std::move(changed));
}

std::size_t nodes(const PlanPtr& plan) {
  std::size_t count = 1;
  algebra::for_each_input(*plan, [&](const PlanPtr& input) { count += nodes(input); });
  return count;
}

TEST(RandomPlans, FindAnExecutorWithAFaultAndShowItInAFewNodes) {
  for (const Fault& fault : kFaults) {
    const auto fails = [&](const Case& given) {
      const auto expectation = Expectation::of(given);
      const auto got = evaluate({given.tables, with_fault(given.plan, fault)});
      if (!expectation || !got) return false;
      const Result<std::vector<Value>> answer =
          got->error ? Result<std::vector<Value>>(fail(*got->error)) : got->rows;
      return !expectation->difference(answer).empty();
    };
    std::optional<Case> found;
    for (std::uint64_t seed = 0; seed < 2000 && !found; ++seed) {
      Random random(seed);
      Case given{random_tables(random), nullptr};
      number(given.tables);
      given.plan = random_plan(random, given.tables);
      if (fails(given)) found = std::move(given);
    }
    ASSERT_TRUE(found) << fault.name;
    const Case small = shrink(*found, fails);
    EXPECT_TRUE(fails(small)) << fault.name;
    EXPECT_LE(nodes(small.plan), 4U) << fault.name << "\n" << print(small);
  }
}

TEST(RandomPlans, OfOneSeedAreTheSame) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    std::string texts[2];
    for (std::string& text : texts) {
      Random random(seed);
      Case given{random_tables(random), nullptr};
      number(given.tables);
      given.plan = random_plan(random, given.tables);
      EXPECT_NE(promise_of(given.plan), Promise::nothing) << print(given);
      text = print(given);
    }
    EXPECT_EQ(texts[0], texts[1]);
  }
}

}  // namespace
}  // namespace octavo::exec
