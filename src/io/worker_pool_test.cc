#include "io/worker_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <latch>
#include <memory>
#include <mutex>
#include <new>
#include <semaphore>

#include "io/scope.h"
#include "io/testing.h"

namespace octavo::io {
namespace {

Task<Result<int>> compute(WorkerPool& pool, int value) {
  auto job = [value] { return value * 2; };
  co_return co_await pool.run(job);
}

Task<Result<int>> compute_failing(WorkerPool& pool) {
  auto job = []() -> Result<int> { return fail(Code::corrupt, "broken"); };
  co_return co_await pool.run(job);
}

Task<Status> run_void(WorkerPool& pool, std::unique_ptr<int>& target) {
  auto value = std::make_unique<int>(5);
  auto job = [&target, v = std::move(value)]() mutable { target = std::move(v); };
  co_return co_await pool.run(std::move(job));
}

Task<bool> resumes_at_home(WorkerPool& pool, Executor& home) {
  auto job = [] { return Executor::current_or_null() == nullptr; };
  const Result<bool> off_executor = co_await pool.run(job);
  co_return *off_executor&& home.is_current();
}

Task<bool> catches_at_home(WorkerPool& pool, Executor& home) {
  auto job = []() -> int { throw std::bad_alloc(); };
  try {
    const Result<int> never = co_await pool.run(job);
    co_return never.has_value();
  } catch (const std::bad_alloc&) {
    co_return home.is_current();
  }
}

Task<void> record(WorkerPool& pool, std::vector<Code>& codes) {
  auto job = [] {};
  const Status status = co_await pool.run(job);
  codes.push_back(status ? Code::internal : status.error().code);
}

TEST(WorkerPool, ReturnsValuesAndErrors) {
  TestLoop loop;
  WorkerPool pool({.threads = 2});
  EXPECT_EQ(loop.run(compute(pool, 21)).value(), 42);
  EXPECT_EQ(loop.run(compute_failing(pool)).error().code, Code::corrupt);
  std::unique_ptr<int> target;
  EXPECT_TRUE(loop.run(run_void(pool, target)).has_value());
  EXPECT_EQ(*target, 5);
  EXPECT_TRUE(loop.run(resumes_at_home(pool, loop.executor)));
  EXPECT_TRUE(loop.run(catches_at_home(pool, loop.executor)));
}

TEST(WorkerPool, RefusesWhenTheQueueIsFullAndWhenStopped) {
  TestLoop loop;
  WorkerPool pool({.threads = 1, .queue_limit = 2});
  std::latch busy(1);
  std::latch release(1);
  ASSERT_TRUE(pool.post([&] {
    busy.count_down();
    release.wait();
  }));
  busy.wait();
  Scope scope(loop.executor);
  std::vector<Code> codes;
  for (int i = 0; i < 3; ++i) scope.spawn(record(pool, codes));
  loop.settle();
  EXPECT_EQ(codes, std::vector{Code::resource_exhausted});

  std::thread stopper([&] { pool.stop(); });
  while (pool.post([] {}).error().code != Code::unavailable) std::this_thread::yield();
  release.count_down();
  stopper.join();
  loop.run(scope.join());
  EXPECT_EQ(codes, (std::vector{Code::resource_exhausted, Code::unavailable, Code::unavailable}));
}

// Waits outside the pool, until as many do as `all` counts down.
Task<void> wait_outside(WorkerPool& pool, std::latch& all, std::vector<Code>& codes) {
  auto job = [&]() -> Status {
    TRY(const auto waiting, pool.begin_outside_wait());
    all.arrive_and_wait();
    return {};
  };
  const Status status = co_await pool.run(job);
  codes.push_back(status ? Code::internal : status.error().code);
}

TEST(WorkerPool, JobsThatWaitOutsideLeaveTheirPlaceToOthers) {
  TestLoop loop;
  WorkerPool pool({.threads = 2, .outside_wait_limit = 20});
  for (int round = 0; round < 3; ++round) {
    Scope scope(loop.executor);
    std::latch all(20);
    std::vector<Code> codes;
    // None of them goes on before all have begun, on a pool of two.
    for (int i = 0; i < 20; ++i) scope.spawn(wait_outside(pool, all, codes));
    loop.run(scope.join());
    EXPECT_EQ(codes, std::vector(20, Code::internal));
    EXPECT_EQ(loop.run(compute(pool, 21)).value(), 42);
  }
  EXPECT_EQ(pool.size(), 2U);
}

TEST(WorkerPool, NotMoreThanTheLimitWaitOutside) {
  TestLoop loop;
  WorkerPool pool({.threads = 1, .outside_wait_limit = 1});
  Scope scope(loop.executor);
  std::latch first(2);
  std::vector<Code> codes;
  scope.spawn(wait_outside(pool, first, codes));
  std::latch never(1);
  std::vector<Code> refused;
  scope.spawn(wait_outside(pool, never, refused));
  // Runs after the second, as there is one thread beside the first.
  EXPECT_TRUE(loop.run(compute(pool, 1)));
  loop.settle();
  EXPECT_EQ(refused, std::vector{Code::resource_exhausted});
  first.count_down();
  loop.run(scope.join());
  EXPECT_EQ(codes, std::vector{Code::internal});
}

TEST(WorkerPool, RunsEveryPostedJobBeforeItStops) {
  std::atomic<int> ran{0};
  {
    WorkerPool pool({.threads = 3, .queue_limit = 100'000});
    for (int i = 0; i < 20'000; ++i) ASSERT_TRUE(pool.post([&] { ++ran; }));
  }
  EXPECT_EQ(ran, 20'000);
}

// Computes until `end` is set, and says how it ended.
Task<void> compute_endlessly(WorkerPool& pool, const std::atomic<bool>& end,
                             std::vector<Code>& codes) {
  auto job = [&]() -> Status {
    while (!end) TRY_STATUS(pool.pace());
    return {};
  };
  const Status status = co_await pool.run(job);
  codes.push_back(status ? Code::internal : status.error().code);
}

Task<void> block(WorkerPool& pool, std::latch& release) {
  auto job = [&release] { release.wait(); };
  const Status status = co_await pool.run(job);
  EXPECT_TRUE(status);
}

Task<Result<int>> compute_urgently(WorkerPool& pool) {
  auto job = [] { return 1; };
  constexpr WorkOptions kUrgent{.urgent = true};
  co_return co_await pool.run(job, kUrgent);
}

TEST(WorkerPool, JobsThatTakeLongLeaveRoomForShortOnes) {
  TestLoop loop;
  WorkerPool pool({.threads = 2});
  Scope scope(loop.executor);
  std::atomic<bool> end{false};
  std::vector<Code> codes;
  for (int i = 0; i < 10; ++i) scope.spawn(compute_endlessly(pool, end, codes));
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(loop.run(compute(pool, i)));
  end = true;
  loop.run(scope.join());
  EXPECT_EQ(codes, std::vector(10, Code::internal));
  EXPECT_TRUE(loop.run(compute(pool, 1)));
}

TEST(WorkerPool, JobsThatBlockWithoutPacingLeaveRoomToo) {
  TestLoop loop;
  WorkerPool pool({.threads = 2});
  Scope scope(loop.executor);
  std::latch release(1);
  for (int i = 0; i < 4; ++i) scope.spawn(block(pool, release));
  EXPECT_TRUE(loop.run(compute(pool, 1)));
  release.count_down();
  loop.run(scope.join());
}

TEST(WorkerPool, BeyondTheLimitALongJobIsRefusedWhenItBecomesOne) {
  TestLoop loop;
  WorkerPool pool({.threads = 1, .long_limit = 2});
  Scope scope(loop.executor);
  std::atomic<bool> end{false};
  std::vector<Code> codes;
  for (int i = 0; i < 3; ++i) scope.spawn(compute_endlessly(pool, end, codes));
  EXPECT_TRUE(loop.run(compute(pool, 1)));  // after all of them
  loop.settle();
  EXPECT_EQ(codes, std::vector{Code::resource_exhausted});
  end = true;
  loop.run(scope.join());
  EXPECT_EQ(codes.size(), 3U);
}

TEST(WorkerPool, UrgentJobsRunWhenNoThreadIsLeft) {
  TestLoop loop;
  WorkerPool pool({.threads = 1, .long_limit = 0});
  Scope scope(loop.executor);
  std::latch release(1);
  scope.spawn(block(pool, release));
  EXPECT_TRUE(loop.run(compute_urgently(pool)));
  EXPECT_TRUE(loop.run(compute_urgently(pool)));
  release.count_down();
  loop.run(scope.join());
}

TEST(WorkerPool, StoppingEndsTheTurnsOfLongJobs) {
  TestLoop loop;
  WorkerPool pool({.threads = 1});
  Scope scope(loop.executor);
  std::atomic<bool> end{false};
  std::vector<Code> codes;
  for (int i = 0; i < 5; ++i) scope.spawn(compute_endlessly(pool, end, codes));
  EXPECT_TRUE(loop.run(compute(pool, 1)));
  end = true;
  pool.stop();
  loop.run(scope.join());
  EXPECT_EQ(codes.size(), 5U);
}

// Counts steps; what they do and answer is the test's.
class CountedHelp final : public Help {
 public:
  explicit CountedHelp(std::function<bool()> does) : does_(std::move(does)) {}
  bool step() noexcept override {
    ++steps;
    return does_();
  }
  std::atomic<int> steps{0};

 private:
  std::function<bool()> does_;
};

TEST(WorkerPool, IdleThreadsHelpUntilNothingIsLeft) {
  WorkerPool pool({.threads = 2});
  std::atomic<int> left{100};
  std::latch done(1);
  CountedHelp help([&] {
    const int before = left.fetch_sub(1);
    if (before == 1) done.count_down();
    return before > 1;
  });
  pool.offer(help);
  done.wait();
  pool.withdraw(help);
  EXPECT_GE(help.steps, 100);
}

TEST(WorkerPool, WhoHadNothingToDoIsAskedAgainWhenWoken) {
  WorkerPool pool({.threads = 2});
  std::counting_semaphore<> asked(0);
  CountedHelp help([&] {
    asked.release();
    return false;
  });
  pool.offer(help);
  asked.acquire();
  // Steps of one offer come one after the other here, so each wake is a step at least.
  for (int i = 0; i < 100; ++i) {
    pool.wake(help);
    asked.acquire();
  }
  pool.withdraw(help);
  const int steps = help.steps;
  EXPECT_GE(steps, 101);
  pool.wake(help);  // of nobody
  EXPECT_EQ(help.steps, steps);
}

TEST(WorkerPool, OffersHaveTurns) {
  WorkerPool pool({.threads = 1});
  std::latch both(2);
  std::atomic<bool> stop{false};
  std::once_flag first;
  std::once_flag second;
  CountedHelp one([&] {
    std::call_once(first, [&] { both.count_down(); });
    return !stop;
  });
  CountedHelp other([&] {
    std::call_once(second, [&] { both.count_down(); });
    return !stop;
  });
  pool.offer(one);
  pool.offer(other);
  both.wait();  // neither keeps the only thread
  stop = true;
  pool.withdraw(one);
  pool.withdraw(other);
}

TEST(WorkerPool, NobodyHelpsWhileAllThreadsHaveJobs) {
  WorkerPool pool({.threads = 2});
  std::latch begun(2);
  std::latch release(1);
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(pool.post([&] {
      begun.count_down();
      release.wait();
    }));
  }
  begun.wait();
  std::latch helped(1);
  std::once_flag once;
  CountedHelp help([&] {
    std::call_once(once, [&] { helped.count_down(); });
    return false;
  });
  pool.offer(help);
  pool.wake(help);
  EXPECT_EQ(help.steps, 0);
  release.count_down();
  helped.wait();  // who ends a job looks for what else there is
  pool.withdraw(help);
}

TEST(WorkerPool, WhoWaitsOutsideLeavesItsCoreToHelpers) {
  WorkerPool pool({.threads = 1});
  std::latch helped(1);
  std::once_flag once;
  CountedHelp help([&] {
    std::call_once(once, [&] { helped.count_down(); });
    return false;
  });
  std::latch begun(1);
  ASSERT_TRUE(pool.post([&] {
    pool.offer(help);
    const auto waiting = pool.begin_outside_wait();
    ASSERT_TRUE(waiting);
    helped.wait();
    begun.count_down();
  }));
  begun.wait();
  pool.withdraw(help);
}

TEST(WorkerPool, AJobWaitsForOneStepAtMost) {
  WorkerPool pool({.threads = 1});
  std::latch inside(1);
  std::once_flag once;
  std::atomic<bool> stop{false};
  CountedHelp help([&] {
    std::call_once(once, [&] { inside.count_down(); });
    return !stop;  // it never ends by itself
  });
  pool.offer(help);
  inside.wait();
  std::latch ran(1);
  ASSERT_TRUE(pool.post([&] { ran.count_down(); }));
  ran.wait();
  stop = true;
  pool.withdraw(help);
}

TEST(WorkerPool, WithdrawingWaitsForWhoIsInside) {
  WorkerPool pool({.threads = 1});
  std::latch inside(1);
  std::latch release(1);
  std::atomic<bool> ended{false};
  CountedHelp help([&] {
    inside.count_down();
    release.wait();
    ended = true;
    return false;
  });
  pool.offer(help);
  inside.wait();
  std::thread releaser([&] { release.count_down(); });
  pool.withdraw(help);
  EXPECT_TRUE(ended);
  EXPECT_EQ(help.steps, 1);
  releaser.join();
}

TEST(WorkerPool, AStoppedPoolHelpsNobody) {
  WorkerPool pool({.threads = 2});
  pool.stop();
  CountedHelp help([] { return true; });
  pool.offer(help);
  pool.wake(help);
  pool.withdraw(help);
  EXPECT_EQ(help.steps, 0);
}

}  // namespace
}  // namespace octavo::io
