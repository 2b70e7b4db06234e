#include "protocol/common/logins.h"

#include <gtest/gtest.h>

#include <atomic>
#include <new>
#include <semaphore>
#include <thread>

#include "io/runtime.h"
#include "io/scope.h"
#include "io/socket.h"
#include "protocol/common/connection.h"

// NOLINTBEGIN(cppcoreguidelines-avoid-capturing-lambda-coroutines): their makers wait for them
namespace octavo::protocol {
namespace {

using namespace std::chrono_literals;

constexpr LoginLimits kStrict{.user = {1h, 3}, .address = {1h, 100}, .patience = 0s};
constexpr LoginLimits kPatient{.user = {1h, 3}, .address = {1h, 100}, .patience = 1h};

constexpr auto kAlways = [] { return true; };
constexpr auto kNever = [] { return false; };

struct Fixture {
  explicit Fixture(LoginLimits limits = {}) : logins(limits, 1) {}

  // A connection from `host` that logs in once.
  io::Task<LoginOutcome> task(std::string host, std::function<bool()> fits,
                              std::function<bool()> unchanged = kAlways) {
    auto streams = *io::stream_pair(runtime.at(0));
    Connection connection(std::move(streams.first), {},
                          std::make_shared<ConnectionInfo>(ConnectionId{1}, "test",
                                                           io::SocketAddress{std::move(host), 1},
                                                           io::SocketAddress(), false, 0));
    const CancelCallback drain(over.token(), [this, &connection] {
      EXPECT_EQ(io::Executor::current_or_null(), &runtime.at(0));
      connection.begin_drain();
    });
    Login login("user", cost);
    login.fits = std::move(fits);
    login.unchanged = std::move(unchanged);
    const LoginOutcome outcome = co_await logins.log_in(connection, std::move(login));
    shown_user = connection.info().attribute("user");
    co_return outcome;
  }
  LoginOutcome attempt(std::function<bool()> fits, std::function<bool()> unchanged = kAlways) {
    return io::block_on(runtime.at(0), task("10.0.0.1", std::move(fits), std::move(unchanged)));
  }
  void fail_three_times() {
    for (int i = 0; i < 3; ++i) EXPECT_EQ(attempt(kNever), LoginOutcome::wrong);
  }
  // All connections, also those to come. Not on the I/O thread.
  void drain() {
    const auto cancel = [this]() -> io::Task<void> {
      over.cancel();
      co_return;
    };
    io::block_on(runtime.at(0), cancel());
  }

  LoginCost cost = LoginCost::hash;
  std::string shown_user;  // by the last connection
  CancelSource over;
  io::Runtime runtime{{.threads = 1}};
  Logins logins;
};

TEST(Logins, LookAtPasswordsOnAThreadOfTheirOwn) {
  Fixture f;
  const auto where = []() -> io::Task<std::thread::id> { co_return std::this_thread::get_id(); };
  const std::thread::id io_thread = io::block_on(f.runtime.at(0), where());
  std::thread::id looked_on = io_thread;
  EXPECT_EQ(f.attempt([&] {
    looked_on = std::this_thread::get_id();
    return true;
  }),
            LoginOutcome::right);
  EXPECT_NE(looked_on, io_thread);
  EXPECT_EQ(f.attempt(kNever), LoginOutcome::wrong);
}

TEST(Logins, WhatCostsLittleIsDoneAtOnceAndCountsAllTheSame) {
  Fixture f(kStrict);
  f.cost = LoginCost::little;
  const auto where = []() -> io::Task<std::thread::id> { co_return std::this_thread::get_id(); };
  std::thread::id looked_on;
  EXPECT_EQ(f.attempt([&] {
    looked_on = std::this_thread::get_id();
    return true;
  }),
            LoginOutcome::right);
  EXPECT_EQ(looked_on, io::block_on(f.runtime.at(0), where()));
  f.fail_three_times();
  EXPECT_EQ(f.attempt(kAlways), LoginOutcome::refused);
}

TEST(Logins, TheIoThreadGoesOnMeanwhile) {
  Fixture f;
  std::binary_semaphore began{0};
  std::binary_semaphore may_end{0};
  std::thread client([&] {
    EXPECT_EQ(f.attempt([&] {
      began.release();
      may_end.acquire();
      return true;
    }),
              LoginOutcome::right);
  });
  began.acquire();
  const auto other = []() -> io::Task<int> { co_return 1; };
  EXPECT_EQ(io::block_on(f.runtime.at(0), other()), 1);  // would never come
  may_end.release();
  client.join();
}

TEST(Logins, AfterManyFailuresNoPasswordIsLookedAt) {
  Fixture f(kStrict);
  f.fail_three_times();
  bool looked = false;
  EXPECT_EQ(f.attempt([&] {
    looked = true;
    return true;
  }),
            LoginOutcome::refused);
  EXPECT_FALSE(looked);
}

TEST(Logins, TheConnectionShowsWhoLoggedIn) {
  Fixture f;
  EXPECT_EQ(f.attempt(kNever), LoginOutcome::wrong);
  EXPECT_EQ(f.shown_user, "");
  EXPECT_EQ(f.attempt(kAlways), LoginOutcome::right);
  EXPECT_EQ(f.shown_user, "user");
}

// The password was changed while the hash was computed.
TEST(Logins, WhatItWasComparedWithHasToHold) {
  Fixture f(kStrict);
  const auto where = []() -> io::Task<std::thread::id> { co_return std::this_thread::get_id(); };
  const std::thread::id io_thread = io::block_on(f.runtime.at(0), where());
  const auto changed = [&] {
    EXPECT_EQ(std::this_thread::get_id(), io_thread);
    return false;
  };
  for (int i = 0; i < 10; ++i) EXPECT_EQ(f.attempt(kAlways, changed), LoginOutcome::wrong);
  EXPECT_EQ(f.shown_user, "");
  EXPECT_EQ(f.attempt(kAlways), LoginOutcome::right);
}

TEST(Logins, OtherAddressesAreNotHurt) {
  Fixture f(kStrict);
  f.fail_three_times();
  EXPECT_EQ(io::block_on(f.runtime.at(0), f.task("10.0.0.2", kAlways)), LoginOutcome::right);
}

TEST(Logins, ThoseThatAreRightAreFree) {
  Fixture f(kStrict);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(f.attempt(kAlways), LoginOutcome::right);
}

// A storm of connections with an old password: all are let in before any has failed.
TEST(Logins, ThoseThatComeTogetherAreCountedOneByOne) {
  Fixture f(kStrict);
  constexpr int kLogins = 50;
  std::atomic<int> looked = 0;
  int refused = 0;
  const auto storm = [&]() -> io::Task<void> {
    io::Scope scope(f.runtime.at(0));
    const auto look = [&] {
      ++looked;
      return false;
    };
    const auto one = [&]() -> io::Task<void> {
      const LoginOutcome outcome = co_await f.task("10.0.0.1", look);
      if (outcome == LoginOutcome::refused) ++refused;
    };
    for (int i = 0; i < kLogins; ++i) scope.spawn(one());
    co_await scope.join();
    co_await scope.stop();
  };
  io::block_on(f.runtime.at(0), storm());
  EXPECT_EQ(looked, 3);
  EXPECT_EQ(refused, kLogins - 3);
}

TEST(Logins, TheEndOfTheConnectionEndsTheWait) {
  Fixture f(kPatient);
  f.fail_three_times();
  std::thread ender([&] { f.drain(); });
  EXPECT_EQ(f.attempt(kAlways), LoginOutcome::ended);
  ender.join();
}

// A thousand connections that are refused at once, again and again, would be a flood of their own.
TEST(Logins, WhoFindsNoPlaceToWaitIsAnsweredLateAsWell) {
  LoginLimits full = kPatient;
  full.waiting = 0;
  Fixture f(full);
  f.fail_three_times();
  std::thread ender([&] { f.drain(); });
  EXPECT_EQ(f.attempt(kAlways), LoginOutcome::ended);
  ender.join();
  LoginLimits brief = full;
  brief.patience = 1ms;
  Fixture g(brief);
  g.fail_three_times();
  EXPECT_EQ(g.attempt(kAlways), LoginOutcome::refused);
}

// As when the server stops: those in the queue are not computed any more.
TEST(Logins, WhatIsQueuedEndsUnseen) {
  Fixture f;
  std::atomic<int> looked = 0;
  int ended = 0;
  const auto all = [&]() -> io::Task<void> {
    io::Scope scope(f.runtime.at(0));
    const auto look = [&] {
      ++looked;
      f.drain();
      return true;
    };
    const auto one = [&]() -> io::Task<void> {
      const LoginOutcome outcome = co_await f.task("10.0.0.1", look);
      if (outcome == LoginOutcome::ended) ++ended;
    };
    for (int i = 0; i < 100; ++i) scope.spawn(one());
    co_await scope.join();
    co_await scope.stop();
  };
  io::block_on(f.runtime.at(0), all());
  EXPECT_EQ(looked, 1);
  EXPECT_EQ(ended, 99);
}

TEST(Logins, WhatTheLookThrowsIsTheSessions) {
  Fixture f;
  const auto look = []() -> bool { throw std::bad_alloc(); };
  const auto session = [&]() -> io::Task<bool> {
    try {
      const LoginOutcome outcome = co_await f.task("10.0.0.1", look);
      EXPECT_EQ(outcome, LoginOutcome::ended) << "it did not throw";
      co_return false;
    } catch (const std::bad_alloc&) {
      co_return true;
    }
  };
  EXPECT_TRUE(io::block_on(f.runtime.at(0), session()));
  EXPECT_EQ(f.attempt(kAlways), LoginOutcome::right);
}

}  // namespace
}  // namespace octavo::protocol
// NOLINTEND(cppcoreguidelines-avoid-capturing-lambda-coroutines)
