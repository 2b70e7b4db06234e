// CHANGES: what may be watched, what elements look like.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "dialect/reql/testing/workbench.h"

namespace octavo::reql {
namespace {

class Changes : public ::testing::Test {
 protected:
  Changes() { bench_.make_table("t", R"([{"id":1,"a":1},{"id":2,"a":2}])"); }
  std::string run(std::string_view text) { return bench_.run(text); }
  Workbench bench_;
};

TEST_F(Changes, OfATable) {
  const auto feed = bench_.start(R"((changes (table "t")))");
  ASSERT_NE(feed, nullptr);
  EXPECT_TRUE(feed->is_feed());
  EXPECT_EQ(feed->notes(), std::vector<int>{1});
  EXPECT_EQ(Workbench::batch(*feed), "[]");
  run(R"((insert (table "t") {"id":3}))");
  run(R"((update (get (table "t") 1) {"a":9}))");
  run(R"((delete (get (table "t") 2)))");
  EXPECT_EQ(Workbench::batch(*feed), R"([{"new_val":{"id":3},"old_val":null},)"
                                     R"({"new_val":{"a":9,"id":1},"old_val":{"a":1,"id":1}},)"
                                     R"({"new_val":null,"old_val":{"a":2,"id":2}}])");
}

TEST_F(Changes, TypesStatesAndInitialRows) {
  const auto feed = bench_.start(
      R"((changes (table "t") :include_initial true :include_states true :include_types true))");
  ASSERT_NE(feed, nullptr);
  EXPECT_EQ(feed->notes(), (std::vector<int>{1, 5}));
  EXPECT_EQ(Workbench::batch(*feed), R"([{"state":"initializing","type":"state"},)"
                                     R"({"new_val":{"a":1,"id":1},"type":"initial"},)"
                                     R"({"new_val":{"a":2,"id":2},"type":"initial"},)"
                                     R"({"state":"ready","type":"state"}])");
  run(R"((delete (get (table "t") 2)))");
  EXPECT_EQ(Workbench::batch(*feed),
            R"([{"new_val":null,"old_val":{"a":2,"id":2},"type":"remove"}])");
}

TEST_F(Changes, OfOneRow) {
  const auto feed = bench_.start(R"((changes (get (table "t") 2)))");
  ASSERT_NE(feed, nullptr);
  EXPECT_EQ(feed->notes(), std::vector<int>{2});
  run(R"((update (table "t") {"a":7}))");
  EXPECT_EQ(Workbench::batch(*feed), R"([{"new_val":{"a":7,"id":2},"old_val":{"a":2,"id":2}}])");
}

TEST_F(Changes, TransformedAfterwards) {
  const auto feed = bench_.start(
      R"((map (changes (table "t")) (lambda (v1) (get_field (get_field v1 "new_val") "id"))))");
  ASSERT_NE(feed, nullptr);
  EXPECT_TRUE(feed->is_feed());
  run(R"((insert (table "t") [{"id":8},{"id":9}]))");
  EXPECT_EQ(Workbench::batch(*feed), "[8,9]");
}

TEST_F(Changes, WhatHappensBeforeGoesIntoThePlan) {
  const auto feed = bench_.start(
      R"((changes (pluck (filter (table "t") (lambda (v1) (gt (get_field v1 "a") 1))) "a")))");
  ASSERT_NE(feed, nullptr);
  EXPECT_NE(bench_.plan().find("(filter "), std::string::npos) << bench_.plan();
  EXPECT_NE(bench_.plan().find("pluck"), std::string::npos) << bench_.plan();
}

TEST_F(Changes, UnitedWithWhatEnds) {
  for (const std::string_view text :
       {R"((union (changes (table "t")) [1,2]))", R"((union [1,2] (changes (table "t"))))",
        R"((union (changes (get (table "t") 1)) (range 1 3)))",
        R"((union (changes (table "t")) [] (map [0,1] (lambda (v1) (add v1 1)))))"}) {
    const auto feed = bench_.start(text);
    ASSERT_NE(feed, nullptr) << text;
    EXPECT_EQ(Workbench::batch(*feed), "[1,2]") << text;
    EXPECT_EQ(Workbench::batch(*feed), "[]") << text;
    int woken = 0;
    feed->notify([&] { ++woken; });
    EXPECT_EQ(woken, 0) << text << ": nothing has happened, and the array has no news to come";
    run(R"((update (get (table "t") 1) (lambda (v1) (object :a (add (get_field v1 "a") 1)))))");
    EXPECT_EQ(woken, 1) << text;
    EXPECT_NE(Workbench::batch(*feed).find(R"("new_val":{"a":)"), std::string::npos) << text;
  }
}

TEST_F(Changes, UnitedFeedsThatEndEndTheUnion) {
  const auto feed = bench_.start(
      R"((union (limit (changes (table "t")) 1) (limit (changes (get (table "t") 2)) 1) [7]))");
  ASSERT_NE(feed, nullptr);
  run(R"((update (table "t") {"a":5}))");
  const auto batch = feed->next(false);
  ASSERT_TRUE(batch.has_value());
  EXPECT_EQ(batch->rows.size(), 3U);
  EXPECT_TRUE(batch->ended);
}

// Queries that read a feed to an end, or to where they know enough.
TEST_F(Changes, AreWaitedForWhereAResultNeedsThem) {
  int next = 10;
  const auto insert = [&] { run(fmt::format(R"((insert (table "t") {{"id":{}}}))", next++)); };
  bench_.host().meanwhile = insert;
  EXPECT_EQ(run(R"((is_empty (changes (table "t"))))"), "false");
  EXPECT_EQ(next, 11);
  EXPECT_EQ(run(R"((nth (changes (table "t")) 1))"), R"({"new_val":{"id":12},"old_val":null})");
  EXPECT_EQ(run(R"((coerce_to (get_field (get_field (limit (changes (table "t")) 2) "new_val")
                     "id") "array"))"),
            "[13,14]");
  EXPECT_EQ(run(R"((count (limit (union (changes (table "t")) (changes (get (table "t") 1))) 3)))"),
            "3");
  EXPECT_EQ(run(R"((ungroup (count (group (limit (changes (table "t")) 2)
                     (lambda (v1) (get_field v1 "old_val"))))))"),
            R"([{"group":null,"reduction":2}])");
}

TEST_F(Changes, OfWhichEachIsWrittenSomewhere) {
  bench_.make_table("copy", "[]");
  int next = 10;
  bench_.host().meanwhile = [&] {
    if (next == 13) bench_.host().meanwhile = nullptr;
    run(fmt::format(R"((insert (table "t") {{"id":{}}}))", next++));
  };
  EXPECT_EQ(run(R"((for_each (changes (table "t"))
                     (lambda (v1) (insert (table "copy") (get_field v1 "new_val")))))"),
            "OP_FAILED Nothing will ever change.");
  EXPECT_EQ(run(R"((get_field (table "copy") "id"))"), "[10,11,12,13]");
}

TEST_F(Changes, ThatMayBePolledAnywhere) {
  const auto never_waits = [&](std::string_view text) {
    const auto feed = bench_.start(text);
    return feed != nullptr && feed->never_waits();
  };
  EXPECT_TRUE(never_waits(R"((changes (filter (table "t") (lambda (v1) (gt v1 1)))))"));
  EXPECT_TRUE(never_waits(R"((union (changes (table "t")) (changes (get (table "t") 1)) [1]))"));
  EXPECT_TRUE(never_waits(R"((map (changes (table "t")) (lambda (v1) (get_field v1 "new_val"))))"));
  EXPECT_FALSE(never_waits(R"((map (changes (table "t")) (lambda (v1) (count (table "t")))))"));
  EXPECT_FALSE(never_waits(
      R"((concat_map (changes (table "t")) (lambda (v1) (limit (changes (table "t")) 1))))"));
  EXPECT_FALSE(never_waits(R"((eq_join (changes (table "t")) "old_val" (table "t")))"));
}

TEST_F(Changes, WhatCannotBeWatched) {
  EXPECT_EQ(run("(changes [1])"), "QUERY_LOGIC Cannot call `changes` on an eager stream.");
  EXPECT_EQ(run(R"((changes (order_by (table "t") "a")))"),
            "QUERY_LOGIC Cannot call `changes` on an eager stream.");
  EXPECT_EQ(run(R"((changes (limit (order_by (table "t") "a") 2)))"),
            "QUERY_LOGIC Cannot call `changes` on an eager stream.");
  EXPECT_EQ(run(R"((changes (limit (table "t") 2)))"),
            "QUERY_LOGIC Cannot get changes on the first elements of an unordered stream.");
  EXPECT_EQ(run(R"((count (changes (table "t"))))"),
            "QUERY_LOGIC Cannot call a terminal (`reduce`, `count`, etc.) on an infinite stream "
            "(such as a changefeed).");
  EXPECT_EQ(run(R"((changes (count (table "t"))))"),
            "QUERY_LOGIC Cannot convert NUMBER to SEQUENCE [0]");
  EXPECT_EQ(run(R"((changes (map (table "t") (lambda (v1) (random)))))"),
            "QUERY_LOGIC Cannot call `changes` after a non-deterministic function.");
}

TEST_F(Changes, OptionsAreChecked) {
  EXPECT_EQ(run(R"((changes (table "t") :squash -1))"),
            "QUERY_LOGIC Expected BOOL or a positive NUMBER but found a negative NUMBER. "
            "[squash]");
  EXPECT_EQ(run(R"((changes (table "t") :include_offsets true))"),
            "QUERY_LOGIC Cannot include offsets for range subs.");
}

}  // namespace
}  // namespace octavo::reql
