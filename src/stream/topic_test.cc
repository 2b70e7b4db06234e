#include "stream/topic.h"

#include <gtest/gtest.h>

#include "stream/hub.h"

namespace octavo::stream {
namespace {

ChangeSetPtr set_at(std::uint64_t offset, std::size_t changes = 1) {
  auto set = std::make_shared<ChangeSet>();
  set->lsn.offset = offset;
  set->changes.resize(changes);
  return set;
}

TEST(Topic, EachListenerWalksAtItsOwnPace) {
  Topic topic;
  auto early = topic.end();
  topic.publish(set_at(1));
  auto late = topic.end();
  topic.publish(set_at(2, 3));
  EXPECT_EQ(topic.backlog(early), 4U);
  EXPECT_EQ(topic.backlog(late), 3U);
  EXPECT_EQ(topic.next(early)->lsn.offset, 1U);
  EXPECT_EQ(topic.next(early)->lsn.offset, 2U);
  EXPECT_EQ(topic.next(early), nullptr);
  EXPECT_EQ(topic.next(late)->lsn.offset, 2U);
  EXPECT_EQ(topic.backlog(early), 0U);
}

TEST(Topic, AWaiterIsWokenOnceByTheNextChange) {
  Topic topic;
  const auto position = topic.end();
  int woken = 0;
  topic.wait(position, [&] { ++woken; });
  EXPECT_EQ(woken, 0);
  topic.publish(set_at(1));
  topic.publish(set_at(2));
  EXPECT_EQ(woken, 1);
  topic.wait(position, [&] { ++woken; });
  EXPECT_EQ(woken, 2) << "there was something to read already";
}

TEST(Topic, ClosingWakesAndSaysWhy) {
  Topic topic;
  bool woken = false;
  topic.wait(topic.end(), [&] { woken = true; });
  topic.close({Code::not_found, "dropped"});
  EXPECT_TRUE(woken);
  EXPECT_EQ(topic.closed()->what, "dropped");
}

TEST(Topic, ALongChainIsFreedWithoutDeepRecursion) {
  Topic topic;
  {
    const auto slow = topic.end();
    for (std::uint64_t i = 0; i < 500'000; ++i) topic.publish(set_at(i));
    EXPECT_EQ(topic.backlog(slow), 500'000U);
  }
  SUCCEED();
}

TEST(Hub, ATopicLivesAsLongAsSomebodyListens) {
  Hub hub;
  EXPECT_EQ(hub.find(TableId{7}), nullptr);
  auto topic = hub.topic(TableId{7});
  EXPECT_EQ(hub.find(TableId{7}), topic);
  EXPECT_EQ(hub.find(TableId{8}), nullptr);
  EXPECT_FALSE(hub.idle());
  topic.reset();
  EXPECT_TRUE(hub.idle());
  EXPECT_EQ(hub.find(TableId{7}), nullptr);
}

}  // namespace
}  // namespace octavo::stream
