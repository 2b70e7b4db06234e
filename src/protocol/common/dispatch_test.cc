#include "protocol/common/dispatch.h"

#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>
#include <thread>

#include "io/scope.h"
#include "protocol/common/test_connection.h"

namespace octavo::protocol {
namespace {

TEST(Dispatch, RunsCheapWorkHereUnlessAWaitWasRefused) {
  exec::QueryContext query;
  bool refused = false;
  int effects = 0;
  const auto work = [&] {
    if (!query.may_wait) refused = true;
    if (!refused) ++effects;
    return effects;
  };
  EXPECT_EQ(Dispatch::try_here(query, refused, work), std::nullopt);
  EXPECT_TRUE(query.may_wait);
  refused = false;
  EXPECT_EQ(work(), 1);  // where it may wait
  refused = false;
  EXPECT_EQ(Dispatch::try_here(query, refused, [] { return 7; }), 7);
}

TEST(Dispatch, WaitsAreAllowedAgainWhenCheapWorkThrows) {
  exec::QueryContext query;
  const bool refused = false;
  const auto work = []() -> int { throw std::runtime_error("a bug"); };
  EXPECT_THROW((void)Dispatch::try_here(query, refused, work), std::runtime_error);
  EXPECT_TRUE(query.may_wait);
}

class DispatchTest : public testing::Test {
 protected:
  template <class Work>
  auto run(Dispatch& dispatch, Work work) {
    return client_.loop.run(dispatch.run(Weight::usual, std::move(work)));
  }
  io::Task<void> note_most(Dispatch& dispatch) {
    auto work = [this] {
      const int now = ++running_;
      if (now > most_) most_ = now;
      for (int i = 0; i < 1000; ++i) std::this_thread::yield();
      --running_;
      return now;
    };
    const Result<int> done = co_await dispatch.run(Weight::usual, std::move(work));
    EXPECT_TRUE(done);
  }
  static io::Task<bool> throws(Dispatch& dispatch) {
    auto work = []() -> int { throw std::runtime_error("a bug"); };
    try {
      (void)co_await dispatch.run(Weight::usual, std::move(work));  // throws instead
      co_return false;
    } catch (const std::runtime_error&) {
      co_return true;
    }
  }
  io::Task<void> join(io::Scope& scope) { co_await scope.join(); }

  TestConnection client_;
  std::atomic<int> running_ = 0;
  std::atomic<int> most_ = 0;
};

TEST_F(DispatchTest, ReturnsWhatTheWorkDoes) {
  io::WorkerPool pool({.threads = 1});
  Dispatch dispatch(pool, *client_.connection);
  const auto here = std::this_thread::get_id();
  const Result<bool> elsewhere =
      run(dispatch, [here] { return std::this_thread::get_id() != here; });
  ASSERT_TRUE(elsewhere);
  EXPECT_TRUE(*elsewhere);
}

TEST_F(DispatchTest, APoolThatStopsIsAnError) {
  io::WorkerPool pool({.threads = 1});
  Dispatch dispatch(pool, *client_.connection);
  pool.stop();
  const Result<int> refused = run(dispatch, [] { return 1; });
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::unavailable);
}

TEST_F(DispatchTest, WhatThrowsGivesItsPlaceBack) {
  io::WorkerPool pool({.threads = 1});
  Dispatch dispatch(pool, *client_.connection, 1);
  EXPECT_TRUE(client_.loop.run(throws(dispatch)));
  const Result<int> next = run(dispatch, [] { return 2; });
  ASSERT_TRUE(next);
  EXPECT_EQ(*next, 2);
}

TEST_F(DispatchTest, AsksForSoManyWorkersAtATime) {
  io::WorkerPool pool({.threads = 8});
  Dispatch dispatch(pool, *client_.connection, 2);
  io::Scope scope(client_.loop.executor);
  for (int i = 0; i < 50; ++i) scope.spawn(note_most(dispatch));
  client_.loop.run(join(scope));
  EXPECT_GE(most_, 1);
  EXPECT_LE(most_, 2);
}

}  // namespace
}  // namespace octavo::protocol
