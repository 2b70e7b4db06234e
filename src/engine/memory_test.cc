// How memory is shared out, and who gets some of it.

#include <gtest/gtest.h>

#include "engine/process_memory.h"
#include "engine/replay_memory.h"

namespace octavo::engine {
namespace {

TEST(MemoryShares, LeaveRoomForMoreThanOneQuery) {
  const MemoryShares shares = share_out(4 * kGiB);
  EXPECT_EQ(shares.rows, 2 * kGiB);
  EXPECT_LE(shares.rows + 2 * shares.query + 2 * shares.backlog + shares.replay, 4 * kGiB);
}

TEST(MemoryShares, AreEnoughToWorkWithHoweverLittleThereIs) {
  const MemoryShares shares = share_out(64 * kMiB);
  EXPECT_GE(shares.query, 16 * kMiB);
  EXPECT_GE(shares.backlog, 8 * kMiB);
}

TEST(ProcessMemory, EveryPoolIsPartOfTheProcess) {
  ProcessMemory memory(64 * kMiB);
  std::size_t sum = 0;
  for (const MemoryPoolRow& row : memory_pools()) {
    MemoryPool& pool = memory.*row.pool;
    if (&pool == &memory.process) continue;
    ASSERT_TRUE(pool.reserve(kMiB)) << row.name;
    sum += kMiB;
    EXPECT_EQ(memory.process.used(), sum) << row.name;
  }
  EXPECT_FALSE(memory.rows.reserve(64 * kMiB));
  for (const MemoryPoolRow& row : memory_pools()) {
    if (row.name != "process") (memory.*row.pool).release(kMiB);
  }
}

TEST(ReplayMemory, IsGivenBackWithTheShare) {
  ReplayMemory memory(100);
  auto first = memory.take(60);
  ASSERT_TRUE(first);
  EXPECT_EQ(memory.take(60).error().code, Code::resource_exhausted);
  EXPECT_TRUE(memory.take(40));
  first->reset();
  EXPECT_TRUE(memory.take(60));
}

TEST(ReplayMemory, OneCopyMayBeLarger) {
  ReplayMemory memory(100);
  const auto large = memory.take(1000);
  EXPECT_TRUE(large);
  EXPECT_FALSE(memory.take(1));
}

}  // namespace
}  // namespace octavo::engine
