#include "dialect/sql/error/error.h"

#include <gtest/gtest.h>

namespace octavo::sql {
namespace {

TEST(SqlError, TakesItsArgumentsInOrder) {
  const auto failed = error<1146>("shop", "users");
  EXPECT_EQ(failed.error(), (Fault{1146, "Table 'shop.users' doesn't exist"}));
  EXPECT_EQ(state_of(1146), "42S02");
}

TEST(SqlError, AnArgumentIsNoTemplate) {
  EXPECT_EQ(error<1049>("%s").error().text, "Unknown database '%s'");
}

TEST(SqlError, ANumberWithoutRowHasTheGeneralState) {
  EXPECT_EQ(find_error(1), nullptr);
  EXPECT_EQ(state_of(65535), "HY000");
}

TEST(SqlError, EveryCodeOfTheLayersBelowHasANumber) {
  for (int code = 0; code <= static_cast<int>(Code::internal); ++code) {
    const Fault fault = to_fault({static_cast<Code>(code), "why"});
    EXPECT_NE(find_error(fault.number), nullptr) << code_name(static_cast<Code>(code));
    EXPECT_FALSE(fault.text.empty());
  }
  EXPECT_EQ(to_fault({Code::conflict, "x"}).number, 1213);
  EXPECT_EQ(to_fault({Code::cancelled, "x"}).text, "Query execution was interrupted");
  EXPECT_EQ(to_fault({Code::resource_exhausted, "too much"}).text, "too much");
}

}  // namespace
}  // namespace octavo::sql
