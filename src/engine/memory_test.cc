// How memory is shared out, and who gets some of it.

#include <gtest/gtest.h>

#include "engine/process_memory.h"

namespace octavo::engine {
namespace {

TEST(MemoryShares, LeaveRoomForMoreThanOneQuery) {
  const MemoryShares shares = share_out(4 * kGiB);
  EXPECT_GE(shares.queries, 2 * shares.query);
  EXPECT_GE(shares.feeds, 2 * shares.backlog);
  // Beside as many keys as there may be.
  EXPECT_LE(shares.keyspace + shares.rows_least + shares.queries, 4 * kGiB);
}

TEST(MemoryShares, AreEnoughToWorkWithHoweverLittleThereIs) {
  const MemoryShares shares = share_out(64 * kMiB);
  EXPECT_GE(shares.query, 16 * kMiB);
  EXPECT_GE(shares.backlog, 8 * kMiB);
}

TEST(ProcessMemory, EveryPoolIsPartOfTheProcessExceptTheReserves) {
  ProcessMemory memory(64 * kMiB);
  std::size_t sum = 0;
  for (const MemoryPoolRow& row : memory_pools()) {
    MemoryPool& pool = memory.*row.pool;
    if (&pool == &memory.process) continue;
    ASSERT_TRUE(pool.reserve(kMiB)) << row.name;
    if (!row.beside_total) sum += kMiB;
    EXPECT_EQ(memory.process.used(), sum) << row.name;
  }
  EXPECT_FALSE(memory.rows.reserve(64 * kMiB));
  EXPECT_EQ(memory.queries.reserve_pool(), &memory.query_reserve);
  EXPECT_EQ(memory.feeds.reserve_pool(), &memory.query_reserve);
  EXPECT_EQ(memory.connections.reserve_pool(), &memory.connection_reserve);
  for (const MemoryPoolRow& row : memory_pools()) {
    if (row.name != "process") (memory.*row.pool).release(kMiB);
  }
}

TEST(ProcessMemory, TablesGiveWayToKeys) {
  const ProcessMemory memory(kGiB);
  EXPECT_EQ(memory.rows_beside(0), kGiB / 2);
  EXPECT_EQ(memory.rows_beside(kGiB / 8), kGiB / 2);
  EXPECT_EQ(memory.rows_beside(kGiB / 2), kGiB / 16 * 3);
  EXPECT_EQ(memory.rows_beside(memory.shares.keyspace), memory.shares.rows_least);
  EXPECT_EQ(memory.rows_beside(2 * kGiB), memory.shares.rows_least);
}

TEST(ProcessMemory, OthersGetWhatDataLeave) {
  ProcessMemory memory(kGiB);
  memory.note({.keyspace = kGiB / 4, .rows = kMiB, .rows_limit = kGiB / 2});
  EXPECT_EQ(memory.rows.used(), kMiB);
  EXPECT_EQ(memory.rows.limit(), kGiB / 2);
  EXPECT_EQ(memory.process.used(), kGiB / 4 * 3);
  EXPECT_FALSE(memory.copies.reserve(kGiB / 4 + 1));
  EXPECT_TRUE(memory.queries.reserve(kGiB / 4));
  EXPECT_FALSE(memory.connections.reserve(1));
  memory.queries.release(kGiB / 4);
  memory.note({});
  EXPECT_EQ(memory.process.used(), 0U);
}

TEST(ProcessMemory, KeysAboveTheirShareDoNotStopTheOthers) {
  ProcessMemory memory(kGiB);
  const std::size_t least = memory.shares.rows_least;
  memory.note({.keyspace = 3 * kGiB, .rows = least, .rows_limit = least});
  EXPECT_TRUE(memory.queries.reserve(kGiB / 4));
  memory.queries.release(kGiB / 4);
  memory.note({.keyspace = kMiB, .rows = least, .rows_limit = least});
  EXPECT_EQ(memory.process.limit(), kGiB);
}

}  // namespace
}  // namespace octavo::engine
