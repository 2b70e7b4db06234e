#include "protocol/common/login_limiter.h"

#include <gtest/gtest.h>

#include <string>

namespace octavo::protocol {
namespace {

using namespace std::chrono_literals;

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr LoginLimits kLimits{
    .user = {1s, 3}, .address = {100ms, 10}, .patience = 2s, .waiting = 2, .entries = 8};

TEST(LoginLimiter, LetsAUserFailSoOftenAndThenOnceInAnInterval) {
  LoginLimiter limiter(kLimits);
  const LoginOrigin alice("10.0.0.1", "alice");
  std::int64_t now = 100 * kSecond;
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(limiter.delay(alice, now), 0s);
    EXPECT_EQ(limiter.failed(alice, now), i == 2);  // said once
  }
  EXPECT_EQ(limiter.delay(alice, now), 1s);
  now += kSecond;
  EXPECT_EQ(limiter.delay(alice, now), 0s);
  EXPECT_FALSE(limiter.failed(alice, now));
  EXPECT_EQ(limiter.delay(alice, now), 1s);
  now += 10 * kSecond;  // all is forgiven
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(limiter.delay(alice, now), 0s);
    limiter.failed(alice, now);
  }
  EXPECT_EQ(limiter.delay(alice, now), 1s);
}

TEST(LoginLimiter, OtherUsersAndOtherAddressesDoNotWait) {
  LoginLimiter limiter(kLimits);
  for (int i = 0; i < 3; ++i) limiter.failed(LoginOrigin("10.0.0.1", "alice"), 0);
  EXPECT_GT(limiter.delay(LoginOrigin("10.0.0.1", "alice"), 0), 0s);
  EXPECT_EQ(limiter.delay(LoginOrigin("10.0.0.1", "bob"), 0), 0s);
  EXPECT_EQ(limiter.delay(LoginOrigin("10.0.0.2", "alice"), 0), 0s);
}

TEST(LoginLimiter, ManyNamesAreCountedAsTheirAddress) {
  LoginLimiter limiter(kLimits);
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(limiter.failed(LoginOrigin("10.0.0.1", std::to_string(i)), 0), i == 9);
  }
  EXPECT_EQ(limiter.delay(LoginOrigin("10.0.0.1", "new"), 0), 100ms);
  EXPECT_EQ(limiter.delay(LoginOrigin("10.0.0.2", "new"), 0), 0s);
}

TEST(LoginLimiter, SaysItAgainWhenItGoesOnForLong) {
  LoginLimiter limiter(kLimits);
  const LoginOrigin alice("10.0.0.1", "alice");
  int told = 0;
  for (int second = 100; second < 300; ++second) {
    while (limiter.delay(alice, second * kSecond) == 0s) {
      if (limiter.failed(alice, second * kSecond)) ++told;
    }
  }
  EXPECT_EQ(told, 4);
}

TEST(LoginLimiter, BoundsThoseThatWait) {
  LoginLimiter limiter(kLimits);
  EXPECT_TRUE(limiter.enter(LoginOrigin("a", "x")));
  EXPECT_TRUE(limiter.enter(LoginOrigin("a", "y")));
  EXPECT_FALSE(limiter.enter(LoginOrigin("a", "z")));
  EXPECT_TRUE(limiter.enter(LoginOrigin("b", "x")));
  limiter.leave(LoginOrigin("a", "x"));
  EXPECT_TRUE(limiter.enter(LoginOrigin("a", "z")));
}

TEST(LoginLimiter, RemembersABoundedNumberTheWorstOnes) {
  LoginLimiter limiter(kLimits);
  const LoginOrigin worst("worst", "x");
  for (int i = 0; i < 12; ++i) limiter.failed(worst, 0);
  for (int i = 0; i < 1000; ++i) limiter.failed(LoginOrigin(std::to_string(i), "x"), 0);
  EXPECT_EQ(limiter.size(), 16U);
  EXPECT_EQ(limiter.delay(worst, 0), 10s);
  EXPECT_EQ(limiter.delay(LoginOrigin("worst", "y"), 0), 300ms);
}

TEST(LoginLimiter, CountsAnIpv6NetworkAsOne) {
  const auto address = [](std::string_view host) { return LoginOrigin(host, "x").address; };
  EXPECT_EQ(address("2001:db8:1:2::1"), address("2001:db8:1:2:ffff::9"));
  EXPECT_NE(address("2001:db8:1:2::1"), address("2001:db8:1:3::1"));
  EXPECT_NE(address("::ffff:10.0.0.1"), address("::ffff:10.0.0.2"));
  EXPECT_NE(address("10.0.0.1"), address("10.0.0.2"));
}

TEST(LoginLimiter, NamesOfAnyLengthMakeSmallEntries) {
  const LoginOrigin origin("10.0.0.1", std::string(1'000'000, 'x'));
  EXPECT_LT(origin.user.size(), 64U);
}

}  // namespace
}  // namespace octavo::protocol
