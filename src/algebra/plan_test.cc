#include "algebra/plan.h"

#include <gtest/gtest.h>

#include "algebra/parse.h"

namespace octavo::algebra {
namespace {

using value::Value;

std::string_view test_name(FunctionId function) { return function.number == 1 ? "f" : ""; }
std::optional<FunctionId> test_find(std::string_view name) {
  return name == "f" ? std::optional(FunctionId{FamilyId{1}, 1}) : std::nullopt;
}
ExprPtr field(std::string_view name) {
  const VarId row{1};
  return lambda({row}, call({FamilyId{1}, 1}, {variable(row), constant(Value::string(name))}));
}

TEST(Plan, PrintsEveryNode) {
  const PlanPtr scan = make_plan(
      Scan{.table = TableId{5},
           .index = IndexId{7},
           .keys = KeyRange{.lower = {Value::int64(1), true}, .upper = {Value::string("z"), false}},
           .order = Direction::descending});
  const PlanPtr keys =
      make_plan(Scan{.table = TableId{6}, .keys = KeySet{{Value::int64(1), Value::int64(1)}}});
  const PlanPtr half = make_plan(
      Scan{.table = TableId{6}, .keys = KeyRange{.lower = {}, .upper = {Value::null(), true}}});
  const PlanPtr both = make_plan(Union{{
      make_plan(Filter{scan, field("a")}),
      make_plan(Map{keys, field("b")}),
      make_plan(Unwind{half, field("c")}),
      make_plan(Values{{Value::int64(1), Value::boolean(true)}}),
      make_plan(Scan{.table = TableId{1}}),
  }});
  const PlanPtr sorted = make_plan(
      Sort{both, {{field("x")}, {field("y"), Direction::descending}}, value::Order::bson});
  const PlanPtr joined = make_plan(
      LookupJoin{make_plan(Limit{sorted, 2, 10}), field("id"), TableId{9}, std::nullopt, true});
  const PlanPtr grouped =
      make_plan(Group{make_plan(Distinct{joined}),
                      {field("k")},
                      {{AggregateKind::count, nullptr},
                       {AggregateKind::sum, field("n"), true},
                       {AggregateKind::function,
                        field("t"),
                        true,
                        FunctionId{FamilyId{1}, 1},
                        {{"separator", constant(Value::string(", "))}}},
                       {AggregateKind::function, nullptr, false, FunctionId{FamilyId{3}, 4}}},
                      value::Order::native});
  EXPECT_EQ(
      print(grouped, test_name),
      R"((group (key (lambda (v1) (f v1 "k"))) (count) (sum required (lambda (v1) (f v1 "n"))) )"
      R"((function f required (lambda (v1) (f v1 "t")) :separator ", ") (function #3.4)
  (distinct
    (lookup_join table=9 keep_order (lambda (v1) (f v1 "id"))
      (limit skip=2 count=10
        (sort order=bson (ascending (lambda (v1) (f v1 "x"))) (descending (lambda (v1) (f v1 "y")))
          (union
            (filter (lambda (v1) (f v1 "a"))
              (scan table=5 index=7 keys=[1, "z") order=descending))
            (map (lambda (v1) (f v1 "b"))
              (scan table=6 keys={1, 1}))
            (unwind (lambda (v1) (f v1 "c"))
              (scan table=6 keys=(-, null]))
            (values 1 true)
            (scan table=1))))))))");
  const auto parsed = parse_plan(print(grouped, test_name), test_find);
  ASSERT_TRUE(parsed.has_value()) << parsed.error().what;
  EXPECT_EQ(print(*parsed, test_name), print(grouped, test_name));
}

TEST(Plan, TextReadsBack) {
  for (const std::string_view text :
       {"(scan table=1 keys=(-5, +))",
        "(scan table=1 keys=(-, -5])",
        "(scan table=1 keys={})",
        "(scan table=1 keys=[[1,2], [1,#max_key]] order=ascending)",
        "(values)",
        "(union)",
        "(values {\"a\":[]} #date\"2024-01-01\")",
        "(sort order=bson (descending 1)\n  (values))",
        "(sort ties=descending most=5 \"no \\\"more\\\"\" (ascending 1)\n  (values))",
        "(limit skip=1\n  (values))",
        "(group rollup (key v1) (count)\n  (values))",
        "(group order=by_type_name (average v1) (minimum v1) (count) (maximum v1)\n  (values))",
        ("(window (partition v1) (descending v2) (row_number) (ntile count=4) (lag count=2 (of v1) "
         "(otherwise 5)) (nth_value count=3 (of v1) (rows (preceding 1) (following 0))) (aggregate "
         "(sum required v1) (range (unbounded_preceding) (following (f v1)))) (aggregate (count))\n"
         "  (values))"),
        "(lookup_join table=1 index=2 v1\n  (distinct\n    (values)))",
        "(lookup_join table=1 keep_order keep_unmatched v1 (condition v2)\n  (values))",
        "(scan_by table=1 index=2 order=descending (keys v1 5))",
        "(scan_by table=1)",
        "(scan_by table=1 (above v1) (to v2))",
        "(scan_by table=1 (from v1) (below (f v2)))",
        "(apply (v1 v2) v3\n  (values)\n  (values 1))",
        "(apply keep_unmatched () v3 (condition v4)\n  (values)\n  (scan_by table=1 (keys v1)))",
        "(map (lambda (v1) (subplan rows family=2 () (values 1)))\n  (values))",
        ("(filter (subplan exists family=1 (v2 v1 v3 (f v1)) (limit count=1 (scan_by table=1 (keys "
         "v2 v3))))\n  (values))"),
        "(filter (subplan any family=2 () (less_or_equal (array v1)) (values [1]))\n  (values))",
        "(hash_join inner\n  (values 1)\n  (values 2))",
        ("(hash_join left hold_left order=bson (equal v1 v2) (equal 1 v3) (condition v4)\n"
         "  (values)\n  (hash_join semi (condition true)\n    (values)\n    (values)))"),
        "(hash_join anti null_aware (equal v1 v2)\n  (values)\n  (values))",
        "(hash_join mark (equal v1 v2)\n  (values)\n  (values))"}) {
    const auto parsed = parse_plan(text, test_find);
    ASSERT_TRUE(parsed.has_value()) << text << ": " << parsed.error().what;
    EXPECT_EQ(print(*parsed, test_name), text);
  }
}

TEST(Plan, ParsingRefusesMalformedText) {
  for (const std::string_view bad : {"",
                                     "scan",
                                     "(scan)",
                                     "(scan table=x)",
                                     "(scan table=1 keys=5)",
                                     "(scan table=1 keys=[1)",
                                     "(scan table=1 order=up)",
                                     "(filter (values))",
                                     "(nothing)",
                                     "(limit (values)",
                                     "(values) 1",
                                     "(sort (ascending) (values))",
                                     "(scan_by)",
                                     "(apply v1 (values))",
                                     "(map (subplan rows) (values))",
                                     "(map (subplan any family=2 () (values)) (values))",
                                     "(lookup_join (values))",
                                     "(values x)",
                                     "(window (rank (rows)) (values))",
                                     "(hash_join (values) (values))",
                                     "(hash_join inner (values))",
                                     "(hash_join inner (equal v1) (values) (values))"}) {
    EXPECT_FALSE(parse_plan(bad, test_find).has_value()) << bad;
  }
  std::string deep;
  for (int i = 0; i < 100'000; ++i) deep += "(distinct ";
  EXPECT_FALSE(parse_plan(deep, test_find).has_value());
  deep.clear();
  for (int i = 0; i < 100'000; ++i) deep += "(map (subplan rows family=2 () ";
  EXPECT_FALSE(parse_plan(deep, test_find).has_value());
}

PlanPtr plan_of(std::string_view text) {
  auto plan = parse_plan(text, test_find);
  EXPECT_TRUE(plan) << text;
  return plan ? *plan : make_plan(Values{});
}

TEST(Plan, VariablesAreReplacedWhereverTheyStand) {
  const PlanPtr plan = plan_of(
      "(sort (ascending (lambda (v9) (f v9 v1))) (filter (lambda (v2) (f v2 (subplan exists "
      "family=1 (v3 v1 v4 v2) (scan_by table=1 (keys v3 v1))))) (union (scan_by table=2 (from v1)) "
      "(apply (v5) (lambda (v6) (array v1)) (values) (map (lambda (v1) v1) (values))) (scan "
      "table=3))))");
  const PlanPtr bound = bind(plan, {{VarId{1}, Value::int64(7)}});
  EXPECT_EQ(
      print(bound, test_name),
      print(
          plan_of(
              // What a plan in an expression names is its own.
              "(sort (ascending (lambda (v9) (f v9 7))) (filter (lambda (v2) (f v2 (subplan exists "
              "family=1 (v3 7 v4 v2) (scan_by table=1 (keys v3 v1))))) (union (scan_by table=2 "
              "(from 7)) "
              "(apply (v5) (lambda (v6) (array 7)) (values) (map (lambda (v1) v1) (values))) (scan "
              "table=3))))"),
          test_name));
  // What has none of them is the same plan.
  EXPECT_EQ(bind(plan, {{VarId{8}, Value::int64(7)}}), plan);
  EXPECT_EQ(bind(plan, {}), plan);
}

TEST(Plan, SubplansAreEqualByIdentityAndNotStored) {
  const auto made = [](PlanPtr plan, std::int64_t argument) {
    return subplan({.plan = std::move(plan),
                    .params = {VarId{1}},
                    .args = {constant(Value::int64(argument))}});
  };
  const PlanPtr plan = make_plan(Values{});
  EXPECT_TRUE(equal(made(plan, 1), made(plan, 1)));
  EXPECT_FALSE(equal(made(plan, 1), made(plan, 2)));
  EXPECT_FALSE(equal(made(plan, 1), made(make_plan(Values{}), 1)));
  Bytes out = "x";
  const Status stored = encode(lambda({VarId{2}}, made(plan, 1)), out);
  ASSERT_FALSE(stored);
  EXPECT_EQ(stored.error().code, Code::unsupported);
  EXPECT_EQ(out, "x");
}

}  // namespace
}  // namespace octavo::algebra
