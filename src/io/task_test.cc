#include "io/task.h"

#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>
#include <string>

#include "base/result.h"
#include "io/testing.h"

namespace octavo::io {
namespace {

struct Counted {
  explicit Counted(int& all) : live(&all) { ++*live; }
  Counted(const Counted& other) : live(other.live) { ++*live; }
  ~Counted() { --*live; }
  int* live;
};

Task<int> constant(int value) { co_return value; }

Task<int> sum_to(int n) {
  int sum = 0;
  for (int i = 1; i <= n; ++i) sum += co_await constant(i);
  co_return sum;
}

Task<std::string> joined(std::string left, std::string right) {
  co_await yield();
  co_return left + right;
}

Task<Result<int>> checked(int value) {
  if (value < 0) co_return fail(Code::out_of_range, "negative");
  co_return value;
}

Task<Result<int>> doubled(int value) {
  CO_TRY(const int number, co_await checked(value));
  co_return number * 2;
}

Task<void> throws() {
  co_await yield();
  throw std::runtime_error("foreign");
}

Task<bool> catches() {
  try {
    co_await throws();
  } catch (const std::runtime_error&) {
    co_return true;
  }
  co_return false;
}

Task<void> hold(Counted) { co_return; }

Task<int> deep(int depth) {
  if (depth == 0) co_return 0;
  co_return 1 + co_await deep(depth - 1);
}

TEST(Task, ReturnsValues) {
  TestLoop loop;
  EXPECT_EQ(loop.run(sum_to(100)), 5050);
  EXPECT_EQ(loop.run(joined("left", "right")), "leftright");
}

TEST(Task, IsLazyAndOwnsItsFrame) {
  int live = 0;
  {
    Task<void> never_started = hold(Counted(live));
    EXPECT_EQ(live, 1);
  }
  EXPECT_EQ(live, 0);
  TestLoop loop;
  loop.run(hold(Counted(live)));
  EXPECT_EQ(live, 0);
}

TEST(Task, CarriesErrorsAsValuesAndExceptionsToTheAwaiter) {
  TestLoop loop;
  EXPECT_EQ(loop.run(doubled(21)).value(), 42);
  EXPECT_EQ(loop.run(doubled(-1)).error().code, Code::out_of_range);
  EXPECT_TRUE(loop.run(catches()));
}

TEST(Task, ChainsDoNotUseTheStackToReturn) {
  TestLoop loop;
  EXPECT_EQ(loop.run(deep(1000)), 1000);
}

TEST(Task, MovesLeaveNothingBehind) {
  Task<int> first = constant(1);
  Task<int> second = std::move(first);
  EXPECT_FALSE(first.valid());  // NOLINT(bugprone-use-after-move): what is tested
  second = constant(2);
  TestLoop loop;
  EXPECT_EQ(loop.run(std::move(second)), 2);
}

}  // namespace
}  // namespace octavo::io
