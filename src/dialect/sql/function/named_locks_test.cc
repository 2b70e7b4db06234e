#include "dialect/sql/function/named_locks.h"

#include <gtest/gtest.h>

#include <thread>

#include "dialect/sql/error/error.h"

namespace octavo::sql {
namespace {

class NamedLocksTest : public testing::Test {
 protected:
  static bool take(SessionLocks& session, const std::string& name, double seconds = 0) {
    function::EvalContext context;
    const auto taken = session.take(name, seconds, context);
    EXPECT_TRUE(taken) << taken.error().what;
    return taken.value_or(false);
  }

  NamedLocks all_;
  SessionLocks first_{all_, 1};
  SessionLocks second_{all_, 2};
};

TEST_F(NamedLocksTest, BelongToASession) {
  EXPECT_TRUE(take(first_, "a"));
  EXPECT_TRUE(take(first_, "a"));
  EXPECT_FALSE(take(second_, "a"));
  EXPECT_EQ(second_.holder("a"), 1U);
  EXPECT_EQ(second_.release("a"), false);
  EXPECT_EQ(first_.release("a"), true);
  EXPECT_FALSE(take(second_, "a", 0.01));
  EXPECT_EQ(first_.release("a"), true);
  EXPECT_EQ(first_.release("a"), std::nullopt);
  EXPECT_EQ(first_.holder("a"), std::nullopt);
  EXPECT_TRUE(take(second_, "a"));
}

TEST_F(NamedLocksTest, GoWithTheirSession) {
  std::uint64_t number = 0;
  {
    SessionLocks third(all_, 3);
    number = third.number();
    EXPECT_EQ(SessionLocks::find(number), &third);
    EXPECT_TRUE(take(third, "a") && take(third, "b"));
    EXPECT_EQ(third.release_all(), 2U);
    EXPECT_TRUE(take(third, "a") && take(third, "a"));
    EXPECT_EQ(third.release_all(), 2U);
    EXPECT_TRUE(take(third, "a"));
  }
  EXPECT_EQ(SessionLocks::find(number), nullptr);
  EXPECT_TRUE(take(first_, "a"));
}

TEST_F(NamedLocksTest, AreWaitedForInTurn) {
  EXPECT_TRUE(take(first_, "a"));
  std::thread waiter([this] { EXPECT_TRUE(take(second_, "a", -1)); });
  EXPECT_EQ(first_.release("a"), true);
  waiter.join();
  EXPECT_EQ(first_.holder("a"), 2U);
}

TEST_F(NamedLocksTest, WaitsThatCloseACircleAreRefused) {
  EXPECT_TRUE(take(first_, "a"));
  EXPECT_TRUE(take(second_, "b"));
  // Whoever begins to wait while the other one does is refused: this one tries again then.
  std::thread waiter([this] {
    function::EvalContext own;
    Result<bool> taken = false;
    do taken = first_.take("b", 60, own);
    while (!taken);
    EXPECT_TRUE(*taken);
  });
  function::EvalContext context;
  // Until the other one waits this one's time is over.
  Result<bool> taken = false;
  while (taken && !*taken) taken = second_.take("a", 0.01, context);
  ASSERT_FALSE(taken);
  EXPECT_EQ(taken.error().number, 3058);
  EXPECT_EQ(second_.release("b"), true);
  waiter.join();
}

TEST_F(NamedLocksTest, AWaitEndsWithItsStatement) {
  EXPECT_TRUE(take(first_, "a"));
  CancelSource source;
  function::EvalContext context;
  context.cancel = source.token();
  std::thread waiter([&] {
    const auto taken = second_.take("a", -1, context);
    ASSERT_FALSE(taken);
    EXPECT_EQ(taken.error().code, Code::cancelled);
  });
  source.cancel();
  waiter.join();
  EXPECT_EQ(first_.release("a"), true);
  EXPECT_FALSE(first_.holder("a"));
}

}  // namespace
}  // namespace octavo::sql
