#include "base/memory_pool.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace octavo {
namespace {

TEST(MemoryPool, ReservesInEveryPoolAboveOrInNone) {
  MemoryPool process("memory", 100);
  MemoryPool queries("the memory of queries", 80, &process);
  MemoryPool feeds("the memory of feeds", 80, &process);
  ASSERT_TRUE(queries.reserve(60));
  const Status refused = feeds.reserve(60);  // has room itself, but the process has not
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::resource_exhausted);
  EXPECT_EQ(refused.error().what, "memory (0 MiB) is used up");
  EXPECT_EQ(feeds.used(), 0U);
  EXPECT_FALSE(queries.reserve(21));
  EXPECT_EQ(process.used(), 60U);
  queries.release(60);
  EXPECT_EQ(process.used(), 0U);
}

TEST(MemoryPool, WhatIsForcedCountsForLaterRequests) {
  MemoryPool pool("memory", 100);
  pool.force(150);
  EXPECT_FALSE(pool.reserve(1));
  EXPECT_FALSE(pool.reserve(0));
  pool.release(60);
  EXPECT_TRUE(pool.reserve(10));
  pool.release(100);
}

TEST(MemoryPool, HugeRequestsDoNotWrapAround) {
  MemoryPool pool("memory", 100);
  ASSERT_TRUE(pool.reserve(50));
  EXPECT_FALSE(pool.reserve(SIZE_MAX));
  EXPECT_FALSE(pool.reserve(SIZE_MAX - 49));
  pool.release(50);
}

TEST(MemoryReservation, TakesStepsAndTheLastBytesToo) {
  MemoryPool pool("memory", 100 * kKiB);
  {
    MemoryReservation mine(pool);
    ASSERT_TRUE(mine.grow(1));
    EXPECT_EQ(pool.used(), MemoryReservation::kStepBytes);
    ASSERT_TRUE(mine.grow(100 * kKiB - 1));  // no whole step is left
    EXPECT_EQ(pool.used(), 100 * kKiB);
    EXPECT_FALSE(mine.grow(1));
    EXPECT_EQ(mine.used(), 100 * kKiB);
    ASSERT_TRUE(mine.resize(10));
    EXPECT_TRUE(mine.resize(50));
  }
  EXPECT_EQ(pool.used(), 0U);
}

TEST(MemoryReservation, MovesWithWhatItHolds) {
  MemoryPool pool("memory", kMiB);
  MemoryReservation first(pool);
  ASSERT_TRUE(first.grow(200 * kKiB));
  MemoryReservation second(std::move(first));
  EXPECT_EQ(second.used(), 200 * kKiB);
  MemoryReservation third(pool);
  ASSERT_TRUE(third.grow(1));
  third = std::move(second);
  EXPECT_EQ(third.used(), 200 * kKiB);
}

TEST(MemoryReservation, ThreadsNeverExceedThePoolTogether) {
  MemoryPool pool("memory", 4 * kMiB);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&pool] {
      for (int round = 0; round < 1000; ++round) {
        MemoryReservation mine(pool);
        while (mine.grow(50 * kKiB)) EXPECT_LE(pool.used(), pool.limit());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(pool.used(), 0U);
}

}  // namespace
}  // namespace octavo
