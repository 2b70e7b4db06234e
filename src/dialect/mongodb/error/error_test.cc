#include "dialect/mongodb/error/error.h"

#include <gtest/gtest.h>

namespace octavo::mongodb {
namespace {

TEST(MongodbError, NumbersHaveNames) {
  EXPECT_EQ(code_name(2), "BadValue");
  EXPECT_EQ(code_name(11000), "DuplicateKey");
  EXPECT_EQ(code_name(16020), "Location16020");
}

TEST(MongodbError, ErrorsOfOthersGetANumber) {
  EXPECT_EQ(with_number({Code::timed_out, "late"}).number, 50);
  EXPECT_EQ(with_number({Code::internal, "x"}).number, 1);
  EXPECT_EQ(with_number(error(17124, "size").error()).number, 17124);
}

TEST(MongodbError, CausesStandBehindTheirContext) {
  EXPECT_EQ(caused_by("Invalid $project", error(40272, "no {}", "x").error()).what,
            "Invalid $project :: caused by :: no x");
}

}  // namespace
}  // namespace octavo::mongodb
