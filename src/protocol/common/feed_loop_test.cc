#include "protocol/common/feed_loop.h"

#include <gtest/gtest.h>

#include <optional>
#include <utility>

#include "base/memory_pool.h"
#include "io/scope.h"
#include "protocol/common/test_connection.h"

namespace octavo::protocol {
namespace {

using namespace std::chrono_literals;

// Has something when a test says so.
struct TestFeed final : PolledFeed {
  bool poll(bool on_worker) override {
    ++(on_worker ? polled_there : polled_here);
    return std::exchange(has, false);
  }
  bool never_waits() const override { return inline_polls; }
  void notify(std::function<void()> then) override {
    if (has) return then();
    wake = std::move(then);
  }
  bool holds_enough(const std::function<void()>& more) override {
    if (!enough) wake = more;
    return enough;
  }
  void put() {
    has = true;
    if (wake) std::exchange(wake, nullptr)();
  }

  bool inline_polls = true;
  bool has = false;
  bool enough = false;
  int polled_here = 0;
  int polled_there = 0;
  std::function<void()> wake;
};

class FeedLoopTest : public testing::Test {
 protected:
  io::Task<void> take_news(FeedLoop& loop, FeedWait wait) {
    news_.reset();
    const Result<FeedNews> news = co_await loop.next(wait);
    if (news) news_ = *news;
    error_ = !news;
  }
  // Begins to wait.
  void wait(FeedLoop& loop, FeedWait wait = {}) {
    scope_.spawn(take_news(loop, wait));
    client_.loop.settle();
  }
  void advance(Nanoseconds by) { client_.loop.advance(by); }
  void wait_for_worker() {
    while (!news_ && !error_) client_.loop.settle();
  }
  FeedLoop loop(bool caught_up) {
    return FeedLoop(turns_, dispatch_, statement_, feed_, caught_up);
  }

  MemoryPool memory_{"test", kMiB};
  TestConnection client_;
  Jobs jobs_;
  io::WorkerPool pool_{{.threads = 1}};
  DeliveryTurns turns_{client_.loop.executor};
  Dispatch dispatch_{pool_, *client_.connection};
  Statements all_{*client_.connection, jobs_, pool_};
  Statement statement_{all_, "u", value::Account(memory_, kMiB)};
  TestFeed feed_;
  io::Scope scope_{client_.loop.executor};
  std::optional<FeedNews> news_;
  bool error_ = false;
};

TEST_F(FeedLoopTest, IsPolledHereOnceItHasCaughtUp) {
  FeedLoop loop = this->loop(true);
  feed_.put();
  wait(loop);
  EXPECT_EQ(news_, FeedNews::some);
  loop.delivered();
  wait(loop);
  EXPECT_EQ(news_, std::nullopt);
  feed_.put();
  client_.loop.settle();
  EXPECT_EQ(news_, FeedNews::some);
  EXPECT_EQ(feed_.polled_there, 0);
}

TEST_F(FeedLoopTest, HoldsTheTurnUntilItIsDelivered) {
  FeedLoop first = this->loop(true);
  feed_.put();
  wait(first);
  EXPECT_EQ(news_, FeedNews::some);
  bool delivered = false;
  turns_.in_turn(Delivery::push, [&] { delivered = true; });
  client_.loop.settle();
  EXPECT_FALSE(delivered);
  first.delivered();
  client_.loop.settle();
  EXPECT_TRUE(delivered);
}

TEST_F(FeedLoopTest, IsPolledOnAWorkerUntilItHasCaughtUpAndWhereItMayWait) {
  FeedLoop loop = this->loop(false);
  feed_.has = true;
  wait(loop);
  wait_for_worker();
  EXPECT_EQ(news_, FeedNews::some);
  EXPECT_EQ(feed_.polled_there, 1);
  feed_.inline_polls = false;
  feed_.has = true;
  wait(loop);
  wait_for_worker();
  EXPECT_EQ(feed_.polled_there, 2);
  EXPECT_EQ(feed_.polled_here, 0);
}

TEST_F(FeedLoopTest, IsLateWithNothing) {
  FeedLoop loop = this->loop(true);
  wait(loop, {.limit = 500ms});
  advance(499ms);
  EXPECT_EQ(news_, std::nullopt);
  advance(1ms);
  EXPECT_EQ(news_, FeedNews::late);
}

TEST_F(FeedLoopTest, EndsWithItsStatement) {
  FeedLoop loop = this->loop(true);
  wait(loop);
  EXPECT_EQ(news_, std::nullopt);
  statement_.stop(End::killed);
  client_.loop.settle();
  EXPECT_EQ(news_, FeedNews::stopped);
  feed_.put();
  wait(loop);  // nothing is told of what is there
  EXPECT_EQ(news_, FeedNews::stopped);
}

TEST_F(FeedLoopTest, AStoppedStatementDoesNotWaitForATurn) {
  FeedLoop loop = this->loop(true);
  bool released = false;
  turns_.in_turn(Delivery::push, [&] {  // has the turn as long as this runs
    feed_.put();
    scope_.spawn(take_news(loop, {}));
    while (client_.loop.executor.poll()) {
    }
    EXPECT_EQ(news_, std::nullopt);
    statement_.stop(End::client);
    while (client_.loop.executor.poll()) {
    }
    EXPECT_EQ(news_, FeedNews::stopped);
    released = true;
  });
  client_.loop.settle();
  EXPECT_TRUE(released);
}

TEST_F(FeedLoopTest, HoldsChangesBackForATimeOrUntilThereAreEnough) {
  FeedLoop loop = this->loop(true);
  wait(loop, {.hold = 100ms});
  feed_.put();
  client_.loop.settle();
  EXPECT_EQ(feed_.polled_here, 0);
  advance(100ms);
  EXPECT_EQ(news_, FeedNews::some);
  loop.delivered();
  wait(loop, {.hold = 100ms});  // it is not drained yet: read on at once
  EXPECT_EQ(feed_.polled_here, 2);
  EXPECT_EQ(news_, std::nullopt);
  feed_.put();
  client_.loop.settle();
  EXPECT_EQ(news_, std::nullopt);
  feed_.enough = true;
  statement_.alarm()->ring();
  client_.loop.settle();
  EXPECT_EQ(news_, FeedNews::some);
}

TEST_F(FeedLoopTest, ARefusalOfThePoolIsAnError) {
  pool_.stop();
  FeedLoop loop = this->loop(false);
  wait(loop);
  EXPECT_TRUE(error_);
}

}  // namespace
}  // namespace octavo::protocol
