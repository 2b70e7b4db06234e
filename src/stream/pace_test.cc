#include "stream/pace.h"

#include <gtest/gtest.h>

namespace octavo::stream {
namespace {

TEST(Pace, WithinTheBurstNobodyWaits) {
  Pace pace(0.5, 1000);
  pace.settle(pace.take_turn(0), 500);  // 1000 at half a core
  EXPECT_EQ(pace.take_turn(0).delay_ns, 0);
}

TEST(Pace, WorkBeyondTheBurstIsPaidByWaiting) {
  Pace pace(0.5, 1000);
  pace.settle(pace.take_turn(0), 1500);
  EXPECT_EQ(pace.take_turn(500).delay_ns, 1500);
  Pace later(0.5, 1000);
  later.settle(later.take_turn(0), 1500);
  EXPECT_EQ(later.take_turn(2000).delay_ns, 0);
}

TEST(Pace, TurnsTakenTogetherFollowEachOther) {
  Pace pace(1, 0);
  pace.settle(pace.take_turn(0), 1600);  // from now on a delivery is thought to cost 100
  const auto first = pace.take_turn(10'000);
  const auto second = pace.take_turn(10'000);
  const auto third = pace.take_turn(10'000);
  EXPECT_EQ(first.delay_ns, 0);
  EXPECT_EQ(second.delay_ns, 100);
  EXPECT_EQ(third.delay_ns, 200);
}

TEST(Pace, IdleTimeIsNotSaved) {
  Pace pace(1, 100);
  pace.settle(pace.take_turn(0), 100);
  pace.settle(pace.take_turn(1'000'000), 300);
  EXPECT_EQ(pace.take_turn(1'000'000).delay_ns, 200);
}

}  // namespace
}  // namespace octavo::stream
