// Windows of random rows, keys, functions and frames against the oracle.

#include <gtest/gtest.h>

#include <string>

#include "base/random.h"
#include "exec/testing/oracle.h"
#include "exec/testing/run.h"
#include "exec/testing/terms.h"
#include "value/account.h"

namespace octavo::exec {
namespace {

using algebra::ExprPtr;
using algebra::FrameEdge;
using algebra::WindowKind;
using testing_support::field;
using testing_support::of_row;
using testing_support::row;
using testing_support::run;
using testing_support::term;
using value::Value;

Value small_number(Random& random) {
  if (random.below(6) == 0) return Value();
  const auto number = static_cast<std::int64_t>(random.below(12));
  return random.below(4) == 0 ? Value::float64(static_cast<double>(number)) : Value::int64(number);
}

std::vector<Value> random_rows(Random& random) {
  std::vector<Value> rows;
  for (std::uint64_t n = random.below(40); n > 0; --n) {
    rows.push_back(Value::object({{"a", Value::int64(static_cast<std::int64_t>(random.below(3)))},
                                  {"b", small_number(random)},
                                  {"c", small_number(random)},
                                  {"d", Value::int64(static_cast<std::int64_t>(rows.size()))}}));
  }
  return rows;
}

ExprPtr of_field(std::string_view name) { return of_row(field(row(), name)); }
ExprPtr number(std::int64_t value) { return algebra::constant(Value::int64(value)); }

// `b` and so much more; null where it is.
ExprPtr limit(std::int64_t distance) {
  const ExprPtr key = field(row(), "b");
  return of_row(term("branch", {term("eq", {key, algebra::constant(Value())}),
                                algebra::constant(Value()), term("add", {key, number(distance)})}));
}

algebra::FrameBound random_bound(Random& random, const algebra::Window& window,
                                 algebra::FrameUnit unit) {
  algebra::FrameBound bound{.edge = static_cast<FrameEdge>(random.below(5))};
  if (bound.edge != FrameEdge::preceding && bound.edge != FrameEdge::following) return bound;
  const std::uint64_t distance = random.below(5);
  if (unit == algebra::FrameUnit::rows) {
    bound.rows = distance;
    return bound;
  }
  const bool turned = window.order.front().direction == algebra::Direction::descending;
  const bool less = (bound.edge == FrameEdge::preceding) != turned;
  const auto by = static_cast<std::int64_t>(distance);
  bound.limit = random.below(10) == 0 ? of_row(algebra::constant(Value())) : limit(less ? -by : by);
  return bound;
}

algebra::WindowFunction random_function(Random& random, const algebra::Window& window) {
  algebra::WindowFunction function{.kind = static_cast<WindowKind>(random.below(12)),
                                   .count = 1 + random.below(4)};
  if (function.kind >= WindowKind::lag && function.kind <= WindowKind::nth_value) {
    function.argument = of_field("d");
  }
  const bool looks_aside = function.kind == WindowKind::lag || function.kind == WindowKind::lead;
  if (looks_aside && random.below(2) == 0) function.otherwise = of_field("a");
  if (function.kind == WindowKind::aggregate) {
    function.aggregate = {.kind = static_cast<algebra::AggregateKind>(random.below(5))};
    if (random.below(4) != 0 || function.aggregate->kind != algebra::AggregateKind::count) {
      function.aggregate->argument = of_field("d");
    }
  }
  if (function.kind < WindowKind::first_value || random.below(6) == 0) return function;
  algebra::Frame& frame = function.frame.emplace();
  const bool by_range = window.order.size() == 1 && random.below(2) == 0;
  frame.unit = by_range ? algebra::FrameUnit::range : algebra::FrameUnit::rows;
  frame.start = random_bound(random, window, frame.unit);
  frame.end = random_bound(random, window, frame.unit);
  return function;
}

algebra::PlanPtr random_window(Random& random) {
  algebra::Window window{.input = make_plan(algebra::Values{random_rows(random)})};
  if (random.below(2) == 0) window.partition.push_back(of_field("a"));
  if (random.below(4) == 0) window.partition.push_back(of_field("c"));
  const auto direction = [&] { return static_cast<algebra::Direction>(random.below(2)); };
  if (random.below(5) != 0) window.order.push_back({of_field("b"), direction()});
  if (!window.order.empty() && random.below(4) == 0) {
    window.order.push_back({of_field("c"), direction()});
  }
  for (std::uint64_t n = 1 + random.below(3); n > 0; --n) {
    window.functions.push_back(random_function(random, window));
  }
  return make_plan(std::move(window));
}

TEST(Windows, OfRandomRowsAreThoseOfTheOracle) {
  MemoryPool pool("memory", 64 * kMiB);
  for (std::uint64_t seed = 0; seed < 3000; ++seed) {
    Random random(seed);
    const testing_support::Case given{{}, random_window(random)};
    const auto expected = testing_support::evaluate(given);
    ASSERT_TRUE(expected);
    value::Account account(pool, 64 * kMiB);
    {
      QueryContext query;
      query.evaluation.account = &account;
      const auto got = run(given.plan, query, 1 + random.below(20));
      ASSERT_EQ(got.has_value(), !expected->error) << seed << "\n" << print(given);
      if (!got) continue;
      ASSERT_EQ(testing_support::print(*got), testing_support::print(expected->rows))
          << seed << "\n"
          << print(given);
    }
    EXPECT_EQ(account.used(), 0U);
  }
}

// A window over `rows` numbers, with a frame of `before` rows and the current one.
algebra::PlanPtr window_of(std::size_t rows, std::uint64_t before, algebra::AggregateKind kind) {
  std::vector<Value> values;
  for (std::size_t i = 0; i < rows; ++i) {
    values.push_back(Value::object({{"d", Value::int64(static_cast<std::int64_t>(i))}}));
  }
  algebra::WindowFunction function{.kind = WindowKind::aggregate};
  function.aggregate = {.kind = kind, .argument = of_field("d")};
  function.frame = {.unit = algebra::FrameUnit::rows,
                    .start = {.edge = FrameEdge::preceding, .rows = before},
                    .end = {}};
  return make_plan(algebra::Window{.input = make_plan(algebra::Values{std::move(values)}),
                                   .order = {{of_field("d")}},
                                   .functions = {std::move(function)}});
}

TEST(Windows, WhatSlidesIsNotComputedAnew) {
  QueryContext query;
  constexpr std::size_t kRows = 100'000;
  const auto got = run(window_of(kRows, kRows / 2, algebra::AggregateKind::count), query);
  ASSERT_TRUE(got);
  EXPECT_EQ(got->back().as_array()[1], Value::int64(kRows / 2 + 1));
}

TEST(Windows, HoldOnePartition) {
  MemoryPool pool("memory", 64 * kMiB);
  value::Account account(pool, kMiB);
  QueryContext query;
  query.evaluation.account = &account;
  const auto got = run(window_of(20'000, 1, algebra::AggregateKind::sum), query);
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, Code::resource_exhausted);
}

TEST(Windows, StopWhenTheQueryIsCancelled) {
  QueryContext query;
  CancelSource source;
  query.evaluation.cancel = source.token();
  source.cancel();
  const auto got = run(window_of(1000, 900, algebra::AggregateKind::minimum), query);
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, Code::cancelled);
}

}  // namespace
}  // namespace octavo::exec
