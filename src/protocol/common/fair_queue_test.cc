#include "protocol/common/fair_queue.h"

#include <gtest/gtest.h>

#include <vector>

namespace octavo::protocol {
namespace {

std::vector<int> drain(FairQueue<int>& queue) {
  std::vector<int> out;
  while (!queue.empty()) out.push_back(queue.pop());
  return out;
}

TEST(FairQueue, OwnersTakeTurns) {
  FairQueue<int> queue;
  for (int i = 0; i < 4; ++i) queue.push("much", i);
  queue.push("a little", 10);
  queue.push("some", 20);
  queue.push("some", 21);
  EXPECT_EQ(drain(queue), (std::vector<int>{10, 0, 20, 1, 21, 2, 3}));
}

TEST(FairQueue, WhoComesLaterWaitsForOneOfEachOther) {
  FairQueue<int> queue;
  for (int i = 0; i < 1000; ++i) queue.push("much", i);
  EXPECT_EQ(queue.pop(), 0);
  queue.push("late", -1);
  EXPECT_TRUE(queue.pop() == -1 || queue.pop() == -1);
  EXPECT_FALSE(queue.empty());
}

}  // namespace
}  // namespace octavo::protocol
