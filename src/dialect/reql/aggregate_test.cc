// COUNT, SUM, … and GROUP, over arrays and over tables (where plans do the work).

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "dialect/reql/testing/workbench.h"

namespace octavo::reql {
namespace {

constexpr std::string_view kRows =
    R"([{"id":1,"a":3,"g":"x"},{"id":2,"a":1,"g":"y"},{"id":3,"a":2},{"id":4,"a":1,"g":"x"}])";

// Each over an array and over a table with the same rows.
class Aggregates : public ::testing::TestWithParam<bool> {
 protected:
  Aggregates() {
    if (GetParam()) bench_.make_table("t", kRows);
  }
  // `%` in the text stands for the rows.
  std::string run(std::string text) {
    const std::string rows = GetParam() ? R"((table "t"))" : std::string(kRows);
    for (std::size_t at = text.find('%'); at != std::string::npos; at = text.find('%')) {
      text.replace(at, 1, rows);
    }
    return bench_.run(text);
  }
  Workbench bench_;
};

INSTANTIATE_TEST_SUITE_P(ArrayAndTable, Aggregates, ::testing::Bool());

TEST_P(Aggregates, Whole) {
  EXPECT_EQ(run("(count %)"), "4");
  EXPECT_EQ(run("(count % (lambda (v1) (eq (get_field v1 \"a\") 1)))"), "2");
  EXPECT_EQ(run("(sum % \"a\")"), "7");
  EXPECT_EQ(run("(avg % \"a\")"), "1.75");
  EXPECT_EQ(run("(get_field (min % \"a\") \"a\")"), "1");
  EXPECT_EQ(run("(get_field (max % \"a\") \"id\")"), "1");
  EXPECT_EQ(run("(sum % \"g\")"), "QUERY_LOGIC Expected type NUMBER but found STRING.");
  EXPECT_EQ(run("(reduce (get_field % \"a\") (lambda (v1 v2) (add v1 v2)))"), "7");
  EXPECT_EQ(run("(fold (get_field % \"a\") 100 (lambda (v1 v2) (sub v1 v2)))"), "93");
}

TEST_P(Aggregates, Empty) {
  const std::string none = "(filter % false)";
  EXPECT_EQ(run("(count " + none + ")"), "0");
  EXPECT_EQ(run("(sum " + none + " \"a\")"), "0");
  EXPECT_TRUE(run("(avg " + none + " \"a\")")
                  .starts_with("NON_EXISTENCE Cannot take the average of an empty stream."));
  EXPECT_TRUE(run("(min " + none + " \"a\")")
                  .starts_with("NON_EXISTENCE Cannot take the min of an empty stream."));
  EXPECT_TRUE(run("(reduce " + none + " (lambda (v1 v2) v1))")
                  .starts_with("NON_EXISTENCE Cannot reduce over an empty stream."));
}

TEST_P(Aggregates, Groups) {
  const auto grouped = [](const std::string& pairs) {
    return R"({"$reql_type$":"GROUPED_DATA","data":)" + pairs + "}";
  };
  // A row without the field is in the group null.
  EXPECT_EQ(run("(count (group % \"g\"))"), grouped(R"([[null,1],["x",2],["y",1]])"));
  EXPECT_EQ(run("(sum (group % \"g\") \"a\")"), grouped(R"([[null,2],["x",4],["y",1]])"));
  EXPECT_EQ(run("(avg (group % \"g\") \"a\")"), grouped(R"([[null,2],["x",2],["y",1]])"));
  EXPECT_EQ(run("(get_field (max (group % \"g\") \"a\") \"id\")"),
            grouped(R"([[null,3],["x",1],["y",2]])"));
  EXPECT_EQ(run("(count (group % \"g\" (lambda (v1) (gt (get_field v1 \"a\") 1))))"),
            grouped(R"([[[null,true],1],[["x",false],1],[["x",true],1],[["y",false],1]])"));
  EXPECT_EQ(run("(get_field (group % \"g\") \"id\")"),
            grouped(R"([[null,[3]],["x",[1,4]],["y",[2]]])"));
  EXPECT_EQ(run("(ungroup (count (group % \"g\")))"),
            R"([{"group":null,"reduction":1},{"group":"x","reduction":2},)"
            R"({"group":"y","reduction":1}])");
  EXPECT_EQ(run("(reduce (map (group % \"g\") (lambda (v1) (get_field v1 \"a\"))) "
                "(lambda (v1 v2) (mul v1 v2)))"),
            grouped(R"([[null,2],["x",3],["y",1]])"));
}

TEST_P(Aggregates, MultiGroups) {
  EXPECT_EQ(run("(count (group % (lambda (v1) [\"p\",\"q\"]) :multi true))"),
            R"({"$reql_type$":"GROUPED_DATA","data":[["p",4],["q",4]]})");
}

// Rows of every kind that a multi index may meet: only 1, 4 and 6 have entries.
TEST(GroupByMultiIndex, HoldsWhatTheIndexHolds) {
  Workbench bench;
  bench.make_table("t", R"([{"id":1,"k":[1,1,2],"tags":["a","b"]},{"id":2,"k":null},{"id":3},
      {"id":4,"k":[1,null]},{"id":5,"k":{}},{"id":6,"k":5},{"id":7,"k":[]},{"id":8,"k":[{}]},
      {"id":9,"k":[[1,null]]}])");
  EXPECT_EQ(bench.run(R"((index_create (table "t") "k" :multi true))"), R"({"created":1})");
  bench.host().finish_index_builds();
  const auto groups = [&](std::string_view arguments) {
    return bench.run(
        fmt::format(R"((ungroup (get_field (group (table "t") {}) "id")))", arguments));
  };
  EXPECT_EQ(groups(R"(:index "k")"), R"([{"group":1,"reduction":[1,1,4]},)"
                                     R"({"group":2,"reduction":[1]},{"group":5,"reduction":[6]}])");
  // The other keys are not taken apart, unless `multi` says so.
  EXPECT_EQ(groups(R"("tags" :index "k")"),
            R"([{"group":[["a","b"],1],"reduction":[1,1]},{"group":[["a","b"],2],"reduction":[1]},)"
            R"({"group":[null,1],"reduction":[4]},{"group":[null,5],"reduction":[6]}])");
  EXPECT_EQ(groups(R"("tags" :index "k" :multi true)"),
            R"([{"group":[null,1],"reduction":[4]},{"group":[null,5],"reduction":[6]},)"
            R"({"group":["a",1],"reduction":[1,1]},{"group":["a",2],"reduction":[1]},)"
            R"({"group":["b",1],"reduction":[1,1]},{"group":["b",2],"reduction":[1]}])");
  EXPECT_EQ(bench.run(R"((distinct (table "t") :index "k"))"), "[1,2,5]");
  EXPECT_EQ(bench.run(R"((distinct (between (table "t") 1 8 :index "id") :index "k"))"), "[1,2,5]");
}

}  // namespace
}  // namespace octavo::reql
