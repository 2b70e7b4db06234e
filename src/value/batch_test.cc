#include "value/batch.h"

#include <gtest/gtest.h>

#include "value/random_value.h"

namespace octavo::value {
namespace {

Column column_of(std::initializer_list<Value> values) {
  ColumnBuilder builder;
  for (const Value& value : values) builder.append(value);
  return std::move(builder).build();
}

TEST(Column, IsTypedWhileOneTypeComes) {
  const Column typed = column_of({Value(), Value::int64(5), Value(), Value::int64(-1)});
  ASSERT_TRUE(std::holds_alternative<Int64Column>(typed));
  EXPECT_EQ(size(typed), 4U);
  EXPECT_TRUE(is_null(typed, 0));
  EXPECT_EQ(at(typed, 3), Value::int64(-1));
  EXPECT_EQ(std::get<Int64Column>(typed).nulls.null_count(), 2U);

  const Column mixed = column_of({Value::int64(5), Value(), Value::float64(1)});
  ASSERT_TRUE(std::holds_alternative<DynamicColumn>(mixed));
  EXPECT_EQ(at(mixed, 0).type(), Type::int64);
  EXPECT_EQ(at(mixed, 2).type(), Type::float64);
  EXPECT_TRUE(is_null(mixed, 1));
  EXPECT_TRUE(std::holds_alternative<DynamicColumn>(column_of({Value(), Value()})));
}

TEST(Column, EveryTypeComesBackAsItWas) {
  Random random(51);
  for (std::size_t type = 0; type < kTypeCount; ++type) {
    ColumnBuilder builder;
    std::vector<Value> values;
    for (int i = 0; i < 200; ++i) {
      values.push_back(random.below(5) == 0 ? Value()
                                            : random_of_type(random, static_cast<Type>(type), 2));
      builder.append(values.back());
    }
    const Column column = std::move(builder).build();
    ASSERT_EQ(size(column), values.size());
    std::vector<std::uint32_t> positions;
    for (std::size_t i = 0; i < values.size(); ++i) {
      EXPECT_EQ(at(column, i).type(), values[i].type());
      EXPECT_EQ(at(column, i), values[i]);
      EXPECT_EQ(is_null(column, i), values[i].is_null());
      positions.push_back(static_cast<std::uint32_t>(random.below(values.size())));
    }
    const Column gathered = gather(column, positions);
    for (std::size_t i = 0; i < positions.size(); ++i) {
      EXPECT_EQ(at(gathered, i), values[positions[i]]);
    }
    EXPECT_GT(memory_bytes(column), 0U);
  }
}

TEST(Column, Dictionary) {
  DictionaryBuilder builder;
  builder.append_null();
  for (int i = 0; i < 100; ++i) builder.append(i % 2 == 0 ? "even" : "odd");
  EXPECT_EQ(builder.distinct(), 3U);  // and the empty one that the null needed
  const Column column = std::move(builder).build();
  EXPECT_EQ(size(column), 101U);
  EXPECT_TRUE(at(column, 0).is_null());
  EXPECT_EQ(at(column, 2).as_string(), "odd");
  const std::uint32_t positions[] = {2, 0, 1};
  EXPECT_EQ(at(gather(column, positions), 2).as_string(), "even");
}

TEST(Batch, Documents) {
  const Batch batch = Batch::documents({Value::object({{"a", Value::int64(1)}}), Value::int64(2)});
  EXPECT_TRUE(batch.is_documents());
  EXPECT_EQ(batch.rows(), 2U);
  EXPECT_EQ(batch.row(1), Value::int64(2));
  const Batch columns = Batch::columns_of(batch, {"a", "b"});
  EXPECT_FALSE(columns.is_documents());
  EXPECT_EQ(columns.row(0), Value::object({{"a", Value::int64(1)}, {"b", Value()}}));
  EXPECT_EQ(columns.row(1), Value::object({{"a", Value()}, {"b", Value()}}));
  EXPECT_TRUE(std::holds_alternative<Int64Column>(*columns.find("a")));
  EXPECT_EQ(columns.find("c"), nullptr);
  const std::uint32_t positions[] = {1};
  EXPECT_EQ(batch.gather(positions).row(0), Value::int64(2));
  EXPECT_EQ(Batch().values().size(), 0U);
}

}  // namespace
}  // namespace octavo::value
