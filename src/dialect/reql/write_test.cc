// INSERT, UPDATE, REPLACE, DELETE, FOR_EACH: result objects, conflicts, errors per row, hooks.

#include <gtest/gtest.h>

#include "dialect/reql/testing/workbench.h"

namespace octavo::reql {
namespace {

class Writes : public ::testing::Test {
 protected:
  Writes() { bench_.make_table("t", R"([{"id":1,"a":1},{"id":2,"a":2}])"); }
  std::string run(std::string_view text) { return bench_.run(text); }
  std::string rows() { return run(R"((table "t"))"); }
  // The result object with nothing but the given counters.
  static std::string counts(std::string_view field, int count) {
    std::string out = "{";
    for (const std::string_view name :
         {"deleted", "errors", "inserted", "replaced", "skipped", "unchanged"}) {
      if (out.size() > 1) out += ',';
      out += '"' + std::string(name) + "\":" + (name == field ? std::to_string(count) : "0");
    }
    return out + "}";
  }
  Workbench bench_;
};

TEST_F(Writes, Insert) {
  EXPECT_EQ(run(R"((insert (table "t") [{"id":3},{"id":4}]))"), counts("inserted", 2));
  EXPECT_EQ(rows(), R"([{"a":1,"id":1},{"a":2,"id":2},{"id":3},{"id":4}])");
}

TEST_F(Writes, GeneratedKeysAreUuids) {
  const std::string done = run(R"((insert (table "t") {"b":1}))");
  EXPECT_TRUE(done.find(R"("generated_keys":[")") != std::string::npos) << done;
  EXPECT_EQ(run(R"((count (filter (table "t") {"b":1})))"), "1");
}

TEST_F(Writes, ConflictsAreErrorsOfTheRow) {
  EXPECT_EQ(run(R"((get_field (insert (table "t") [{"id":1,"b":1},{"id":3}]) "first_error"))"),
            R"("Duplicate primary key `id`:\n{\n\t\"a\":\t1,\n\t\"id\":\t1\n}\n{\n\t\"b\":\t1,)"
            R"(\n\t\"id\":\t1\n}")");
  EXPECT_EQ(run(R"((get (table "t") 3))"), R"({"id":3})");
}

TEST_F(Writes, ConflictOptions) {
  EXPECT_EQ(run(R"((insert (table "t") {"id":1,"b":1} :conflict "update"))"),
            counts("replaced", 1));
  EXPECT_EQ(run(R"((get (table "t") 1))"), R"({"a":1,"b":1,"id":1})");
  EXPECT_EQ(run(R"((insert (table "t") {"id":1,"c":1} :conflict "replace"))"),
            counts("replaced", 1));
  EXPECT_EQ(run(R"((get (table "t") 1))"), R"({"c":1,"id":1})");
  EXPECT_EQ(run(R"((insert (table "t") {"id":1,"c":5} :conflict
                     (lambda (v1 v2 v3) (merge v2 (object :sum (add (get_field v2 "c")
                                                                    (get_field v3 "c")))))))"),
            counts("replaced", 1));
  EXPECT_EQ(run(R"((get (table "t") 1))"), R"({"c":1,"id":1,"sum":6})");
}

TEST_F(Writes, PrimaryKeysAreChecked) {
  const auto error = [this](const std::string& row) {
    return run(R"((get_field (insert (table "t") )" + row + R"() "first_error"))");
  };
  EXPECT_EQ(error(R"({"id":null})"),
            R"("Primary keys must be either a number, string, bool, pseudotype or array )"
            R"((got type NULL):\nnull")");
  EXPECT_TRUE(error(R"({"id":")" + std::string(128, 'a') + R"("})")
                  .starts_with(R"("Primary key too long (max 127 characters))"));
}

TEST_F(Writes, Update) {
  EXPECT_EQ(run(R"((update (get (table "t") 1) {"b":2}))"), counts("replaced", 1));
  EXPECT_EQ(run(R"((update (get (table "t") 1) {"b":2}))"), counts("unchanged", 1));
  EXPECT_EQ(run(R"((update (get (table "t") 9) {"b":2}))"), counts("skipped", 1));
  EXPECT_EQ(run(R"((update (table "t") (lambda (v1) (object :a (add (get_field v1 "a") 10)))))"),
            counts("replaced", 2));
  EXPECT_EQ(rows(), R"([{"a":11,"b":2,"id":1},{"a":12,"id":2}])");
  EXPECT_EQ(run(R"((get_field (update (get (table "t") 1) {"id":5}) "first_error"))"),
            R"("Primary key `id` cannot be changed (`{\n\t\"a\":\t11,\n\t\"b\":\t2,\n\t\"id\":\t1)"
            R"(\n}` -> `{\n\t\"a\":\t11,\n\t\"b\":\t2,\n\t\"id\":\t5\n}`).")");
}

TEST_F(Writes, FunctionsMustBeDeterministic) {
  EXPECT_EQ(run(R"((update (table "t") (lambda (v1) (object :r (random)))))"),
            "QUERY_LOGIC Could not prove argument deterministic.  Maybe you want to use the "
            "non_atomic flag?");
  EXPECT_EQ(run(R"((update (table "t") (lambda (v1) (object :n (now)))))"), counts("replaced", 2));
  EXPECT_EQ(run(R"((update (table "t") (lambda (v1) (object :r (random))) :non_atomic true))"),
            counts("replaced", 2));
}

TEST_F(Writes, ReplaceAndDelete) {
  EXPECT_EQ(run(R"((replace (get (table "t") 1) {"id":1,"z":1}))"), counts("replaced", 1));
  EXPECT_EQ(run(R"((replace (get (table "t") 7) {"id":7}))"), counts("inserted", 1));
  EXPECT_EQ(run(R"((replace (get (table "t") 7) null))"), counts("deleted", 1));
  EXPECT_EQ(run(R"((delete (filter (table "t") {"a":2})))"), counts("deleted", 1));
  EXPECT_EQ(rows(), R"([{"id":1,"z":1}])");
  EXPECT_EQ(run(R"((delete [1]))"),
            "QUERY_LOGIC Expected type SELECTION but found DATUM:\n[\n\t1\n] [0]");
}

TEST_F(Writes, ReturnChanges) {
  EXPECT_EQ(run(R"((get_field (update (table "t") {"a":1} :return_changes true) "changes"))"),
            R"([{"new_val":{"a":1,"id":2},"old_val":{"a":2,"id":2}}])");
  EXPECT_EQ(run(R"((get_field (update (table "t") {"a":1} :return_changes "always") "changes"))"),
            R"([{"new_val":{"a":1,"id":1},"old_val":{"a":1,"id":1}},)"
            R"({"new_val":{"a":1,"id":2},"old_val":{"a":1,"id":2}}])");
}

// An object with terms in it is computed per row, so what goes wrong in it is the row's error.
TEST_F(Writes, ErrorsInsideOfUpdatesAreErrorsOfRows) {
  EXPECT_EQ(run(R"((pluck (update (get (table "t") 1) (object :x (error "no")) :return_changes true)
                          "changes" "first_error"))"),
            R"({"changes":[],"first_error":"no"})");
}

TEST_F(Writes, ChangesComeInTheOrderOfTheDocuments) {
  EXPECT_EQ(run(R"((map (get_field (insert (table "t") [{"id":1},{"id":null},{"id":3}]
                                           :return_changes "always") "changes")
                        (lambda (v1) (array (slice (default (get_field v1 "error") "none") 0 9)
                                            (get_field v1 "new_val")))))"),
            R"([["Duplicate",{"a":1,"id":1}],["Primary k",null],["none",{"id":3}]])");
}

TEST_F(Writes, SplicedArgumentsAreCheckedAsWell) {
  EXPECT_EQ(run(R"((replace (table "t") (args (array (get (table "t") 1)))))"),
            "QUERY_LOGIC Could not prove argument deterministic.  Maybe you want to use the "
            "non_atomic flag?");
}

TEST_F(Writes, ForEachAddsUp) {
  EXPECT_EQ(run(R"((for_each [3,4] (lambda (v1) (insert (table "t") (object :id v1)))))"),
            counts("inserted", 2));
  EXPECT_EQ(run(R"((for_each [3] (lambda (v1) v1)))"),
            "QUERY_LOGIC FOR_EACH expects one or more basic write queries.  Expected type ARRAY "
            "but found NUMBER. [1]");
}

TEST_F(Writes, Hooks) {
  EXPECT_EQ(run(R"((set_write_hook (table "t") (lambda (v1 v2 v3) (merge v3 {"seen":true}))))"),
            R"({"created":1})");
  EXPECT_EQ(run(R"((insert (table "t") {"id":5}))"), counts("inserted", 1));
  EXPECT_EQ(run(R"((get (table "t") 5))"), R"({"id":5,"seen":true})");
  EXPECT_EQ(run(R"((insert (table "t") {"id":6} :ignore_write_hook true))"), counts("inserted", 1));
  EXPECT_EQ(run(R"((get (table "t") 6))"), R"({"id":6})");
  EXPECT_EQ(run(R"((set_write_hook (table "t") null))"), R"({"deleted":1})");
}

TEST_F(Writes, AStatementThatEndsHalfWayDoesNotSayThatNothingHappened) {
  const std::string_view insert = R"((insert (table "t") (map (range 1000 4000)
                                                            (lambda (v1) (object :id v1)))))";
  bench_.host().writes_until_refusal = 1;
  EXPECT_EQ(run(insert),
            "OP_INDETERMINATE Some of the rows were written before this: The log takes no writes.");
  bench_.host().writes_until_refusal = 0;
  EXPECT_EQ(run(insert), "OP_FAILED The log takes no writes.");
}

TEST_F(Writes, ARowThatCannotBeReadIsDeletedOrReplacedByItsKey) {
  bench_.host().unreadable.insert(number(1));
  for (const std::string_view reads :
       {R"((update (get (table "t") 1) {"b":1}))", R"((insert (table "t") {"id":1}))",
        R"((replace (get (table "t") 1) (lambda (v1) (merge v1 {"b":1}))))",
        R"((insert (table "t") {"id":1} :conflict "update"))"}) {
    EXPECT_NE(run(reads).find(R"("errors":1,"first_error":"The row cannot be read.")"),
              std::string::npos)
        << run(reads);
  }
  EXPECT_EQ(run(R"((replace (get (table "t") 1) {"id":1}))"), counts("replaced", 1));
  EXPECT_EQ(run(R"((insert (table "t") {"id":1,"c":1} :conflict "replace"))"),
            counts("replaced", 1));
  EXPECT_EQ(run(R"((delete (get (table "t") 1)))"), counts("deleted", 1));
  EXPECT_EQ(rows(), R"([{"a":2,"id":2}])");
}

// Computed for each row before they are written: when the query is stopped meanwhile, the rest are
// no errors of rows.
TEST_F(Writes, AStatementThatIsStoppedHasNoSummary) {
  CancelSource stop;
  bench_.context().cancel = stop.token();
  bench_.host().meanwhile = [&] { stop.cancel(); };
  EXPECT_EQ(run(R"((update (table "t") (lambda (v1)
                     (object :n (count (limit (changes (table "t")) 1)))) :non_atomic true))"),
            "INTERRUPTED Query interrupted. [1,1,n]");
}

// The table is looked up before its documents are computed, and here it changes in between.
TEST_F(Writes, TheHookThatIsInForceWhenRowsAreWrittenIsApplied) {
  EXPECT_EQ(run(R"((insert (table "t")
                           (array {"id":7}
                                  (without (merge {"id":8}
                                                  (set_write_hook (table "t")
                                                    (lambda (v1 v2 v3) (merge v3 {"seen":true}))))
                                           "created"))))"),
            counts("inserted", 2));
  EXPECT_EQ(run(R"((get (table "t") 7))"), R"({"id":7,"seen":true})");
}

}  // namespace
}  // namespace octavo::reql
