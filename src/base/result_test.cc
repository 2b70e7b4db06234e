#include "base/result.h"

#include <gtest/gtest.h>

#include "base/assert.h"
#include "base/clock.h"

namespace octavo {
namespace {

Result<int> half(int number) {
  if (number % 2 != 0) return fail(Code::invalid_argument, "odd");
  return number / 2;
}

Result<int> quarter(int number) {
  TRY(const int once, half(number));
  TRY(const int twice, half(once));
  return twice;
}

Status check(int number) {
  TRY_STATUS([&]() -> Status {
    TRY([[maybe_unused]] const int result, half(number));
    return {};
  }());
  return {};
}

TEST(Result, TryHandsOnTheFirstError) {
  EXPECT_EQ(quarter(12), 3);
  EXPECT_EQ(quarter(6).error().what, "odd");
  EXPECT_EQ(quarter(3).error().code, Code::invalid_argument);
  EXPECT_TRUE(check(2));
  EXPECT_FALSE(check(3));
}

TEST(Result, EveryCodeHasItsName) {
  for (unsigned char raw = 0; raw <= static_cast<unsigned char>(Code::internal); ++raw) {
    EXPECT_NE(code_name(static_cast<Code>(raw)), "unknown") << int{raw};
  }
}

TEST(AssertDeathTest, StopsWithThePlaceInEveryBuild) { EXPECT_DEATH(ASSERT(1 == 2), "1 == 2"); }

TEST(Clock, TheManualOneMovesWhenTold) {
  ManualClock clock(5);
  clock.advance(std::chrono::nanoseconds(3));
  EXPECT_EQ(clock.wall_ns(), 8);
  EXPECT_GT(system_clock().wall_ns(), 1'700'000'000'000'000'000);
  EXPECT_LE(system_clock().monotonic_ns(), system_clock().monotonic_ns());
}

}  // namespace
}  // namespace octavo
