#include "protocol/redis/state/command_stats.h"

#include <gtest/gtest.h>

namespace octavo::redis {
namespace {

constexpr keyspace::CommandSpec kGet{.name = "get"};
constexpr keyspace::CommandSpec kSet{.name = "set"};

TEST(CommandStatsTest, CountsCallsAndTheirEnds) {
  CommandStats stats;
  stats.called(kSet, 5'000, false);
  stats.called(kGet, 1'500, false);
  stats.called(kGet, 2'500, true);
  stats.rejected(kGet);
  const auto rows = stats.by_name();
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0]->name, "get");
  EXPECT_EQ(rows[0]->calls, 2U);
  EXPECT_EQ(rows[0]->failed, 1U);
  EXPECT_EQ(rows[0]->rejected, 1U);
  EXPECT_EQ(rows[0]->nanoseconds, 4'000U);
  stats.reset();
  EXPECT_EQ(stats.find(kGet), nullptr);
}

TEST(CommandStatsTest, CallsOfAGroupHaveEqualShares) {
  CommandStats stats;
  stats.called(kGet, 4, 1, 12'000);
  const CommandStats::Row& row = *stats.find(kGet);
  EXPECT_EQ(row.calls, 4U);
  EXPECT_EQ(row.failed, 1U);
  EXPECT_EQ(row.nanoseconds, 12'000U);
  EXPECT_EQ(row.within(1), 0U);
  EXPECT_EQ(row.within(2), 4U);  // 3 microseconds each
}

TEST(CommandStatsTest, HistogramsByPowersOfTwo) {
  CommandStats stats;
  for (const std::int64_t us : {0, 1, 2, 3, 5, 9, 1000}) stats.called(kGet, us * 1000, false);
  const CommandStats::Row& row = *stats.find(kGet);
  EXPECT_EQ(row.within(0), 2U);
  EXPECT_EQ(row.within(1), 2U);   // below 2
  EXPECT_EQ(row.within(2), 4U);   // below 4
  EXPECT_EQ(row.within(3), 5U);   // below 8
  EXPECT_EQ(row.within(31), 7U);  // all
  EXPECT_EQ(row.percentile(0.1), 1);
  EXPECT_GE(row.percentile(0.5), 3);
  EXPECT_LE(row.percentile(0.5), 4);
  EXPECT_GE(row.percentile(1), 1000);
}

}  // namespace
}  // namespace octavo::redis
