// What queries hold is counted where it is made, whatever makes it: each way to grow ends in an
// error of the query, and what only passes through is not held against it.

#include <gtest/gtest.h>

#include <string>

#include "dialect/reql/testing/workbench.h"

namespace octavo::reql {
namespace {

constexpr std::size_t kLimit = 4 * kMiB;

class MemoryTest : public testing::Test {
 protected:
  MemoryTest() { bench_.context().account = &account_; }

  std::string run(std::string_view text) {
    return bench_.run(text, {{"array_limit", algebra::constant(Value::float64(1e9))}});
  }
  void expect_refused(std::string_view what, std::string_view text) {
    const std::string error = run(text);
    EXPECT_TRUE(error.starts_with(
        "RESOURCE_LIMIT The query needs more memory than the 4 MiB that it may use."))
        << what << ": " << error.substr(0, 300);
    EXPECT_EQ(account_.used(), 0U) << what << " gave back what it held";
    EXPECT_EQ(run("(add 1 1)"), "2");
  }

  MemoryPool pool_{"memory", 64 * kMiB};
  value::Account account_{pool_, kLimit};
  Workbench bench_;
};

TEST_F(MemoryTest, EveryWayToGrowEndsInAnError) {
  struct Row {
    std::string_view what;
    std::string_view text;
  };
  constexpr Row kRows[] = {
      {"strings", R"((fold (range 40) "0123456789" (lambda (v1 v2) (add v1 v1))))"},
      {"arrays", R"((fold (range 40) [1] (lambda (v1 v2) (add v1 v1))))"},
      {"repeated arrays", "(mul [1] 900000000)"},
      {"a range as an array", "(coerce_to (range 900000000) \"array\")"},
      {"appending",
       R"((fold (range 1000000) [] (lambda (v1 v2) (append v1
             (fold (range 10) "0123456789" (lambda (v3 v4) (add v3 v3)))))))"},
      {"merging",
       R"((fold (range 1000000) {} (lambda (v1 v2) (merge v1 (coerce_to
             (array (array (coerce_to v2 "string")
                 (fold (range 10) "0123456789" (lambda (v3 v4) (add v3 v3))))) "object")))))"},
      {"text of what is shared",
       R"((to_json_string (fold (range 60) [1] (lambda (v1 v2) (array v1 v1)))))"},
      {"coerced text of what is shared",
       R"((coerce_to (fold (range 60) [1] (lambda (v1 v2) (array v1 v1))) "string"))"},
      {"formatted text of what is shared",
       R"((format "{x}{x}" (object :x (fold (range 60) [1] (lambda (v1 v2) (array v1 v1))))))"},
      {"sequences in sequences",
       R"((coerce_to (concat_map (range 1000000) (lambda (v1) (range 1000000))) "array"))"},
      {"splitting", R"((split (fold (range 18) "0123456789" (lambda (v1 v2) (add v1 v1))) ""))"},
      {"distinct values", R"((distinct (map (range 1000000) (lambda (v1) (array v1 v1 v1 v1)))))"},
      {"groups", R"((group (map (range 1000000) (lambda (v1) (array v1 v1))) (lambda (v1) v1)))"},
      {"sorting",
       R"((order_by (map (range 1000000) (lambda (v1) (array v1 v1))) (lambda (v1) v1)))"},
      {"the inner side of a join",
       R"((inner_join (range 1) (map (range 1000000) (lambda (v1) (array v1 v1)))
             (lambda (v1 v2) false)))"},
  };
  for (const Row& row : kRows) expect_refused(row.what, row.text);
}

TEST_F(MemoryTest, WhatPassesThroughIsNotHeld) {
  // A hundred rows of 160 KiB each, four times the limit, through every kind of stage.
  const std::string large = R"((fold (range 14) "0123456789" (lambda (v8 v9) (add v8 v8))))";
  const std::string rows = "(map (range 100) (lambda (v1) " + large + "))";
  EXPECT_EQ(run("(count " + rows + ")"), "100");
  EXPECT_EQ(run("(count (filter " + rows + " (lambda (v2) true)))"), "100");
  EXPECT_EQ(run("(count (concat_map " + rows + " (lambda (v2) (array v2 v2))))"), "200");
  EXPECT_EQ(run("(count (union " + rows + " " + rows + "))"), "200");
  EXPECT_EQ(run("(count (inner_join " + rows + " [1] (lambda (v2 v3) true)))"), "100");
  EXPECT_EQ(run("(count (map " + rows + " " + rows + " (lambda (v2 v3) (add v2 v3))))"), "100");
  EXPECT_EQ(run("(reduce (map " + rows + " (lambda (v2) 1)) (lambda (v2 v3) (add v2 v3)))"), "100");
  EXPECT_EQ(run("(count (concat_map (range 1000) (lambda (v1) (range 1000))))"), "1000000");
}

TEST_F(MemoryTest, BatchesAreBoundedByBytesToo) {
  const std::string large = R"((fold (range 14) "0123456789" (lambda (v8 v9) (add v8 v8))))";
  const auto execution = bench_.start("(map (range 1000) (lambda (v1) " + large + "))");
  ASSERT_NE(execution, nullptr);
  for (int i = 0; i < 10; ++i) {
    auto batch = execution->next(false);
    ASSERT_TRUE(batch) << batch.error().message;
    EXPECT_FALSE(batch->rows.empty());
    batch->rows.clear();
    account_.settle();
    EXPECT_LT(account_.used(), 512 * kKiB) << "what waits for the client to ask on";
  }
}

TEST_F(MemoryTest, ParsedQueriesAreCounted) {
  std::string terms = "1";
  for (int i = 0; i < 100'000; ++i) terms += ",[10,[1]]";  // r.row-like variables, each a term
  std::string constants = "1";
  for (int i = 0; i < 400'000; ++i) constants += ",1";
  for (const std::string& list : {terms, constants}) {
    const auto query = parse_query("[1,[69,[[2,[1]],[2,[" + list + "]]]],{}]", &account_);
    ASSERT_FALSE(query);
    EXPECT_EQ(query.error().kind, ErrorKind::resource_limit);
    EXPECT_EQ(account_.used(), 0U);
  }
  const auto query = parse_query("[1,[69,[[2,[1]],[2,[[10,[1]],[10,[1]]]]]],{}]", &account_);
  ASSERT_TRUE(query);
  EXPECT_GT(account_.used(), 0U);
}

}  // namespace
}  // namespace octavo::reql
