// Fields that plans look at, of plans as they are printed. Functions are found by their names.

#include "exec/needed_fields.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>

#include "algebra/children.h"
#include "algebra/parse.h"
#include "function/family.h"

namespace octavo::exec {
namespace {

std::optional<algebra::FunctionId> find_function(std::string_view name) {
  for (const function::Family& family : function::families()) {
    for (std::uint32_t number = 0; number <= std::numeric_limits<std::uint16_t>::max(); ++number) {
      const algebra::FunctionId id{family.id, static_cast<std::uint16_t>(number)};
      if (function::name_of(id) == name) return id;
    }
  }
  return std::nullopt;
}

void add_scans(const NeededFields& needed, const algebra::Plan& plan, std::string& text) {
  if (const auto* scan = std::get_if<algebra::Scan>(&plan.node)) {
    const auto* const fields = needed.find(*scan);
    text += text.empty() ? "" : "; ";
    text += fields != nullptr ? "" : "all";
    for (const std::string& field : fields != nullptr ? *fields : std::vector<std::string>()) {
      text += (text.empty() || text.ends_with(' ') ? "" : ",") + field;
    }
  }
  algebra::for_each_input(plan,
                          [&](const algebra::PlanPtr& input) { add_scans(needed, *input, text); });
}

// For each scan, in the order of the plan.
std::string needed_of(std::string_view text) {
  const auto plan = algebra::parse_plan(text, find_function);
  if (!plan) return plan.error().what;
  std::string fields;
  add_scans(NeededFields(**plan), **plan, fields);
  return fields;
}

TEST(NeededFields, OfASelection) {
  EXPECT_EQ(needed_of(R"((map (lambda (v1) (array (sql.field v1 "a") (sql.field v1 "b")))
                           (filter (lambda (v1) (sql.equal (sql.field v1 "c") 1))
                             (scan table=1))))"),
            "a,b,c");
}

TEST(NeededFields, OfWholeRows) {
  EXPECT_EQ(needed_of("(scan table=1)"), "all");
  EXPECT_EQ(needed_of(R"((filter (lambda (v1) (sql.equal (sql.field v1 "c") 1)) (scan table=1)))"),
            "all");
  EXPECT_EQ(needed_of("(map (lambda (v1) (array v1)) (scan table=1))"), "all");
  EXPECT_EQ(needed_of("(distinct (scan table=1))"), "all");
  // Its errors show the row.
  EXPECT_EQ(needed_of(R"((map (lambda (v1) (reql.get_field v1 "a")) (scan table=1)))"), "all");
}

TEST(NeededFields, OfEachSideOfAJoin) {
  EXPECT_EQ(needed_of(R"((map (lambda (v3) (array (sql.field (sql.field v3 "left") "a")))
                           (hash_join inner (equal (lambda (v1) (sql.field v1 "k"))
                                                   (lambda (v2) (sql.field v2 "l")))
                             (scan table=1)
                             (scan table=2))))"),
            "a,k; l");
  EXPECT_EQ(needed_of(R"((map (lambda (v3) (array (sql.field v3 "right")))
                           (hash_join left (equal (lambda (v1) (sql.field v1 "k"))
                                                  (lambda (v2) (sql.field v2 "l")))
                             (scan table=1)
                             (scan table=2))))"),
            "k; all");
}

TEST(NeededFields, OfASideThatIsOnlyLookedFor) {
  EXPECT_EQ(needed_of(R"((map (lambda (v1) (array (sql.field v1 "a")))
                           (hash_join semi (equal (lambda (v1) (sql.field v1 "k"))
                                                  (lambda (v2) (sql.field v2 "l")))
                             (scan table=1)
                             (scan table=2))))"),
            "a,k; l");
}

TEST(NeededFields, OfARowThatAFunctionTakesOutOfAPair) {
  EXPECT_EQ(needed_of(R"((map (lambda (v1) (array (sql.field v1 "a")))
                           (map (lambda (v3) (sql.field v3 "left"))
                             (hash_join left (equal (lambda (v1) (sql.field v1 "k"))
                                                    (lambda (v2) (sql.field v2 "l")))
                               (scan table=1)
                               (scan table=2)))))"),
            "a,k; l");
}

TEST(NeededFields, OfGroupsAndSorts) {
  EXPECT_EQ(needed_of(R"((group (key (lambda (v1) (sql.field v1 "k"))) (count)
                           (scan table=1)))"),
            "k");
  EXPECT_EQ(needed_of(R"((map (lambda (v1) (array (sql.field v1 "a")))
                           (sort (ascending (lambda (v1) (sql.field v1 "s"))) (scan table=1))))"),
            "a,s");
}

}  // namespace
}  // namespace octavo::exec
