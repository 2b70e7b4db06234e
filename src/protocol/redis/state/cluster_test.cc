#include "protocol/redis/state/cluster.h"

#include <gtest/gtest.h>

namespace octavo::redis {
namespace {

TEST(ClusterTest, SlotsOfKeys) {
  EXPECT_EQ(slot_of("123456789"), 0x31C3U);
  EXPECT_EQ(slot_of("foo"), 12182U);
  EXPECT_EQ(slot_of("{user1000}.following"), slot_of("{user1000}.followers"));
  EXPECT_EQ(slot_of("foo{}{bar}"), 8363U);
  EXPECT_EQ(slot_of("foo{{bar}}zap"), 4015U);
  EXPECT_EQ(slot_of(""), 0U);
}

TEST(ClusterTest, MastersShareAllSlots) {
  unsigned next = 0;
  for (unsigned master = 0; master < kMasters; ++master) {
    const SlotRange range = slots_of_master(master);
    EXPECT_EQ(range.first, next);
    EXPECT_EQ(master_of_slot(range.first), master);
    EXPECT_EQ(master_of_slot(range.last), master);
    next = range.last + 1;
  }
  EXPECT_EQ(next, kSlots);
}

}  // namespace
}  // namespace octavo::redis
