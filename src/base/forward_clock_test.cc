#include "base/forward_clock.h"

#include <gtest/gtest.h>

namespace octavo {
namespace {

using namespace std::chrono_literals;

constexpr std::int64_t kStartNs = 1'700'000'000'000'000'000;

// A wall clock that somebody sets, beside a monotonic one.
struct SetClock final : Clock {
  std::int64_t wall = kStartNs;
  std::int64_t monotonic = 0;
  std::int64_t wall_ns() override { return wall; }
  std::int64_t monotonic_ns() override { return monotonic; }
  void pass(Nanoseconds time) {
    wall += time.count();
    monotonic += time.count();
  }
  void set(Nanoseconds by) { wall += by.count(); }
};

TEST(ForwardClock, FollowsAClockThatGoesForward) {
  SetClock base;
  ForwardClock clock(base);
  EXPECT_EQ(clock.wall_ns(), base.wall);
  base.pass(5s);
  EXPECT_EQ(clock.wall_ns(), base.wall);
  base.set(1h);
  EXPECT_EQ(clock.wall_ns(), base.wall);
  EXPECT_EQ(clock.lead(), 0ns);
}

TEST(ForwardClock, GoesOnSlowlyWhenSetBackUntilBothAgree) {
  SetClock base;
  ForwardClock clock(base);
  const std::int64_t before = clock.wall_ns();
  base.set(-10s);
  EXPECT_EQ(clock.wall_ns(), before);
  const auto pass_seconds = [&](int seconds) {
    for (int i = 0; i < seconds; ++i) {
      base.pass(1s);
      clock.wall_ns();
    }
  };
  pass_seconds(20);
  EXPECT_EQ(clock.wall_ns(), before + Nanoseconds(18s).count());
  EXPECT_EQ(clock.lead(), 8s);
  pass_seconds(70);
  EXPECT_EQ(clock.lead(), 1s);
  pass_seconds(11);
  EXPECT_EQ(clock.wall_ns(), base.wall);
}

TEST(ForwardClock, StartsWhereAnEarlierRunEnded) {
  SetClock base;
  ForwardClock clock(base);
  const std::int64_t end = base.wall + Nanoseconds(24h).count();
  clock.raise(end);
  EXPECT_EQ(clock.wall_ns(), end);
  base.pass(10s);
  EXPECT_EQ(clock.wall_ns(), end + Nanoseconds(9s).count());
  clock.raise(end + Nanoseconds(1h).count());
  EXPECT_EQ(clock.wall_ns(), end + Nanoseconds(1h).count());
  base.pass(10s);
  EXPECT_EQ(clock.wall_ns(), end + Nanoseconds(1h).count() + Nanoseconds(9s).count());
}

TEST(ForwardClock, NeverGoesBackWhateverIsSet) {
  SetClock base;
  ForwardClock clock(base);
  std::int64_t last = clock.wall_ns();
  const Nanoseconds steps[] = {-3s, 1s, -200us, 40s, -1h, 2h, -1ms, 0ns};
  for (int round = 0; round < 50; ++round) {
    base.set(steps[static_cast<std::size_t>(round) % std::size(steps)]);
    base.pass(700ms);
    const std::int64_t now = clock.wall_ns();
    EXPECT_GE(now, last);
    last = now;
  }
}

}  // namespace
}  // namespace octavo
