#include "io/event.h"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <thread>

#include "io/scope.h"
#include "io/testing.h"

namespace octavo::io {
namespace {

Task<void> count_signals(Event& event, CancelToken token, int& count) {
  for (;;) {
    const bool signalled = co_await event.wait(token);
    if (!signalled) co_return;
    ++count;
  }
}

Task<void> wait_once(Event& event) { co_await event.wait(); }

TEST(Event, CoalescesSignals) {
  TestLoop loop;
  Event event;
  CancelSource source;
  Scope scope(loop.executor);
  int count = 0;
  scope.spawn(count_signals(event, source.token(), count));
  loop.settle();
  EXPECT_EQ(count, 0);
  event.set();
  event.set();
  event.set();
  loop.settle();
  EXPECT_EQ(count, 1);
  event.set();
  loop.settle();
  EXPECT_EQ(count, 2);
  source.cancel();
  loop.run(scope.stop());
  event.set();
  EXPECT_TRUE(event.try_consume());
  EXPECT_FALSE(event.try_consume());
}

TEST(Event, SignalBeforeTheWaitIsKept) {
  TestLoop loop;
  Event event;
  event.set();
  loop.run(wait_once(event));
  EXPECT_FALSE(event.try_consume());
}

TEST(Event, CancelledTokenEndsTheWaitAtOnce) {
  TestLoop loop;
  Event event;
  CancelSource source;
  source.cancel();
  int count = 0;
  loop.run(count_signals(event, source.token(), count));
  EXPECT_EQ(count, 0);
}

// The pattern of a completion: the event lives in the waiter's frame and dies with the wait.
Task<void> completion_round(std::atomic<Event*>& mailbox) {
  auto event = std::make_unique<Event>();
  mailbox.store(event.get());
  co_await event->wait();
}

TEST(Event, MayDieAsSoonAsItsWaiterRuns) {
  Runtime runtime({.threads = 1});
  std::atomic<Event*> mailbox{nullptr};
  std::atomic<bool> done{false};
  std::thread setter([&] {
    while (!done.load()) {
      if (Event* event = mailbox.exchange(nullptr)) event->set();
    }
  });
  for (int i = 0; i < 2000; ++i) block_on(runtime.at(0), completion_round(mailbox));
  done.store(true);
  setter.join();
}

TEST(Event, RaceOfSignalAndCancelWakesOnce) {
  Runtime runtime({.threads = 1});
  for (int i = 0; i < 500; ++i) {
    Event event;
    CancelSource source;
    int count = 0;
    std::thread setter([&] { event.set(); });
    std::thread canceller([&] { source.cancel(); });
    block_on(runtime.at(0), count_signals(event, source.token(), count));
    setter.join();
    canceller.join();
    EXPECT_LE(count, 1);
    EXPECT_EQ(event.try_consume(), count == 0);
  }
}

}  // namespace
}  // namespace octavo::io
