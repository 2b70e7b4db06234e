#include "dialect/sql/error/error.h"

#include <gtest/gtest.h>

namespace octavo::sql {
namespace {

TEST(SqlError, TakesItsArgumentsInOrder) {
  const auto failed = error<1146>("shop", "users");
  EXPECT_EQ(failed.error().number, 1146);
  EXPECT_EQ(failed.error().what, "Table 'shop.users' doesn't exist");
  EXPECT_EQ(state_of(1146), "42S02");
}

TEST(SqlError, AnArgumentIsNoTemplate) {
  EXPECT_EQ(error<1049>("%s").error().what, "Unknown database '%s'");
}

TEST(SqlError, ANumberWithoutRowHasTheGeneralState) {
  EXPECT_EQ(find_error(1), nullptr);
  EXPECT_EQ(state_of(65535), "HY000");
}

TEST(SqlError, EveryCodeOfTheLayersBelowHasANumber) {
  for (int code = 0; code <= static_cast<int>(Code::internal); ++code) {
    const Error error = with_number({static_cast<Code>(code), "why"});
    EXPECT_NE(find_error(error.number), nullptr) << code_name(static_cast<Code>(code));
    EXPECT_FALSE(error.what.empty());
  }
  EXPECT_EQ(with_number({Code::conflict, "x"}).number, 1213);
  EXPECT_EQ(with_number({Code::cancelled, "x"}).what, "Query execution was interrupted");
  EXPECT_EQ(with_number({Code::resource_exhausted, "too much"}).what, "too much");
}

TEST(SqlError, AnErrorWithANumberKeepsItsText) {
  const Error error = with_number(sql::error<1146>("shop", "users").error());
  EXPECT_EQ(error.number, 1146);
  EXPECT_EQ(error.what, "Table 'shop.users' doesn't exist");
}

}  // namespace
}  // namespace octavo::sql
