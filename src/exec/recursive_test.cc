// Recursive plans over literal rows, against the oracle and against what they have to be.

#include <gtest/gtest.h>

#include <string>

#include "base/random.h"
#include "exec/testing/oracle.h"
#include "exec/testing/run.h"
#include "exec/testing/terms.h"
#include "value/account.h"

namespace octavo::exec {
namespace {

using algebra::PlanPtr;
using testing_support::of_row;
using testing_support::row;
using testing_support::run;
using testing_support::term;
using value::Value;

algebra::ExprPtr number(std::int64_t value) { return algebra::constant(Value::int64(value)); }

PlanPtr values(std::vector<std::int64_t> numbers) {
  std::vector<Value> rows;
  for (const std::int64_t value : numbers) rows.push_back(Value::int64(value));
  return make_plan(algebra::Values{std::move(rows)});
}

// row + 1, of those below `end`.
PlanPtr counting(std::uint64_t of, std::int64_t end) {
  return make_plan(
      algebra::Map{make_plan(algebra::Filter{make_plan(algebra::Working{of}),
                                             of_row(term("lt", {row(), number(end)}))}),
                   of_row(term("add", {row(), number(1)}))});
}

algebra::Recursive counting_from_1(std::int64_t end) {
  return {.number = 1,
          .seed = values({1}),
          .step = counting(1, end),
          .most = {.steps = 1000, .number = 7, .refusal = "too many"}};
}

TEST(Recursive, GoesOnUntilAStepGivesNothing) {
  QueryContext query;
  const auto got = run(make_plan(counting_from_1(1000)), query, 7);
  ASSERT_TRUE(got);
  ASSERT_EQ(got->size(), 1000U);
  for (std::size_t i = 0; i < got->size(); ++i) {
    EXPECT_EQ((*got)[i], Value::int64(static_cast<std::int64_t>(i + 1)));
  }
}

TEST(Recursive, TooManyStepsAreRefusedInItsWords) {
  QueryContext query;
  const auto got = run(make_plan(counting_from_1(2000)), query);
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, Code::resource_exhausted);
  EXPECT_EQ(got.error().number, 7);
  EXPECT_EQ(got.error().what, "too many");
}

TEST(Recursive, MakesStepsAsTheyAreAskedForUnlessItIsWantedWhole) {
  algebra::Recursive endless = counting_from_1(1'000'000);
  for (const bool whole : {false, true}) {
    QueryContext query;
    endless.whole = whole;
    const auto got =
        run(make_plan(algebra::Limit{.input = make_plan(endless), .count = 5}), query, 2);
    ASSERT_EQ(got.has_value(), !whole);
    if (got) EXPECT_EQ(got->size(), 5U);
  }
}

TEST(Recursive, WhatWasMetBeforeEndsACircle) {
  QueryContext query;
  // 0 → 1 → … → 6 → 0
  const algebra::Recursive circle{
      .number = 1,
      .seed = values({3, 3}),
      .step = make_plan(
          algebra::Map{make_plan(algebra::Working{1}),
                       of_row(term("mod", {term("add", {row(), number(1)}), number(7)}))}),
      .distinct_by = of_row(row()),
      .most = {.steps = 1000, .refusal = "too many"}};
  const auto got = run(make_plan(circle), query);
  ASSERT_TRUE(got);
  EXPECT_EQ(got->size(), 7U);
}

TEST(Recursive, WithinAStepOfAnotherOneReadsBoth) {
  QueryContext query;
  // Of each n the numbers from n to 4, made anew in each step.
  const PlanPtr inner = make_plan(algebra::Recursive{.number = 2,
                                                     .seed = make_plan(algebra::Working{1}),
                                                     .step = counting(2, 3),
                                                     .distinct_by = of_row(row()),
                                                     .most = {.steps = 10, .refusal = "too many"}});
  const algebra::Recursive outer{
      .number = 1,
      .seed = values({1}),
      .step = make_plan(
          algebra::Filter{make_plan(algebra::Map{inner, of_row(term("add", {row(), number(1)}))}),
                          of_row(term("lt", {row(), number(5)}))}),
      .distinct_by = of_row(row()),
      .most = {.steps = 10, .refusal = "too many"}};
  const testing_support::Case given{{}, make_plan(outer)};
  const auto expected = testing_support::evaluate(given);
  const auto got = run(given.plan, query);
  ASSERT_TRUE(got && expected);
  EXPECT_EQ(testing_support::print(*got), testing_support::print(expected->rows));
}

TEST(Recursive, OfRandomStepsIsThatOfTheOracle) {
  MemoryPool pool("memory", 64 * kMiB);
  for (std::uint64_t seed = 0; seed < 500; ++seed) {
    Random random(seed);
    std::vector<std::int64_t> numbers;
    for (std::uint64_t n = random.below(4); n > 0; --n) {
      numbers.push_back(static_cast<std::int64_t>(random.below(6)));
    }
    const auto some = [&](std::uint64_t below) {
      return number(static_cast<std::int64_t>(1 + random.below(below)));
    };
    std::vector<PlanPtr> parts;
    for (std::uint64_t n = 1 + random.below(2); n > 0; --n) {
      parts.push_back(
          make_plan(algebra::Map{make_plan(algebra::Filter{make_plan(algebra::Working{1}),
                                                           of_row(term("lt", {row(), some(12)}))}),
                                 of_row(term("mod", {term("add", {row(), some(5)}), some(20)}))}));
    }
    algebra::Recursive recursive{.number = 1,
                                 .seed = values(std::move(numbers)),
                                 .step = make_plan(algebra::Union{std::move(parts)}),
                                 .most = {.steps = 1 + random.below(8), .refusal = "too many"},
                                 .whole = random.below(2) == 0};
    if (random.below(2) == 0) recursive.distinct_by = of_row(term("mod", {row(), some(20)}));
    const testing_support::Case given{{}, make_plan(std::move(recursive))};
    const auto expected = testing_support::evaluate(given);
    ASSERT_TRUE(expected);
    value::Account account(pool, 64 * kMiB);
    {
      QueryContext query;
      query.evaluation.account = &account;
      const auto got = run(given.plan, query, 1 + random.below(9));
      ASSERT_EQ(got.has_value(), !expected->error) << seed << "\n" << print(given);
      if (got) {
        EXPECT_EQ(testing_support::print(*got), testing_support::print(expected->rows))
            << seed << "\n"
            << print(given);
      }
    }
    EXPECT_EQ(account.used(), 0U);
  }
}

TEST(Recursive, RowsAreChargedAndStepsStopWhenTheQueryIsCancelled) {
  algebra::Recursive endless = counting_from_1(100'000'000);
  endless.most.steps = 100'000'000;
  endless.distinct_by = of_row(row());
  MemoryPool pool("memory", 64 * kMiB);
  value::Account account(pool, 64 * kKiB);
  {
    QueryContext query;
    query.evaluation.account = &account;
    const auto got = run(make_plan(endless), query);
    ASSERT_FALSE(got);
    EXPECT_EQ(got.error().code, Code::resource_exhausted);
  }
  EXPECT_EQ(account.used(), 0U);
  QueryContext query;
  CancelSource source;
  query.evaluation.cancel = source.token();
  source.cancel();
  const auto got = run(make_plan(endless), query);
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, Code::cancelled);
}

}  // namespace
}  // namespace octavo::exec
