#include "statistics/stored.h"

#include <gtest/gtest.h>

#include "statistics/builder.h"

namespace octavo::statistics {
namespace {

using value::Value;

Tables some() {
  Builder builder({"a", "b"}, {{0, 1}});
  for (std::int64_t i = 0; i < 500; ++i) {
    const std::vector<Value> row{Value::int64(i), Value::string(i % 2 == 0 ? "x" : "y")};
    builder.add(row);
  }
  Table table = builder.finish();
  table.uuid = "u";
  table.made_at_ns = 7;
  return {{TableId{1030}, std::make_shared<const Table>(std::move(table))}};
}

TEST(StatisticsStored, ComeBackAsTheyWere) {
  const Tables tables = some();
  const auto read = decode(encode(tables));
  ASSERT_TRUE(read) << read.error().what;
  ASSERT_EQ(read->size(), 1U);
  const Table& before = *tables.begin()->second;
  const Table& after = *read->at(TableId{1030});
  EXPECT_EQ(after.uuid, "u");
  EXPECT_EQ(after.rows, 500U);
  EXPECT_EQ(after.made_at_ns, 7);
  ASSERT_EQ(after.columns.size(), 2U);
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(after.columns[i].name, before.columns[i].name);
    EXPECT_EQ(after.columns[i].distinct, before.columns[i].distinct);
    EXPECT_EQ(after.columns[i].bounds, before.columns[i].bounds);
    EXPECT_EQ(after.columns[i].common.size(), before.columns[i].common.size());
  }
  EXPECT_EQ(after.together.front().names, before.together.front().names);
  EXPECT_TRUE(decode(encode({})));
}

TEST(StatisticsStored, DamageIsSeen) {
  const Bytes bytes = encode(some());
  EXPECT_FALSE(decode({}));
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    Bytes damaged = bytes;
    damaged[i] = static_cast<char>(damaged[i] ^ 0x40);
    EXPECT_FALSE(decode(damaged)) << i;
  }
  EXPECT_FALSE(decode(BytesView(bytes).substr(0, bytes.size() - 1)));
}

}  // namespace
}  // namespace octavo::statistics
