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

class NoObservers final : public keyspace::Observers {
  void add_listener(keyspace::KeyspaceObserver&) override {}
  void remove_listener(keyspace::KeyspaceObserver&) override {}
  void add_listener_locked(keyspace::KeyspaceObserver&) override {}
  void remove_listener_locked(keyspace::KeyspaceObserver&) override {}
};

TEST(ClusterTest, MastersShareAllSlots) {
  for (const unsigned masters : {1U, kMasters}) {
    keyspace::Keyspace keyspace;
    NoObservers observers;
    const Cluster cluster("data", masters, keyspace, observers);
    unsigned next = 0;
    for (unsigned master = 0; master < cluster.masters(); ++master) {
      const SlotRange range = cluster.slots_of_master(master);
      EXPECT_EQ(range.first, next);
      EXPECT_EQ(cluster.master_of_slot(range.first), master);
      EXPECT_EQ(cluster.master_of_slot(range.last), master);
      next = range.last + 1;
    }
    EXPECT_EQ(next, kSlots);
    EXPECT_EQ(cluster.nodes(), masters == 1 ? 1 : kClusterNodes);
  }
}

}  // namespace
}  // namespace octavo::redis
