#include "base/condition.h"

#include <gtest/gtest.h>

#include <deque>
#include <thread>
#include <vector>

namespace octavo {
namespace {

using std::chrono::steady_clock;

// As many takers as givers, each of whom notifies one: a lost notification hangs the test.
TEST(Condition, NoNotificationIsLost) {
  constexpr int kThreads = 4;
  constexpr int kPieces = 20'000;
  std::mutex mutex;
  Condition available;
  std::deque<int> pieces;
  std::atomic<std::int64_t> sum = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < kPieces; ++n) {
        std::unique_lock lock(mutex);
        available.wait(lock, [&] { return !pieces.empty(); });
        sum += pieces.front();
        pieces.pop_front();
      }
    });
    threads.emplace_back([&] {
      for (int n = 0; n < kPieces; ++n) {
        {
          const std::scoped_lock lock(mutex);
          pieces.push_back(n);
        }
        available.notify_one();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(sum, std::int64_t{kThreads} * kPieces * (kPieces - 1) / 2);
}

TEST(Condition, AllAreWoken) {
  constexpr int kThreads = 4;
  constexpr int kRounds = 500;
  std::mutex mutex;
  Condition turned;
  int round = 0;
  int there = 0;
  Condition all_there;
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < kRounds; ++n) {
        std::unique_lock lock(mutex);
        if (++there == kThreads) all_there.notify_one();
        turned.wait(lock, [&] { return round > n; });
      }
    });
  }
  for (int n = 0; n < kRounds; ++n) {
    std::unique_lock lock(mutex);
    all_there.wait(lock, [&] { return there == kThreads; });
    there = 0;
    ++round;
    turned.notify_all();
  }
  for (std::thread& thread : threads) thread.join();
}

TEST(Condition, AWaitEndsWithItsTime) {
  std::mutex mutex;
  Condition never;
  std::unique_lock lock(mutex);
  const auto until = steady_clock::now() + std::chrono::milliseconds(2);
  EXPECT_FALSE(never.wait_until(lock, until, [] { return false; }));
  EXPECT_GE(steady_clock::now(), until);
  EXPECT_TRUE(lock.owns_lock());
  EXPECT_TRUE(never.wait_until(lock, until, [] { return true; })) << "there was something";
}

}  // namespace
}  // namespace octavo
