// Functions with a limit of work: what a step is, that no function does much for few of them, and
// which fields a function reads.

#include <gtest/gtest.h>

#include "algebra/parse.h"
#include "base/clock.h"
#include "dialect/reql/lambda.h"
#include "dialect/reql/numbers.h"
#include "dialect/reql/read/json_in.h"
#include "dialect/reql/read/term.h"
#include "function/work.h"

namespace octavo::reql {
namespace {

constexpr std::int64_t kSteps = 100'000;

std::optional<algebra::FunctionId> find_by_name(std::string_view name) {
  for (const Term* term : all_terms()) {
    if (term->name == name) return term::id(term->number);
  }
  return std::nullopt;
}

algebra::ExprPtr parsed(std::string_view text) {
  auto expression = algebra::parse_expression(text, find_by_name);
  EXPECT_TRUE(expression) << text;
  return *expression;
}

Value document(std::string_view json) {
  auto value = parse_json(json);
  EXPECT_TRUE(value);
  return *value;
}

// The steps that a function of `row` takes; unset when there are too few.
std::optional<std::int64_t> steps_of(std::string_view body, const Value& row,
                                     std::int64_t limit = kSteps) {
  function::EvalContext context;
  context.limited = true;
  context.steps_left = limit;
  const auto lambda = parsed("(lambda (v1) " + std::string(body) + ")");
  const auto value = function::evaluate_lambda(lambda, std::span(&row, 1), context);
  if (context.steps_left >= 0) return limit - context.steps_left;
  EXPECT_FALSE(value) << body;
  return std::nullopt;
}

Value numbers(std::size_t count) {
  return Value::array(std::vector<Value>(count, Value::int64(1)));
}

// These numbers decide which rows are in existing indexes: docs/notes/0008-index-functions.md.
TEST(Limited, StepsOfOrdinaryFunctions) {
  const Value row = document(R"({"a":1,"b":"x","tags":["p","q","r"],"o":{"c":2}})");
  EXPECT_EQ(steps_of(R"((bracket v1 "a"))", row), 3);
  EXPECT_EQ(steps_of(R"((bracket (bracket v1 "o") "c"))", row), 5);
  EXPECT_EQ(steps_of(R"((add (bracket v1 "a") 1))", row), 9);
  EXPECT_EQ(steps_of(R"((array (bracket v1 "a") (bracket v1 "b")))", row), 7);
  EXPECT_EQ(steps_of(R"((map (bracket v1 "tags") (lambda (v2) (upcase v2))))", row), 26);
}

TEST(Limited, WorkIsThatOfTheValueWrittenOut) {
  constexpr std::uint64_t kMost = 1'000'000;
  EXPECT_EQ(function::work_of(Value::int64(1), kMost), 1U);
  EXPECT_EQ(function::work_of(Value::string(std::string(640, 'x')), kMost), 11U);
  EXPECT_EQ(function::work_of(document(R"({"a":[1,2],"b":3})"), kMost), 5U);
  Value shared = numbers(2);
  for (int level = 0; level < 40; ++level) shared = Value::array({shared, shared});
  EXPECT_EQ(function::work_of(shared, kMost), kMost) << "and no more than was asked for";
}

// Each would run for minutes or for ever, or fill the memory; the limit ends it in milliseconds.
TEST(Limited, NoFunctionDoesMuchForFewSteps) {
  value::ObjectBuilder fields;
  fields.set("id", Value::int64(1));
  fields.set("text", Value::string(std::string(1'000'000, 'x')));
  fields.set("large", numbers(50'000));
  fields.set("names", Value::array(std::vector<Value>(50'000, Value::string("n"))));
  const Value row = std::move(fields).build();
  const auto started = system_clock().monotonic_ns();
  const std::string_view hostile[] = {
      R"((count (range 10000000000000)))",
      R"((count (filter (range 10000000000000) (lambda (v2) false))))",
      R"((nth (range 10000000000000) 1000000000))",
      R"((is_empty (skip (range 10000000000000) 9000000000000)))",
      R"((reduce (range 1000) (lambda (v2 v3) (mul [1] 90000))))",
      R"((fold (range 100) "x" (lambda (v2 v3) (add v2 v2))))",
      R"((fold (range 100) [1] (lambda (v2 v3) (array v2 v2))))",
      R"((count (map (range 100000) (lambda (v2) (mul [1] 100000)))))",
      R"((count (map (range 100000) (lambda (v2) (match (bracket v1 "text") "y")))))",
      R"((count (map (range 1000) (lambda (v2) (match "x" "a{900}")))))",
      R"((count (map (range 9000) (lambda (v2) (eq (bracket v1 "large") (bracket v1 "large"))))))",
      R"((contains (bracket v1 "large") (args (bracket v1 "names"))))",
      R"((add (args (bracket v1 "names"))))",
      R"((distinct (map (range 10000) (lambda (v2) (bracket v1 "large")))))",
      R"((max (range 100000) (lambda (v2) (bracket v1 "large"))))",
      R"((format (bracket v1 "text") v1))",
      R"((count (group (range 1000) (lambda (v2) (bracket v1 "large")))))",
      R"((count (map (range 100000) (lambda (v2) (default (bracket v1 "none") 0)))))",
      R"((count (inner_join (range 100000) (range 100000) (lambda (v2 v3) false))))",
      R"((count (map (range 100000) (lambda (v2) (split (bracket v1 "text") "y")))))",
  };
  for (const std::string_view body : hostile) EXPECT_EQ(steps_of(body, row), std::nullopt) << body;
  EXPECT_LT(system_clock().monotonic_ns() - started, std::int64_t{60} * 1'000'000'000);
}

TEST(Limited, WhatHandlesErrorsDoesNotHandleTheLimit) {
  const Value row = document("{}");
  EXPECT_EQ(steps_of("(default (count (range 10000000)) 0)", row), std::nullopt);
  EXPECT_TRUE(steps_of("(count (filter (range 10000000) (lambda (v2) (error))))", row))
      << "any other error ends a function as ever";
}

TEST(Limited, TheStepsOfAFunctionDoNotDependOnTheLimit) {
  const Value row = document(R"({"tags":["p","q","r"]})");
  const std::string_view body = R"((map (bracket v1 "tags") (lambda (v2) (array v2 v2))))";
  const auto steps = steps_of(body, row);
  ASSERT_TRUE(steps);
  EXPECT_EQ(steps_of(body, row, *steps), steps);
  EXPECT_EQ(steps_of(body, row, *steps - 1), std::nullopt);
}

std::string fields_of(std::string_view lambda) {
  const auto fields = fields_read(parsed(lambda));
  if (!fields) return "all";
  std::string out;
  for (const std::string& name : *fields) out += name + ",";
  return out;
}

TEST(FieldsRead, FindsThemWhereTheyAreNamed) {
  EXPECT_EQ(fields_of(R"((lambda (v1) (bracket v1 "a")))"), "a,");
  EXPECT_EQ(
      fields_of(R"((lambda (v1) (array (get_field v1 "b") (bracket v1 "a") (bracket v1 "b"))))"),
      "a,b,");
  EXPECT_EQ(fields_of(R"((lambda (v1) (bracket (bracket v1 "a") "b")))"), "a,");
  EXPECT_EQ(
      fields_of(R"((lambda (v1) (map (bracket v1 "a") (lambda (v2) (add v2 (bracket v1 "c"))))))"),
      "a,c,");
  EXPECT_EQ(fields_of(R"((lambda (v1) (default (bracket v1 "a") 0)))"), "a,");
  EXPECT_EQ(fields_of("(lambda (v1) 1)"), "");
}

TEST(FieldsRead, OtherUsesOfTheRowNeedAllOfIt) {
  EXPECT_EQ(fields_of("(lambda (v1) v1)"), "all");
  EXPECT_EQ(fields_of(R"((lambda (v1) (pluck v1 "a")))"), "all");
  EXPECT_EQ(fields_of(R"((lambda (v1) (bracket v1 (bracket v1 "a"))))"), "all");
  EXPECT_EQ(fields_of(R"((lambda (v1) (map (bracket v1 "a") (lambda (v1) (bracket v1 "b")))))"),
            "all");
  EXPECT_EQ(fields_of(R"((lambda (v1) (default (bracket v1 "a") (lambda (v2) v2))))"), "all")
      << "the message shows the row";
  EXPECT_EQ(fields_of(R"((lambda (v1 v2) (bracket v1 "a")))"), "all");
}

}  // namespace
}  // namespace octavo::reql
