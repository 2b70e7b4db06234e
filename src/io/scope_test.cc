#include "io/scope.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "io/event.h"
#include "io/testing.h"

namespace octavo::io {
namespace {

Task<void> wait_for_cancel(CancelToken token, int& ended) {
  Event never;
  co_await never.wait(token);
  ++ended;
}

Task<void> count(int& counter) {
  ++counter;
  co_return;
}

Task<void> spawner(Scope& scope, int depth, int& counter) {
  ++counter;
  co_await yield();
  if (depth > 0) {
    scope.spawn(spawner(scope, depth - 1, counter));
    scope.spawn(spawner(scope, depth - 1, counter));
  }
}

Task<bool> stop_with_children(Executor& executor, int& ended) {
  Scope scope(executor);
  for (int i = 0; i < 10; ++i) scope.spawn(wait_for_cancel(scope.token(), ended));
  const bool all_wait = scope.size() == 10 && ended == 0;
  co_await scope.stop();
  const bool refused = !scope.spawn(count(ended));
  co_await scope.join();
  co_return all_wait&& refused&& scope.size() == 0;
}

Task<int> join_children(Executor& executor) {
  Scope scope(executor);
  int counter = 0;
  scope.spawn(spawner(scope, 6, counter));
  co_await scope.join();
  co_return counter;
}

Task<bool> follow_parent(Executor& executor) {
  CancelSource parent;
  Scope scope(executor, parent.token());
  int ended = 0;
  scope.spawn(wait_for_cancel(scope.token(), ended));
  parent.cancel();
  co_await scope.join();
  co_return ended == 1;
}

TEST(Scope, StopCancelsAndWaits) {
  TestLoop loop;
  int ended = 0;
  EXPECT_TRUE(loop.run(stop_with_children(loop.executor, ended)));
  EXPECT_EQ(ended, 10);
}

TEST(Scope, JoinWaitsForChildrenOfChildren) {
  TestLoop loop;
  EXPECT_EQ(loop.run(join_children(loop.executor)), 127);
}

TEST(Scope, IsCancelledWithItsParent) {
  TestLoop loop;
  EXPECT_TRUE(loop.run(follow_parent(loop.executor)));
}

TEST(Scope, TakesChildrenFromOtherThreads) {
  Runtime runtime({.threads = 2});
  Executor& home = runtime.at(1);
  Scope scope(home);
  int counter = 0;  // confined to `home`
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 500; ++i) scope.spawn(count(counter));
    });
  }
  for (std::thread& thread : threads) thread.join();
  block_on(home, scope.stop());
  EXPECT_EQ(counter, 2000);
}

using ScopeDeathTest = testing::Test;

TEST(ScopeDeathTest, DestructionWithChildrenIsABug) {
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  EXPECT_DEATH(
      {
        TestLoop loop;
        int ended = 0;
        Scope scope(loop.executor);
        scope.spawn(wait_for_cancel(scope.token(), ended));
      },
      "children_");
}

}  // namespace
}  // namespace octavo::io
