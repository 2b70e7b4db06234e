#include "base/cancel.h"

#include <gtest/gtest.h>

#include <optional>
#include <thread>
#include <vector>

namespace octavo {
namespace {

TEST(Cancel, DefaultTokenIsNeverCancelled) {
  const CancelToken token;
  EXPECT_FALSE(token.cancelled());
  EXPECT_FALSE(token.can_be_cancelled());
  EXPECT_TRUE(token.check().has_value());
  const CancelCallback callback(token, [] { FAIL(); });
}

TEST(Cancel, FirstReasonWins) {
  CancelSource source;
  EXPECT_TRUE(source.cancel(Code::timed_out));
  EXPECT_FALSE(source.cancel(Code::cancelled));
  EXPECT_EQ(source.token().reason(), Code::timed_out);
  EXPECT_EQ(source.token().check().error().code, Code::timed_out);
}

TEST(Cancel, CallbacksRunOnceAndNotAfterTheirEnd) {
  CancelSource source;
  int calls = 0;
  const CancelCallback stays(source.token(), [&] { ++calls; });
  {
    const CancelCallback goes(source.token(), [&] { calls += 100; });
  }
  source.cancel();
  source.cancel();
  EXPECT_EQ(calls, 1);
  const CancelCallback late(source.token(), [&] { ++calls; });
  EXPECT_EQ(calls, 2);
}

TEST(Cancel, CallbackMayDestroyItselfAndOthers) {
  CancelSource source;
  std::optional<CancelCallback> other;
  std::optional<CancelCallback> self;
  other.emplace(source.token(), [] { FAIL(); });
  self.emplace(source.token(), [&] {
    other.reset();
    self.reset();
  });
  source.cancel();
  EXPECT_FALSE(self.has_value());
}

TEST(Cancel, ChildrenFollowTheirParent) {
  CancelSource parent;
  CancelSource child(parent.token());
  CancelSource sibling(parent.token());
  sibling.cancel(Code::cancelled);
  EXPECT_FALSE(child.cancelled());
  parent.cancel(Code::timed_out);
  EXPECT_EQ(child.token().reason(), Code::timed_out);
  EXPECT_EQ(sibling.token().reason(), Code::cancelled);
  const CancelSource late(parent.token());
  EXPECT_TRUE(late.cancelled());
}

TEST(Cancel, DestructorWaitsForARunningCallback) {
  for (int round = 0; round < 200; ++round) {
    CancelSource source;
    std::atomic<bool> go{false};
    std::thread canceller([&] {
      while (!go.load()) {
      }
      source.cancel();
    });
    auto value = std::make_unique<int>(0);  // freed right after the callback's end
    {
      const CancelCallback callback(source.token(), [&] { ++*value; });
      go.store(true);
    }
    value.reset();
    canceller.join();
  }
}

}  // namespace
}  // namespace octavo
