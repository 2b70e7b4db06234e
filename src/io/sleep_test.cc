#include "io/sleep.h"

#include <gtest/gtest.h>

#include <optional>
#include <thread>

#include "io/scope.h"
#include "io/testing.h"

namespace octavo::io {
namespace {

using namespace std::chrono_literals;

Task<void> nap(Nanoseconds delay, CancelToken token, std::optional<bool>& slept) {
  slept = co_await SleepAwaiter(delay, token);
}

TEST(Sleep, EndsWithTheTimeOrTheToken) {
  TestLoop loop;
  Scope scope(loop.executor);
  CancelSource source;
  std::optional<bool> whole;
  std::optional<bool> cut;
  scope.spawn(nap(10ms, {}, whole));
  scope.spawn(nap(1h, source.token(), cut));
  loop.settle();
  loop.advance(9ms);
  EXPECT_FALSE(whole.has_value());
  loop.advance(1ms);
  EXPECT_EQ(whole, true);
  source.cancel();
  loop.settle();
  EXPECT_EQ(cut, false);
  std::optional<bool> late;
  scope.spawn(nap(1h, source.token(), late));
  loop.settle();
  EXPECT_EQ(late, false);
  loop.run(scope.join());
}

TEST(Sleep, CancelFromAnotherThreadRacesWithTheTimer) {
  Runtime runtime({.threads = 1});
  for (int i = 0; i < 300; ++i) {
    CancelSource source;
    std::optional<bool> slept;
    std::thread canceller([&] { source.cancel(); });
    block_on(runtime.at(0), nap(Nanoseconds(i * 100), source.token(), slept));
    EXPECT_TRUE(slept.has_value());
    canceller.join();
  }
}

}  // namespace
}  // namespace octavo::io
