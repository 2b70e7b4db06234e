#include "protocol/redis/state/latency.h"

#include <gtest/gtest.h>

namespace octavo::redis {
namespace {

TEST(LatencyTest, KeepsTheWorstOfEachSecond) {
  Latency latency;
  latency.add("command", {100, 5});
  latency.add("command", {100, 9});
  latency.add("command", {100, 7});
  latency.add("command", {101, 2});
  latency.add("fast-command", {101, 3});
  const auto events = latency.events();
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(events[0].name, "command");
  EXPECT_EQ(events[0].worst_ms, 9);
  ASSERT_EQ(events[0].spikes.size(), 2U);
  EXPECT_EQ(events[0].spikes[0].latency_ms, 9);
  EXPECT_EQ(events[0].spikes[1].latency_ms, 2);
}

TEST(LatencyTest, OldSpikesGoAndTheWorstIsRemembered) {
  Latency latency;
  latency.add("command", {0, 1'000});
  for (std::int64_t second = 1; second <= 400; ++second) latency.add("command", {second, 1});
  const auto events = latency.events();
  EXPECT_EQ(events[0].spikes.size(), kMaxLatencySpikes);
  EXPECT_EQ(events[0].spikes.back().wall_s, 400);
  EXPECT_EQ(events[0].worst_ms, 1'000);
}

TEST(LatencyTest, ResetTakesTheNamedOrAll) {
  Latency latency;
  latency.add("a", {1, 1});
  latency.add("b", {1, 1});
  latency.add("c", {1, 1});
  EXPECT_EQ(latency.reset({"a", "nosuch"}), 1U);
  EXPECT_EQ(latency.reset({}), 2U);
  EXPECT_TRUE(latency.events().empty());
}

}  // namespace
}  // namespace octavo::redis
