#include "protocol/common/delivery_turns.h"

#include <gtest/gtest.h>

#include <string>

#include "io/scope.h"
#include "io/testing.h"

namespace octavo::protocol {
namespace {

using namespace std::chrono_literals;

std::int64_t spent_ns = 0;
std::int64_t read_spent() { return spent_ns; }

// Feeds have half of the time, and a millisecond ahead of it.
constexpr DeliveryKinds kHalf{{{0.5, 1ms}, {}}};

class DeliveryTurnsTest : public testing::Test {
 protected:
  io::Task<void> deliver(char name, Nanoseconds cost, CancelToken cancel = {}) {
    const DeliveryTurns::Turn turn = co_await turns_.take(Delivery::feed, std::move(cancel));
    done_ += turn ? name : '-';
    spent_ns += cost.count();
  }
  void start(char name, Nanoseconds cost, CancelToken cancel = {}) {
    scope_.spawn(deliver(name, cost, std::move(cancel)));
    loop_.settle();
  }
  io::Task<void> hold(io::Event& done) {
    const DeliveryTurns::Turn turn = co_await turns_.take(Delivery::feed, CancelToken());
    co_await done.wait();
  }
  // A push of several turns, each of which is shown.
  void push(char name, int turns, Nanoseconds cost = 0ns) {
    turns_.in_turn(Delivery::push, [this, name, turns, cost] {
      done_ += name;
      spent_ns += cost.count();
      if (turns > 1) push(name, turns - 1, cost);
    });
  }
  void advance(Nanoseconds by) { loop_.advance(by); }

  io::TestLoop loop_;
  DeliveryTurns turns_{loop_.executor, kHalf, &read_spent};
  io::Scope scope_{loop_.executor};
  std::string done_;
};

TEST_F(DeliveryTurnsTest, WithinTheBurstNobodyWaits) {
  start('a', 250us);
  start('b', 250us);
  start('c', 10ms);
  EXPECT_EQ(done_, "abc");
}

TEST_F(DeliveryTurnsTest, WorkBeyondTheBurstIsPaidByWaiting) {
  start('a', 5ms);  // 10 ms at half of the time
  start('b', 0ms);
  advance(8ms);
  EXPECT_EQ(done_, "a");
  advance(2ms);
  EXPECT_EQ(done_, "ab");
}

TEST_F(DeliveryTurnsTest, WhatWasDearDelaysTheNextOnly) {
  start('a', 50ms);
  for (const char name : {'b', 'c', 'd'}) start(name, 0ms);
  advance(90ms);
  EXPECT_EQ(done_, "a");
  advance(10ms);  // the others cost nothing, and so none of them waits for another
  EXPECT_EQ(done_, "abcd");
}

TEST_F(DeliveryTurnsTest, TurnsComeInTheOrderOfTheLine) {
  start('a', 5ms);
  start('b', 5ms);
  start('c', 5ms);
  advance(11ms);
  EXPECT_EQ(done_, "ab");
  start('d', 0ms);
  advance(10ms);
  EXPECT_EQ(done_, "abc");
  advance(10ms);
  EXPECT_EQ(done_, "abcd");
}

TEST_F(DeliveryTurnsTest, IdleTimeIsNotSaved) {
  advance(10s);
  start('a', 1ms);
  start('b', 0ms);
  EXPECT_EQ(done_, "a");
  advance(2ms);
  EXPECT_EQ(done_, "ab");
}

TEST_F(DeliveryTurnsTest, WhoGivesUpHoldsUpNobody) {
  CancelSource first;
  CancelSource second;
  start('a', 5ms);
  start('b', 0ms, first.token());
  start('c', 0ms, second.token());
  start('d', 0ms);
  second.cancel();
  loop_.settle();
  EXPECT_EQ(done_, "a-");
  first.cancel();
  loop_.settle();
  EXPECT_EQ(done_, "a--");
  advance(11ms);
  EXPECT_EQ(done_, "a--d");
}

TEST_F(DeliveryTurnsTest, WhoGivesUpWhenItWasCalledPassesTheTurnOn) {
  io::Event done;
  CancelSource cancel;
  scope_.spawn(hold(done));
  start('b', 0ms, cancel.token());
  start('c', 0ms);
  done.set();
  cancel.cancel();  // 'b' is called before it hears of it
  loop_.settle();
  EXPECT_EQ(done_, "-c");
}

TEST_F(DeliveryTurnsTest, PushesWaitForNothingThatFeedsOwe) {
  start('a', 5ms);
  start('b', 0ms);
  push('x', 1);
  EXPECT_EQ(done_, "ax");
  advance(11ms);
  EXPECT_EQ(done_, "axb");
}

TEST_F(DeliveryTurnsTest, WhatPushesTakeIsNotOwed) {
  push('x', 1, 50ms);
  start('a', 0ms);
  push('y', 1);
  EXPECT_EQ(done_, "xay");
}

TEST_F(DeliveryTurnsTest, APushOfManyTurnsTakesEachInALaterRound) {
  push('x', 3);
  EXPECT_EQ(done_, "x");
  loop_.executor.poll();
  EXPECT_EQ(done_, "xx");
  loop_.settle();
  EXPECT_EQ(done_, "xxx");
}

TEST_F(DeliveryTurnsTest, AFeedThatOwesNothingGoesBetweenTwoTurnsOfAPush) {
  io::Event done;
  scope_.spawn(hold(done));
  loop_.settle();
  push('x', 3);
  start('a', 0ms);
  done.set();
  loop_.settle();
  EXPECT_EQ(done_, "xaxx");
}

TEST_F(DeliveryTurnsTest, PushesWaitForAFeedThatHasTheTurn) {
  io::Event done;
  scope_.spawn(hold(done));
  loop_.executor.poll();
  push('x', 1);
  start('a', 0ms);
  EXPECT_EQ(done_, "");
  done.set();
  loop_.settle();
  EXPECT_EQ(done_, "xa");
}

}  // namespace
}  // namespace octavo::protocol
