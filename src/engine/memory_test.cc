// How memory is shared out, and who gets some of it.

#include <gtest/gtest.h>

#include "engine/memory_shares.h"
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
