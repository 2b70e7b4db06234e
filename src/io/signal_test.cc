#include "io/signal.h"

#include <gtest/gtest.h>

#include <csignal>

#include "io/scope.h"
#include "io/testing.h"

namespace octavo::io {
namespace {

Task<void> collect(SignalSet& signals, std::vector<int>& seen) {
  for (;;) {
    const int number = co_await signals.next();
    if (number == 0) co_return;
    seen.push_back(number);
  }
}

TEST(Signal, IsAwaited) {
  TestLoop loop;
  Scope scope(loop.executor);
  std::vector<int> seen;
  {
    SignalSet signals(loop.executor, {SIGUSR1, SIGUSR2});
    scope.spawn(collect(signals, seen));
    loop.settle();
    ::raise(SIGUSR1);
    loop.settle();
    EXPECT_EQ(seen, std::vector{SIGUSR1});
    ::raise(SIGUSR2);
    ::raise(SIGUSR2);
    loop.settle();
    EXPECT_EQ(seen, (std::vector{SIGUSR1, SIGUSR2}));
    signals.interrupt();
    loop.run(scope.join());
  }
  SignalSet again(loop.executor, {SIGUSR1});
}

}  // namespace
}  // namespace octavo::io
