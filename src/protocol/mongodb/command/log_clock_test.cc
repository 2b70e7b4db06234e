#include "protocol/mongodb/command/log_clock.h"

#include <gtest/gtest.h>

namespace octavo::mongodb {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

class WallClock final : public Clock {
 public:
  std::int64_t wall_ns() override { return now_s * kSecond; }
  std::int64_t monotonic_ns() override { return now_s * kSecond; }
  std::int64_t now_s = 1000;
};

class MongodbLogClock : public ::testing::Test {
 protected:
  static Lsn at(std::uint64_t place) { return Lsn::of(0, LsnOrder{place}); }
  void commit() { tail_ += 10; }  // a record of ten bytes
  Lsn last() const { return at(tail_ - 10); }

  std::uint64_t tail_ = 100;
  WallClock wall_;
  LogClock clock_{[this] { return at(tail_); }, wall_};
};

TEST_F(MongodbLogClock, StandsUntilSomethingIsCommitted) {
  const LogTime first = clock_.now();
  EXPECT_EQ(first, (LogTime{1000, 1}));
  wall_.now_s = 1005;
  EXPECT_EQ(clock_.now(), first);
  commit();
  EXPECT_EQ(clock_.now(), (LogTime{1005, 1}));
  commit();
  EXPECT_EQ(clock_.now(), (LogTime{1005, 2}));
}

TEST_F(MongodbLogClock, NeverGoesBack) {
  const LogTime first = clock_.now();
  wall_.now_s = 10;
  commit();
  EXPECT_GT(clock_.now(), first);
}

TEST_F(MongodbLogClock, FollowsWhatClientsHaveSeen) {
  EXPECT_TRUE(clock_.follow({5000, 7}));
  EXPECT_EQ(clock_.now(), (LogTime{5000, 7}));
  EXPECT_TRUE(clock_.follow({10, 1}));
  EXPECT_EQ(clock_.now(), (LogTime{5000, 7}));
  commit();
  EXPECT_EQ(clock_.now(), (LogTime{5000, 8}));
  EXPECT_FALSE(clock_.follow({1000 + 366 * 24 * 3600, 1}));
  EXPECT_EQ(clock_.now(), (LogTime{5000, 8}));
}

TEST_F(MongodbLogClock, TimesArePlacesOfTheLog) {
  clock_.now();
  commit();
  const Lsn one = last();
  const LogTime after_one = clock_.now();
  commit();
  const Lsn two = last();
  commit();
  const Lsn three = last();
  const LogTime after_three = clock_.now();
  EXPECT_EQ(clock_.time_of(one), after_one);
  EXPECT_EQ(clock_.time_of(two), after_three);
  EXPECT_EQ(clock_.time_of(three), after_three);
  // From there on everything is as late.
  EXPECT_EQ(clock_.place_before(after_one), one);
  EXPECT_EQ(clock_.place_before(after_three), two);
  EXPECT_EQ(clock_.place_before({after_three.seconds + 1, 0}), at(tail_));
  EXPECT_EQ(clock_.place_before({10, 1}), std::nullopt);
}

}  // namespace
}  // namespace octavo::mongodb
