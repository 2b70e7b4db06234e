// Sequences: of arrays, and of tables, where what is relational becomes a plan of the host.

#include <gtest/gtest.h>

#include "dialect/reql/error.h"
#include "dialect/reql/testing/workbench.h"

namespace octavo::reql {
namespace {

class Sequences : public ::testing::Test {
 protected:
  Sequences() {
    bench_.make_table("t", R"([{"id":1,"a":3,"g":"x"},{"id":2,"a":1,"g":"y"},{"id":3,"a":2},)"
                           R"({"id":4,"a":1,"g":"x","tags":["p","q"]}])");
  }
  std::string run(std::string_view text) { return bench_.run(text); }
  // The ids of what `text` selects.
  std::string ids(const std::string& text) { return run("(get_field " + text + " \"id\")"); }
  void make_index(const std::string& arguments) {
    EXPECT_EQ(run("(index_create (table \"t\") " + arguments + ")"), R"({"created":1})");
    bench_.host().finish_index_builds();
  }
  Workbench bench_;
};

TEST_F(Sequences, OfArrays) {
  EXPECT_EQ(run("(map [1,2] [10,20,30] (lambda (v1 v2) (add v1 v2)))"), "[11,22]");
  EXPECT_EQ(run("(concat_map [1,2] (lambda (v1) (array v1 v1)))"), "[1,1,2,2]");
  EXPECT_EQ(run("(filter [1,2,3] (lambda (v1) (gt v1 1)))"), "[2,3]");
  EXPECT_EQ(run("(slice [1,2,3,4] 1 -1)"), "[2,3]");
  EXPECT_EQ(run("(slice [1,2,3,4] 1 2 :right_bound \"closed\")"), "[2,3]");
  EXPECT_EQ(run("(limit (skip [1,2,3,4] 1) 2)"), "[2,3]");
  EXPECT_EQ(run("(nth [1,2,3] -1)"), "3");
  EXPECT_EQ(run("(nth [1] 1)"), "NON_EXISTENCE Index out of bounds: 1");
  EXPECT_EQ(run("(offsets_of [1,2,1] 1)"), "[0,2]");
  EXPECT_EQ(run("(contains [1,2] 2 (lambda (v1) (eq v1 1)))"), "true");
  EXPECT_EQ(run("(is_empty [])"), "true");
  EXPECT_EQ(run("(union [1] [2] [])"), "[1,2]");
  EXPECT_EQ(run("(distinct [2,1,2])"), "[1,2]");
  EXPECT_EQ(run("(order_by [{\"a\":2},{\"a\":1}] \"a\")"), R"([{"a":1},{"a":2}])");
  EXPECT_EQ(run("(order_by [2,3,1] (desc (lambda (v1) v1)))"), "[3,2,1]");
  EXPECT_EQ(run("(map 1 (lambda (v1) v1))"), "QUERY_LOGIC Cannot convert NUMBER to SEQUENCE [0]");
}

TEST_F(Sequences, Range) {
  EXPECT_EQ(run("(range 3)"), "[0,1,2]");
  EXPECT_EQ(run("(range 2 4)"), "[2,3]");
  EXPECT_EQ(run("(limit (range) 2)"), "[0,1]");
}

TEST_F(Sequences, Access) {
  EXPECT_EQ(run(R"((get (table "t") 3))"), R"({"a":2,"id":3})");
  EXPECT_EQ(run(R"((get (table "t") 9))"), "null");
  EXPECT_EQ(ids(R"((get_all (table "t") 2 1 2))"), "[2,1,2]");
  EXPECT_EQ(ids(R"((between (table "t") 2 4))"), "[2,3]");
  EXPECT_EQ(ids(R"((between (table "t") 2 4 :left_bound "open" :right_bound "closed"))"), "[3,4]");
  EXPECT_EQ(ids(R"((between (table "t") (minval) 2))"), "[1]");
  EXPECT_EQ(run(R"((table "none"))"), "OP_FAILED Table `test.none` does not exist.");
  EXPECT_EQ(run(R"((table (db "none") "t"))"), "OP_FAILED Database `none` does not exist. [0]");
}

TEST_F(Sequences, SimpleIndex) {
  EXPECT_EQ(run(R"((get_all (table "t") 1 :index "a"))"),
            "OP_FAILED Index `a` was not found on table `test.t`.");
  EXPECT_EQ(run(R"((index_create (table "t") "a"))"), R"({"created":1})");
  EXPECT_EQ(run(R"((get_all (table "t") 1 :index "a"))"),
            "OP_FAILED Index `a` on table `test.t` was accessed before its construction was "
            "finished.");
  bench_.host().finish_index_builds();
  EXPECT_EQ(ids(R"((get_all (table "t") 1 :index "a"))"), "[2,4]");
  EXPECT_EQ(ids(R"((order_by (table "t") :index "a"))"), "[2,4,3,1]");
  EXPECT_EQ(ids(R"((order_by (table "t") "id" :index (desc "a")))"), "[1,3,2,4]");
  EXPECT_EQ(ids(R"((order_by (between (table "t") 2 9 :index "a") :index "a"))"), "[3,1]");
  EXPECT_EQ(run(R"((index_list (table "t")))"), R"(["a"])");
}

TEST_F(Sequences, ExpressionAndMultiIndexes) {
  make_index(R"("sum" (lambda (v1) (add (get_field v1 "a") (get_field v1 "id"))))");
  EXPECT_EQ(ids(R"((get_all (table "t") 5 :index "sum"))"), "[3,4]");
  make_index(R"("tags" :multi true)");
  EXPECT_EQ(ids(R"((get_all (table "t") "p" "q" :index "tags"))"), "[4,4]");
  make_index(R"("pair" (lambda (v1) (array (get_field v1 "g") (get_field v1 "a"))))");
  EXPECT_EQ(ids(R"((between (table "t") ["x",0] ["x",2] :index "pair"))"), "[4]");
}

TEST_F(Sequences, DistinctOfAnotherIndex) {
  make_index(R"("a")");
  EXPECT_EQ(run(R"((distinct (between (table "t") 1 2 :index "a") :index "id"))"), "[2,4]");
  EXPECT_EQ(run(R"((distinct (table "t") :index "a"))"), "[1,2,3]");
  // Row 3 is not in it.
  make_index(R"("g")");
  EXPECT_EQ(run(R"((distinct (between (table "t") 2 4 :index "a") :index "g"))"), R"(["x"])");
}

TEST_F(Sequences, RowsOfATableInOrder) {
  EXPECT_EQ(ids(R"((order_by (table "t") "a"))"), "[2,4,3,1]");
  EXPECT_EQ(ids(R"((order_by (table "t") (desc "a")))"), "[1,3,2,4]");
  EXPECT_EQ(ids(R"((order_by (table "t") "a" (desc "id")))"), "[4,2,3,1]");
  EXPECT_EQ(ids(R"((order_by (table "t") "g"))"), "[3,1,4,2]") << "what lacks the key is first";
  EXPECT_EQ(ids(R"((order_by (table "t") (desc "g")))"), "[2,1,4,3]");
  EXPECT_EQ(ids(R"((order_by (table "t") (lambda (v1) (add (get_field v1 "a") 1))))"), "[2,4,3,1]");
  EXPECT_EQ(ids(R"((order_by (filter (table "t") {"a":1}) (desc "id")))"), "[4,2]");
  EXPECT_EQ(ids(R"((limit (skip (order_by (table "t") "a") 1) 2))"), "[4,3]");
  EXPECT_EQ(ids(R"((filter (order_by (table "t") "a") {"g":"x"}))"), "[4,1]");
  EXPECT_EQ(run(R"((map (order_by (table "t") "a") (lambda (v1) (get_field v1 "a"))))"),
            "[1,1,2,3]");
  EXPECT_EQ(run(R"((order_by (table "t") (lambda (v1) (add (get_field v1 "a") "x"))))"),
            "QUERY_LOGIC Expected type NUMBER but found STRING.");
}

TEST_F(Sequences, TheEndsOfRowsInOrder) {
  EXPECT_EQ(run(R"((get_field (nth (order_by (table "t") "a") 0) "id"))"), "2");
  EXPECT_EQ(run(R"((get_field (nth (order_by (table "t") "a") -1) "id"))"), "1");
  // Of rows with equal keys the last one is last.
  EXPECT_EQ(run(R"((get_field (nth (order_by (table "t") (desc "a")) -1) "id"))"), "4");
  EXPECT_EQ(run(R"((get_field (nth (order_by (filter (table "t") {"a":1}) "a") -1) "id"))"), "4");
  EXPECT_EQ(run(R"((nth (order_by (filter (table "t") {"a":9}) "a") -1))"),
            "NON_EXISTENCE Index out of bounds: -1");
  EXPECT_EQ(run(R"((nth (order_by (table "t") "a") -2))"),
            "QUERY_LOGIC Cannot use an index < -1 (-2) on a stream.");
  // The first of equal ones in the order, not the one that the table has first.
  EXPECT_EQ(run(R"((get_field (min (order_by (table "t") (desc "id")) "a") "id"))"), "4");
  EXPECT_EQ(run(R"((sum (order_by (table "t") "a") "a"))"), "7");
}

TEST_F(Sequences, RowsInOrderAreAnArrayOfTheTable) {
  EXPECT_EQ(run(R"((type_of (order_by (table "t") "a")))"), R"("SELECTION<ARRAY>")");
  EXPECT_EQ(run(R"((type_of (limit (order_by (table "t") "a") 1)))"), R"("SELECTION<ARRAY>")");
  EXPECT_EQ(run(R"((type_of (map (order_by (table "t") "a") (lambda (v1) v1))))"), R"("ARRAY")");
  EXPECT_EQ(run(R"((type_of (eq_join (order_by (table "t") "a") "a" (table "t"))))"), R"("ARRAY")");
  EXPECT_EQ(run(R"((type_of (order_by (map (table "t") (lambda (v1) v1)) "a")))"), R"("ARRAY")");
  EXPECT_EQ(run(R"((get_field (delete (limit (order_by (table "t") "a") 1)) "deleted"))"), "1");
  EXPECT_EQ(ids(R"((table "t"))"), "[1,3,4]");
}

TEST_F(Sequences, RowsInOrderAreNoMoreThanAnArrayMayHave) {
  const auto of_three = [this](std::string_view text) {
    return bench_.run(text, {{"array_limit", algebra::constant(Value::int64(3))}});
  };
  const std::string refused = "RESOURCE_LIMIT " + array_too_large(3).what;
  EXPECT_EQ(of_three(R"((order_by (table "t") "a"))"), refused);
  EXPECT_EQ(of_three(R"((count (order_by (table "t") "a")))"), refused);
  EXPECT_EQ(of_three(R"((limit (order_by (table "t") "a") 4))"), refused);
  EXPECT_EQ(of_three(R"((get_field (limit (order_by (table "t") "a") 3) "id"))"), "[2,4,3]");
  EXPECT_EQ(of_three(R"((get_field (nth (order_by (table "t") "a") -1) "id"))"), "1");
}

TEST_F(Sequences, OrderedUnions) {
  EXPECT_EQ(run(R"((union [1,3] [2,4] :interleave (array (lambda (v1) v1))))"), "[1,2,3,4]");
  EXPECT_EQ(run(R"((union [3,1] [2] :interleave (array (desc (lambda (v1) v1)))))"), "[3,2,1]");
  EXPECT_EQ(run(R"((union [1] [3,2] :interleave (lambda (v1) v1)))"),
            "QUERY_LOGIC The streams given as arguments are not ordered by given ordering.");
  EXPECT_EQ(run(R"((order_by (table "t") [1,2]))"),
            "QUERY_LOGIC Expected type STRING but found ARRAY. [1]");
}

TEST_F(Sequences, FiltersOfTables) {
  EXPECT_EQ(ids(R"((filter (table "t") {"g":"x"}))"), "[1,4]");
  EXPECT_EQ(ids(R"((filter (table "t") (lambda (v1) (gt (get_field v1 "a") 1))))"), "[1,3]");
  // A missing field decides by `default`.
  EXPECT_EQ(ids(R"((filter (table "t") (lambda (v1) (eq (get_field v1 "g") "y"))))"), "[2]");
  EXPECT_EQ(ids(R"((filter (table "t") (lambda (v1) (eq (get_field v1 "g") "y")) :default true))"),
            "[2,3]");
  EXPECT_TRUE(run(R"((filter (table "t") (lambda (v1) (get_field v1 "g")) :default (error)))")
                  .starts_with("NON_EXISTENCE No attribute `g`"));
}

TEST_F(Sequences, WhatIsRelationalRunsInThePlan) {
  EXPECT_EQ(run(R"((limit (map (filter (table "t") (lambda (v1) (gt (get_field v1 "a") 1)))
                               (lambda (v2) (get_field v2 "a"))) 1))"),
            "[3]");
  EXPECT_NE(bench_.plan().find("(scan "), std::string::npos) << bench_.plan();
  EXPECT_NE(bench_.plan().find("(filter "), std::string::npos) << bench_.plan();
  EXPECT_NE(bench_.plan().find("(map "), std::string::npos) << bench_.plan();
  EXPECT_EQ(run(R"((count (table "t")))"), "4");
  EXPECT_NE(bench_.plan().find("(count)"), std::string::npos) << bench_.plan();
}

TEST_F(Sequences, Joins) {
  bench_.make_table("u", R"([{"id":1,"name":"one"},{"id":3,"name":"three"}])");
  EXPECT_EQ(run(R"((map (eq_join (table "t") "a" (table "u"))
                        (lambda (v1) (array (get_field (get_field v1 "left") "id")
                                            (get_field (get_field v1 "right") "name")))))"),
            R"([[1,"three"],[2,"one"],[4,"one"]])");
  EXPECT_EQ(run(R"((inner_join [1,2,3] [2,3,4] (lambda (v1 v2) (eq v1 v2))))"),
            R"([{"left":2,"right":2},{"left":3,"right":3}])");
  EXPECT_EQ(run(R"((outer_join [1,2] [2] (lambda (v1 v2) (eq v1 v2))))"),
            R"([{"left":1},{"left":2,"right":2}])");
  EXPECT_EQ(run(R"((zip (eq_join [{"k":3}] "k" (table "u"))))"),
            R"([{"id":3,"k":3,"name":"three"}])");
}

TEST_F(Sequences, BatchesHoldWhatTheOptionsSay) {
  const std::vector<algebra::Option> options = {
      {"max_batch_rows", algebra::constant(Value::int64(3))}};
  const auto execution = bench_.start(R"((get_field (table "t") "id"))", options);
  ASSERT_NE(execution, nullptr);
  EXPECT_EQ(Workbench::batch(*execution), "[1,2,3]");
  const auto last = execution->next(false);
  ASSERT_TRUE(last);
  EXPECT_EQ(last->rows.size(), 1U);
  EXPECT_TRUE(last->ended);
}

}  // namespace
}  // namespace octavo::reql
