#include "io/per_executor.h"

#include <gtest/gtest.h>

#include "io/testing.h"

namespace octavo::io {
namespace {

struct Counter {
  Counter(Executor& executor, int first) : home(executor), value(first) {}
  Executor& home;
  int value;
};

Task<void> count(PerExecutor<Counter>& counters) {
  Counter& own = counters.of(Executor::current());
  EXPECT_TRUE(own.home.is_current());
  ++own.value;
  co_return;
}

TEST(PerExecutor, HasOneForEachThread) {
  Runtime runtime({.threads = 3});
  PerExecutor<Counter> counters(runtime, 10);
  for (std::size_t i = 0; i < 3; ++i) {
    for (std::size_t times = 0; times <= i; ++times) block_on(runtime.at(i), count(counters));
  }
  runtime.stop();
  EXPECT_EQ(counters.of(runtime.at(0)).value, 11);
  EXPECT_EQ(counters.of(runtime.at(1)).value, 12);
  EXPECT_EQ(counters.of(runtime.at(2)).value, 13);
}

TEST(PerExecutor, MayBeOfOneLoop) {
  TestLoop loop;
  PerExecutor<Counter> counters(loop.executor, 5);
  loop.run(count(counters));
  EXPECT_EQ(counters.of(loop.executor).value, 6);
}

}  // namespace
}  // namespace octavo::io
