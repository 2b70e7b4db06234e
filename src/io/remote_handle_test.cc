#include "io/remote_handle.h"

#include <gtest/gtest.h>

#include <atomic>
#include <optional>
#include <thread>
#include <vector>

#include "io/runtime.h"
#include "io/testing.h"

namespace octavo::io {
namespace {

struct Counter {
  explicit Counter(Executor& executor) : reachable(executor, *this) {}
  int value = 0;
  Reachable<Counter> reachable;
};

TEST(RemoteHandle, ReachesTheObjectInALaterRound) {
  TestLoop loop;
  Counter counter(loop.executor);
  counter.reachable.handle().post([](Counter& found) { ++found.value; });
  EXPECT_EQ(counter.value, 0);
  loop.settle();
  EXPECT_EQ(counter.value, 1);
}

TEST(RemoteHandle, DoesNothingWhenTheObjectIsGone) {
  TestLoop loop;
  std::optional<Counter> counter(std::in_place, loop.executor);
  const RemoteHandle<Counter> handle = counter->reachable.handle();
  int called = 0;
  handle.post([&](Counter&) { ++called; });
  counter.reset();
  handle.post([&](Counter&) { ++called; });
  loop.settle();
  EXPECT_EQ(called, 0);
}

TEST(RemoteHandle, TheObjectMayGoWithinTheCall) {
  TestLoop loop;
  std::optional<Counter> counter(std::in_place, loop.executor);
  counter->reachable.handle().post([&](Counter&) { counter.reset(); });
  loop.settle();
  EXPECT_FALSE(counter);
}

TEST(RemoteHandle, HandlesOfOneObjectAreEqual) {
  TestLoop loop;
  Counter one(loop.executor);
  Counter two(loop.executor);
  const RemoteHandle<Counter> copy = one.reachable.handle();
  EXPECT_EQ(copy, one.reachable.handle());
  EXPECT_NE(copy, two.reachable.handle());
}

Task<void> nothing() { co_return; }

Task<void> live_and_go(std::vector<RemoteHandle<Counter>>& handles, std::atomic<int>& ready,
                       std::atomic<bool>& go, int& seen) {
  Counter counter(Executor::current());
  handles.push_back(counter.reachable.handle());
  ready = 1;
  while (!go) co_await yield();
  seen = counter.value;
}

TEST(RemoteHandle, OtherThreadsPostWhileTheObjectGoes) {
  Runtime runtime({.threads = 1});
  for (int round = 0; round < 100; ++round) {
    std::vector<RemoteHandle<Counter>> handles;
    std::atomic<int> called = 0;
    std::atomic<int> ready = 0;
    std::atomic<bool> go = false;
    int seen = 0;
    std::thread other([&] {
      while (ready == 0) std::this_thread::yield();
      for (int i = 0; i < 100; ++i) {
        handles[0].post([&called](Counter& counter) { called = ++counter.value; });
        if (i == 50) go = true;
      }
    });
    block_on(runtime.at(0), live_and_go(handles, ready, go, seen));
    other.join();
    block_on(runtime.at(0), nothing());  // what was posted had its turn
    EXPECT_EQ(called, seen);
  }
  runtime.stop();
}

}  // namespace
}  // namespace octavo::io
