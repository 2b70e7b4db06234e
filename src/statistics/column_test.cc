#include "statistics/column.h"

#include <gtest/gtest.h>

namespace octavo::statistics {
namespace {

using value::Value;

// A tenth null, three tenths 5, the others evenly from 0 to 100.
Column numbers() {
  Column column{.name = "n", .distinct = 101, .null_share = 0.1};
  column.common.push_back({Value::int64(5), 0.3});
  for (std::int64_t i = 0; i <= 100; i += 10) column.bounds.push_back(Value::int64(i));
  return column;
}

TEST(StatisticsColumn, SharesOfNumbers) {
  const Column column = numbers();
  EXPECT_NEAR(column.other_share(), 0.6, 1e-9);
  EXPECT_NEAR(column.equal_to(Value::int64(5)), 0.3, 1e-9);
  EXPECT_NEAR(column.equal_to(Value::float64(5)), 0.3, 1e-9);
  EXPECT_NEAR(column.equal_to(Value::int64(6)), 0.006, 1e-9);
  EXPECT_EQ(column.equal_to(Value()), 0);
  EXPECT_NEAR(column.below(Value::int64(25), false).value(), 0.3 + 0.6 * 0.25, 1e-9);
  EXPECT_NEAR(column.below(Value::int64(5), false).value(), 0.03, 1e-9);
  EXPECT_NEAR(column.below(Value::int64(5), true).value(), 0.33, 1e-9);
  EXPECT_NEAR(column.below(Value::int64(-1), true).value(), 0, 1e-9);
  EXPECT_NEAR(column.below(Value::int64(1000), false).value(), 0.9, 1e-9);
  EXPECT_FALSE(column.below(Value::string("5"), false));
}

TEST(StatisticsColumn, SharesOfTexts) {
  Column column{.name = "t", .distinct = 100};
  for (const char* bound : {"Ba", "Bm", "Da", "Zz"}) column.bounds.push_back(Value::string(bound));
  EXPECT_NEAR(column.below(Value::string("Bm"), false).value(), 1.0 / 3, 1e-9);
  const double half = column.below(Value::string("Bg"), false).value();
  EXPECT_GT(half, 0.1);
  EXPECT_LT(half, 0.25);
  // Two parts begin with B, the second one up to Da.
  EXPECT_GT(column.begins_with("B").value(), 1.0 / 3);
  EXPECT_LT(column.begins_with("B").value(), 2.0 / 3);
  EXPECT_NEAR(column.begins_with("A").value(), 0, 1e-9);
  EXPECT_FALSE(numbers().begins_with("A"));
}

TEST(StatisticsColumn, SharesOfTimes) {
  Column column{.name = "d", .distinct = 100};
  column.bounds = {Value::date(1000), Value::date(2000)};
  EXPECT_NEAR(column.below(Value::date(1250), false).value(), 0.25, 1e-9);
  column.bounds = {Value::timestamp({.seconds = 0}), Value::timestamp({.seconds = 10})};
  EXPECT_NEAR(column.below(Value::timestamp({.seconds = 5}), false).value(), 0.5, 1e-9);
}

TEST(StatisticsColumn, KnowsNothingWithoutValues) {
  const Column column{.name = "x"};
  EXPECT_FALSE(column.below(Value::int64(1), false));
  EXPECT_FALSE(column.begins_with("a"));
}

}  // namespace
}  // namespace octavo::statistics
