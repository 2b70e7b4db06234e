// Values: arrays, documents, types, control, errors and where they happened.

#include <gtest/gtest.h>

#include "dialect/reql/testing/workbench.h"

namespace octavo::reql {
namespace {

class Evaluator : public ::testing::Test {
 protected:
  std::string run(std::string_view text) { return bench_.run(text); }
  Workbench bench_;
};

TEST_F(Evaluator, Arrays) {
  EXPECT_EQ(run("(append [1,2] 3)"), "[1,2,3]");
  EXPECT_EQ(run("(prepend [1,2] 3)"), "[3,1,2]");
  EXPECT_EQ(run("(difference [1,2,2,3] [2])"), "[1,3]");
  EXPECT_EQ(run("(set_insert [1,1,2] 2)"), "[1,2]");
  EXPECT_EQ(run("(set_union [1,1,2] [3,2])"), "[1,2,3]");
  EXPECT_EQ(run("(set_intersection [1,1,2] [1,3])"), "[1]");
  EXPECT_EQ(run("(set_difference [1,1,2] [2])"), "[1]");
  EXPECT_EQ(run("(insert_at [1,2] 2 3)"), "[1,2,3]");
  EXPECT_EQ(run("(insert_at [1,2] -1 3)"), "[1,2,3]");
  EXPECT_EQ(run("(insert_at [1,2] 3 3)"),
            "NON_EXISTENCE Index `3` out of bounds for array of size: `2`.");
  EXPECT_EQ(run("(delete_at [1,2,3] 1)"), "[1,3]");
  EXPECT_EQ(run("(delete_at [1,2,3] 0 2)"), "[3]");
  EXPECT_EQ(run("(change_at [1,2,3] -1 9)"), "[1,2,9]");
  EXPECT_EQ(run("(splice_at [1,2] 1 [8,9])"), "[1,8,9,2]");
  EXPECT_EQ(run("(append 1 2)"), "QUERY_LOGIC Expected type ARRAY but found NUMBER. [0]");
}

TEST_F(Evaluator, ArraysAreLimited) {
  const std::vector<algebra::Option> two = {{"array_limit", algebra::constant(Value::int64(2))}};
  EXPECT_EQ(bench_.run("(append [1] 2)", two), "[1,2]");
  EXPECT_TRUE(bench_.run("(append [1,2] 3)", two).starts_with("RESOURCE_LIMIT Array over size"));
  const std::vector<algebra::Option> none = {{"array_limit", algebra::constant(Value::int64(0))}};
  EXPECT_EQ(bench_.run("1", none), "QUERY_LOGIC Illegal array size limit `0`.  (Must be >= 1.)");
}

TEST_F(Evaluator, Documents) {
  EXPECT_EQ(run(R"((get_field {"a":1} "a"))"), "1");
  EXPECT_TRUE(run(R"((get_field {"a":1} "b"))").starts_with("NON_EXISTENCE No attribute `b` in"));
  EXPECT_EQ(run(R"((bracket [4,5] -1))"), "5");
  EXPECT_EQ(run(R"((get_field [{"a":1},{"b":2}] "a"))"), "[1]");
  EXPECT_EQ(run(R"((pluck {"a":1,"b":{"c":2,"d":3}} "a" {"b":"c"}))"), R"({"a":1,"b":{"c":2}})");
  EXPECT_EQ(run(R"((without {"a":1,"b":{"c":2,"d":3}} {"b":["c"]}))"), R"({"a":1,"b":{"d":3}})");
  EXPECT_EQ(run(R"((merge {"a":{"b":1}} {"a":{"c":2}} {"d":3}))"), R"({"a":{"b":1,"c":2},"d":3})");
  EXPECT_EQ(run(R"((merge {"a":{"b":1}} (object :a (literal {"c":2}))))"), R"({"a":{"c":2}})");
  EXPECT_EQ(run(R"((merge {"a":1,"b":2} (object :a (literal))))"), R"({"b":2})");
  EXPECT_EQ(run(R"((merge {"a":{"b":1}} (args (array (object :a (literal {"c":1}))))))"),
            R"({"a":{"c":1}})");
  EXPECT_TRUE(run(R"((merge {"a":1} (literal "x")))").starts_with("QUERY_LOGIC Stray literal"));
  EXPECT_EQ(run(R"((has_fields (object) (epoch_time 5)))"),
            "QUERY_LOGIC Invalid path argument `5`.");
  EXPECT_EQ(run("(with_fields 1)"),
            "QUERY_LOGIC Cannot perform has_fields on a non-object non-sequence `1`. [0]");
  EXPECT_EQ(run("(bracket 0 0)"), "QUERY_LOGIC Cannot convert NUMBER to SEQUENCE [0]");
  EXPECT_EQ(run(R"((has_fields {"a":null,"b":{"c":1}} {"b":"c"}))"), "true");
  EXPECT_EQ(run(R"((has_fields {"a":null} "a"))"), "false");
  EXPECT_EQ(run(R"((with_fields [{"a":1,"b":2},{"a":3}] "a" "b"))"), R"([{"a":1,"b":2}])");
  EXPECT_EQ(run(R"((keys (object :b 1 :a 2)))"), R"(["a","b"])");
  EXPECT_EQ(run(R"((values (object :b 1 :a 2)))"), "[2,1]");
}

TEST_F(Evaluator, LogicAndComparison) {
  EXPECT_EQ(run("(lt 1 2 2)"), "false");
  EXPECT_EQ(run("(le 1 2 2)"), "true");
  EXPECT_EQ(run(R"((lt [] false null 1 {} "a"))"), "true");  // by type name
  EXPECT_EQ(run("(eq 1 1.0)"), "true");
  EXPECT_EQ(run("(ne 1 1 2)"), "true");
  EXPECT_EQ(run("(and 1 false (error \"not evaluated\"))"), "false");
  EXPECT_EQ(run("(or null 2 (error \"not evaluated\"))"), "2");
  EXPECT_EQ(run("(not null)"), "true");
  EXPECT_EQ(run("(branch false 1 null 2 3)"), "3");
  EXPECT_EQ(run("(branch true 1 (error \"not evaluated\"))"), "1");
  EXPECT_EQ(run("(branch true 1 2 3)"),
            "QUERY_LOGIC Cannot call `branch` term with an even number of arguments.");
}

TEST_F(Evaluator, Functions) {
  EXPECT_EQ(run("(funcall (lambda (v1 v2) (sub v1 v2)) 5 3)"), "2");
  EXPECT_EQ(run("(funcall (lambda (v1) v1))"),
            "QUERY_LOGIC Expected function with 0 arguments but found function with 1 argument.");
  EXPECT_EQ(run("(add (args [1,2]) 3)"), "6");
  EXPECT_EQ(run("(funcall (lambda (v1) (map [1,2] (lambda (v2) (add v1 v2)))) 10)"), "[11,12]");
  EXPECT_EQ(run("(lambda (v1) v1)"),
            "QUERY_LOGIC Query result must be of type DATUM, GROUPED_DATA, or STREAM (got "
            "FUNCTION).");
}

TEST_F(Evaluator, DefaultSwallowsWhatIsMissing) {
  EXPECT_EQ(run(R"((default (get_field {} "a") 1))"), "1");
  EXPECT_EQ(run("(default null 1)"), "1");
  EXPECT_EQ(run(R"((default (get_field {} "a") (lambda (v1) (slice v1 0 12))))"),
            R"("No attribute")");
  EXPECT_EQ(run(R"((default (add 1 "a") 1))"),
            "QUERY_LOGIC Expected type NUMBER but found STRING. [0]");
  EXPECT_EQ(run(R"((default (error "own") 1))"), "USER own [0]");
  EXPECT_EQ(run("(default (error) 1)"),
            "QUERY_LOGIC Empty ERROR term outside a default block. [0]");
}

TEST_F(Evaluator, ErrorsSayWhere) {
  EXPECT_EQ(run(R"((add 1 (mul 2 (sub 3 "x"))))"),
            "QUERY_LOGIC Expected type NUMBER but found STRING. [1,1]");
  EXPECT_EQ(run(R"((slice [1] 0 1 :left_bound "x"))"),
            "QUERY_LOGIC Expected `open` or `closed` for optarg `left_bound` (got `\"x\"`).");
  EXPECT_EQ(run(R"((map [1] (lambda (v1) (get_field v1 "a"))))"),
            "QUERY_LOGIC Cannot perform get_field on a non-object non-sequence `1`. [1,1,0]");
  EXPECT_EQ(run("(error \"m\")"), "USER m");
}

TEST_F(Evaluator, TypesAndCoercions) {
  EXPECT_EQ(run("(type_of (table_create \"x\"))"), R"("OBJECT")");
  EXPECT_EQ(run("(type_of (table \"x\"))"), R"("TABLE")");
  EXPECT_EQ(run(R"((coerce_to 1.5 "string"))"), R"("1.5")");
  EXPECT_EQ(run(R"((coerce_to "12" "NUMBER"))"), "12");
  EXPECT_EQ(run(R"((coerce_to {"a":1} "array"))"), R"([["a",1]])");
  EXPECT_EQ(run(R"((coerce_to [["a",1]] "object"))"), R"({"a":1})");
  EXPECT_EQ(run(R"((coerce_to "x" "number"))"), "QUERY_LOGIC Could not coerce `x` to NUMBER.");
  EXPECT_EQ(run(R"((coerce_to 1 "array"))"), "QUERY_LOGIC Cannot coerce NUMBER to ARRAY. [0]");
}

TEST_F(Evaluator, Strings) {
  EXPECT_EQ(run(R"((split "a  b"))"), R"(["a","b"])");
  EXPECT_EQ(run(R"((split "a,b,c" "," 1))"), R"(["a","b,c"])");
  EXPECT_EQ(run(R"((split "añb" ""))"), R"(["a","ñ","b"])");
  EXPECT_EQ(run(R"((count "añb"))"), "3");
  EXPECT_EQ(run(R"((slice "añb" 1 2))"), R"("ñ")");
  EXPECT_EQ(run(R"((get_field (match "id:42" "[0-9]+") "str"))"), R"("42")");
  EXPECT_EQ(run(R"((match "a" "b"))"), "null");
}

TEST_F(Evaluator, Times) {
  EXPECT_EQ(run("(to_iso8601 (now))"), R"("2014-05-13T16:53:20.123+00:00")");
  EXPECT_EQ(run("(eq (now) (now))"), "true");  // constant within a query
  EXPECT_EQ(run(R"((sub (iso8601 "2020-01-02T00:00:00Z") (iso8601 "2020-01-01T00:00:00Z")))"),
            "86400");
  EXPECT_EQ(run(R"((to_iso8601 (add (time 2020 2 28 "Z") 86400)))"),
            R"("2020-02-29T00:00:00+00:00")");
  EXPECT_EQ(run(R"((during (epoch_time 5) (epoch_time 5) (epoch_time 6)))"), "true");
  EXPECT_EQ(run(R"((during (epoch_time 6) (epoch_time 5) (epoch_time 6)))"), "false");
}

}  // namespace
}  // namespace octavo::reql
