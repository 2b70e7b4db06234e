#include "protocol/common/durable.h"

#include <gtest/gtest.h>

namespace octavo::protocol {
namespace {

TEST(Promise, IsTheNewestPositionAndTheStrongestDurability) {
  Promise promise;
  EXPECT_FALSE(promise.any());
  promise.add(Lsn::of(0, LsnOrder{20}), Durability::disk);
  promise.add(Lsn::of(0, LsnOrder{10}), Durability::memory);
  EXPECT_TRUE(promise.any());
  EXPECT_EQ(promise.lsn(), Lsn::of(0, LsnOrder{20}));
  EXPECT_EQ(promise.durability(), Durability::disk);
  promise.add(Lsn::of(0, LsnOrder{30}), Durability::memory);
  EXPECT_EQ(promise.lsn(), Lsn::of(0, LsnOrder{30}));
  EXPECT_EQ(promise.durability(), Durability::disk);
}

}  // namespace
}  // namespace octavo::protocol
