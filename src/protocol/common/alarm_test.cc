#include "protocol/common/alarm.h"

#include <gtest/gtest.h>

#include <optional>
#include <thread>

#include "io/runtime.h"
#include "io/scope.h"
#include "io/testing.h"

namespace octavo::protocol {
namespace {

using namespace std::chrono_literals;

class AlarmTest : public testing::Test {
 protected:
  io::Task<void> wait_and_note(Nanoseconds limit) {
    woken_.reset();
    woken_ = co_await alarm_.wait(limit, over_.token());
  }
  // Begins to wait.
  void wait(Nanoseconds limit = 0ns) {
    scope_.spawn(wait_and_note(limit));
    loop_.settle();
  }

  io::TestLoop loop_;
  Alarm alarm_;
  CancelSource over_;
  std::optional<Woken> woken_;
  io::Scope scope_{loop_.executor};
};

TEST_F(AlarmTest, IsStickyAndOnce) {
  alarm_.ring();
  alarm_.ring();
  wait();
  EXPECT_EQ(woken_, Woken::rung);
  wait(1ms);
  EXPECT_EQ(woken_, std::nullopt);
  alarm_.ring();
  loop_.settle();
  EXPECT_EQ(woken_, Woken::rung);
}

TEST_F(AlarmTest, IsLateAfterItsTime) {
  wait(5ms);
  loop_.advance(4ms);
  EXPECT_EQ(woken_, std::nullopt);
  loop_.advance(1ms);
  EXPECT_EQ(woken_, Woken::late);
}

TEST_F(AlarmTest, IsOverWhenCancelled) {
  wait();
  over_.cancel();
  loop_.settle();
  EXPECT_EQ(woken_, Woken::over);
  wait(5ms);
  EXPECT_EQ(woken_, Woken::over);
  alarm_.ring();  // what has come is told all the same
  wait(5ms);
  EXPECT_EQ(woken_, Woken::rung);
}

TEST_F(AlarmTest, ARingThatComesWithTheTimeOutIsNotLost) {
  wait(5ms);
  loop_.clock.advance(5ms);
  alarm_.ring();
  loop_.settle();
  EXPECT_EQ(woken_, Woken::rung);  // rung first
  wait(5ms);
  loop_.executor.post([&] { alarm_.ring(); });  // after the timer, in the same round
  loop_.advance(5ms);
  EXPECT_EQ(woken_, Woken::late);
  wait(5ms);
  EXPECT_EQ(woken_, Woken::rung);
}

TEST_F(AlarmTest, BlocksAThread) {
  alarm_.ring();
  EXPECT_EQ(alarm_.block(0ns), Woken::rung);
  EXPECT_EQ(alarm_.block(1ms), Woken::late);
  std::thread other([&] { alarm_.ring(); });
  EXPECT_EQ(alarm_.block(0ns), Woken::rung);
  other.join();
}

io::Task<void> wait_often(Alarm& alarm, Alarm& back, int times) {
  for (int i = 0; i < times; ++i) {
    const Woken woken = co_await alarm.wait(10s);
    EXPECT_EQ(woken, Woken::rung);
    back.ring();
  }
}

TEST(Alarm, RingsBetweenThreads) {
  io::Runtime runtime({.threads = 1});
  Alarm there;
  Alarm back;
  std::thread other([&] {
    for (int i = 0; i < 1000; ++i) {
      there.ring();
      EXPECT_EQ(back.block(10s), Woken::rung);
    }
  });
  io::block_on(runtime.at(0), wait_often(there, back, 1000));
  other.join();
  runtime.stop();
}

}  // namespace
}  // namespace octavo::protocol
