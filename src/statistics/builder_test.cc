#include "statistics/builder.h"

#include <gtest/gtest.h>

#include <numeric>

namespace octavo::statistics {
namespace {

using value::Value;

Table made_of(const std::vector<std::vector<Value>>& rows) {
  Builder builder({"a", "b"}, {{0, 1}});
  for (const auto& row : rows) builder.add(row);
  return builder.finish();
}

TEST(StatisticsBuilder, CountsValuesAndNulls) {
  std::vector<std::vector<Value>> rows;
  for (std::int64_t i = 0; i < 40'000; ++i) {
    rows.push_back(
        {Value::int64(i), i % 4 == 0 ? Value() : Value::string("v" + std::to_string(i % 5))});
  }
  const Table table = made_of(rows);
  EXPECT_EQ(table.rows, 40'000U);
  const Column& a = *table.find("a");
  EXPECT_NEAR(a.distinct, 40'000, 2'000);
  EXPECT_EQ(a.null_share, 0);
  EXPECT_TRUE(a.common.empty());
  EXPECT_EQ(a.bounds.size(), kBounds);
  EXPECT_NEAR(a.below(Value::int64(10'000), false).value(), 0.25, 0.02);
  const Column& b = *table.find("b");
  EXPECT_NEAR(b.distinct, 5, 0.1);
  EXPECT_DOUBLE_EQ(b.null_share, 0.25);
  EXPECT_EQ(b.common.size(), 5U);
  EXPECT_NEAR(b.equal_to(Value::string("v3")), 0.15, 0.02);
  EXPECT_LT(b.equal_to(Value::string("v9")), 0.001);
  EXPECT_EQ(table.find("c"), nullptr);
}

// Where a third of the rows have one value and the others their own.
TEST(StatisticsBuilder, KeepsWhatIsCommon) {
  std::vector<std::vector<Value>> rows;
  for (std::int64_t i = 0; i < 30'000; ++i) {
    rows.push_back({Value::int64(i % 3 == 0 ? -1 : i), Value::int64(0)});
  }
  const Table table = made_of(rows);
  const Column& a = *table.find("a");
  ASSERT_EQ(a.common.size(), 1U);
  EXPECT_NEAR(a.common.front().share, 1.0 / 3, 0.02);
  EXPECT_NEAR(a.below(Value::int64(15'000), false).value(), 2.0 / 3, 0.02);
  EXPECT_NEAR(a.equal_to(Value::int64(7)), 1.0 / 30'000, 1e-5);
}

TEST(StatisticsBuilder, CountsColumnsTogether) {
  std::vector<std::vector<Value>> rows;
  for (std::int64_t i = 0; i < 10'000; ++i) {
    rows.push_back({Value::int64(i % 100), Value::int64(i % 100 / 2)});
  }
  const Table table = made_of(rows);
  const std::vector<std::string> names{"a", "b"};
  ASSERT_NE(table.find(names), nullptr);
  EXPECT_NEAR(table.find(names)->distinct, 100, 5);  // and not 100 times 50
}

// Values of the first rows and of the last ones are as likely in the sample.
TEST(StatisticsBuilder, SamplesWithoutRegardToPlace) {
  std::vector<std::vector<Value>> rows;
  for (std::int64_t i = 0; i < 200'000; ++i) rows.push_back({Value::int64(i / 1000), Value()});
  const Table table = made_of(rows);
  const Column& a = *table.find("a");
  EXPECT_NEAR(a.distinct, 200, 10);
  EXPECT_NEAR(a.below(Value::int64(50), false).value(), 0.25, 0.02);
  EXPECT_NEAR(a.below(Value::int64(150), false).value(), 0.75, 0.02);
  EXPECT_EQ(table.find("b")->null_share, 1);
  EXPECT_FALSE(table.find("b")->below(Value::int64(1), false));
}

TEST(StatisticsBuilder, TakesFieldsAsTheyCome) {
  Builder builder({}, {});
  for (std::int64_t i = 0; i < 1000; ++i) {
    std::vector<value::Field> fields{{"id", Value::int64(i)}};
    if (i % 2 == 0) fields.push_back({"late", Value::string("x")});
    builder.add_document(Value::object(fields).as_object());
  }
  const Table table = builder.finish();
  EXPECT_NEAR(table.find("id")->distinct, 1000, 50);
  EXPECT_DOUBLE_EQ(table.find("late")->null_share, 0.5);
  EXPECT_NEAR(table.find("late")->equal_to(Value::string("x")), 0.5, 1e-9);
}

TEST(StatisticsBuilder, CutsLongTexts) {
  std::vector<std::vector<Value>> rows;
  for (int i = 0; i < 3; ++i)
    rows.push_back({Value::string(std::string(63, 'x') + "\u00e4\u00e4"), Value()});
  const Table table = made_of(rows);
  ASSERT_EQ(table.find("a")->common.size(), 1U);
  EXPECT_EQ(table.find("a")->common.front().value, Value::string(std::string(63, 'x')));
}

TEST(StatisticsBuilder, OfNoRows) {
  const Table table = made_of({});
  EXPECT_EQ(table.rows, 0U);
  EXPECT_EQ(table.find("a")->distinct, 0);
}

}  // namespace
}  // namespace octavo::statistics
