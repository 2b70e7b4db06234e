#include "base/condition.h"

#include <gtest/gtest.h>

#include <deque>
#include <future>
#include <thread>
#include <vector>

#include "base/mutex.h"

namespace octavo {
namespace {

using std::chrono::steady_clock;

bool takes(Mutex& mutex) {
  if (!mutex.try_lock()) return false;
  mutex.unlock();
  return true;
}

// As many takers as givers, each of whom notifies one: a lost notification hangs the test.
TEST(Condition, NoNotificationIsLost) {
  constexpr int kThreads = 4;
  constexpr int kPieces = 20'000;
  Mutex mutex;
  Condition available;
  std::deque<int> pieces;
  std::atomic<std::int64_t> sum = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < kPieces; ++n) {
        MutexLock lock(mutex);
        while (pieces.empty()) available.wait(mutex);
        sum += pieces.front();
        pieces.pop_front();
      }
    });
    threads.emplace_back([&] {
      for (int n = 0; n < kPieces; ++n) {
        {
          const MutexLock lock(mutex);
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
  Mutex mutex;
  Condition turned;
  int round = 0;
  int there = 0;
  Condition all_there;
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < kRounds; ++n) {
        MutexLock lock(mutex);
        if (++there == kThreads) all_there.notify_one();
        while (round <= n) turned.wait(mutex);
      }
    });
  }
  for (int n = 0; n < kRounds; ++n) {
    MutexLock lock(mutex);
    while (there < kThreads) all_there.wait(mutex);
    there = 0;
    ++round;
    turned.notify_all();
  }
  for (std::thread& thread : threads) thread.join();
}

TEST(Condition, AWaitEndsWithItsTime) {
  Mutex mutex;
  Condition never;
  MutexLock lock(mutex);
  const auto until = steady_clock::now() + std::chrono::milliseconds(2);
  while (never.wait_until(mutex, until)) {
  }
  EXPECT_GE(steady_clock::now(), until);
  EXPECT_FALSE(std::async(std::launch::async, [&] { return takes(mutex); }).get())
      << "the mutex is held again";
}

}  // namespace
}  // namespace octavo
