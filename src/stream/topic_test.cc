#include "stream/topic.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "stream/hub.h"

namespace octavo::stream {
namespace {

constexpr std::uint64_t kNoLimit = 1'000'000'000;

algebra::ChangeSetPtr set_at(std::uint64_t offset, std::size_t changes = 1, std::size_t bytes = 0) {
  auto set = std::make_shared<algebra::ChangeSet>();
  set->lsn = Lsn::of(0, LsnOrder{offset});
  set->changes.resize(changes);
  for (std::uint32_t i = 0; i < changes; ++i) set->changes[i].index = i;
  set->bytes = bytes;
  return set;
}

// The offset of the next set, 0 at the end.
std::uint64_t next(Topic::Reader& reader) {
  std::size_t first = 0;
  const algebra::ChangeSetPtr set = reader.next(first);
  return set == nullptr ? 0 : raw(set->lsn.order());
}

TEST(Topic, EachListenerWalksAtItsOwnPace) {
  const auto topic = std::make_shared<Topic>();
  Topic::Reader early(topic, kNoLimit);
  topic->publish(set_at(1));
  Topic::Reader late(topic, kNoLimit);
  topic->publish(set_at(2, 3));
  EXPECT_EQ(early.backlog(), 4U);
  EXPECT_EQ(late.backlog(), 3U);
  EXPECT_EQ(next(early), 1U);
  EXPECT_EQ(next(early), 2U);
  EXPECT_EQ(next(early), 0U);
  EXPECT_EQ(next(late), 2U);
  EXPECT_EQ(early.backlog(), 0U);
}

TEST(Topic, AWaiterIsWokenOnceByTheNextChange) {
  const auto topic = std::make_shared<Topic>();
  Topic::Reader reader(topic, kNoLimit);
  int woken = 0;
  reader.wait([&] { ++woken; });
  EXPECT_EQ(woken, 0);
  topic->publish(set_at(1));
  topic->publish(set_at(2));
  EXPECT_EQ(woken, 1);
  reader.wait([&] { ++woken; });
  EXPECT_EQ(woken, 2) << "there was something to read already";
}

TEST(Topic, ALaterWaitTakesThePlaceOfAnEarlierOne) {
  const auto topic = std::make_shared<Topic>();
  Topic::Reader reader(topic, kNoLimit);
  const auto held = std::make_shared<int>(0);
  for (int i = 0; i < 100; ++i) reader.wait([held] { ++*held; });
  EXPECT_EQ(held.use_count(), 2) << "of all that waited, one waits";
  topic->publish(set_at(1));
  EXPECT_EQ(*held, 1);
  EXPECT_EQ(held.use_count(), 1);
}

TEST(Topic, AReaderThatGoesIsWokenNoMore) {
  const auto topic = std::make_shared<Topic>();
  std::vector<int> woken(3);
  std::vector<std::unique_ptr<Topic::Reader>> readers;
  for (int& mine : woken) {
    readers.push_back(std::make_unique<Topic::Reader>(topic, kNoLimit));
    readers.back()->wait([&mine] { ++mine; });
  }
  readers.front().reset();
  topic->publish(set_at(1));
  EXPECT_EQ(woken, (std::vector<int>{0, 1, 1}));
}

TEST(Topic, AllListenersAreWokenWithoutNews) {
  Hub hub;
  const auto topic = hub.topic(TableId{7});
  Topic::Reader reader(topic, kNoLimit);
  int woken = 0;
  reader.wait([&] { ++woken; });
  hub.wake(TableId{8});
  EXPECT_EQ(woken, 0);
  hub.wake(TableId{7});
  EXPECT_EQ(woken, 1);
  hub.wake_all();
  EXPECT_EQ(woken, 1) << "it did not wait";
  reader.wait([&] { ++woken; });
  hub.wake_all();
  EXPECT_EQ(woken, 2);
  EXPECT_EQ(next(reader), 0U);
}

TEST(Topic, ClosingWakesAndSaysWhy) {
  const auto topic = std::make_shared<Topic>();
  Topic::Reader reader(topic, kNoLimit);
  bool woken = false;
  reader.wait([&] { woken = true; });
  topic->close({Code::not_found, "dropped"});
  EXPECT_TRUE(woken);
  EXPECT_EQ(topic->closed()->what, "dropped");
}

TEST(Topic, ALongChainIsFreedWithoutDeepRecursion) {
  const auto topic = std::make_shared<Topic>();
  {
    Topic::Reader slow(topic, kNoLimit);
    for (std::uint64_t i = 0; i < 500'000; ++i) topic->publish(set_at(i));
    EXPECT_EQ(slow.backlog(), 500'000U);
  }
  SUCCEED();
}

// RethinkDB: 25 inserts with a queue of 10 skip 22 and keep 3.
TEST(Topic, AQueueOverItsLimitIsEmptied) {
  const auto topic = std::make_shared<Topic>();
  Topic::Reader reader(topic, 10);
  for (std::uint64_t i = 1; i <= 10; ++i) topic->publish(set_at(i));
  EXPECT_FALSE(reader.take_dropped());
  for (std::uint64_t i = 11; i <= 25; ++i) topic->publish(set_at(i));
  const auto dropped = reader.take_dropped();
  ASSERT_TRUE(dropped);
  EXPECT_EQ(dropped->changes, 22U);
  EXPECT_EQ(raw(dropped->lsn.order()), 22U);
  EXPECT_EQ(next(reader), 23U);
  EXPECT_FALSE(reader.take_dropped());
}

// A writer may find a reader too slow between the reader's question and its next step.
TEST(Topic, NothingIsReadPastWhatWasDroppedBeforeThatIsTold) {
  const auto topic = std::make_shared<Topic>();
  Topic::Reader reader(topic, 10);
  EXPECT_FALSE(reader.take_dropped());
  std::uint64_t published = 0;
  const std::weak_ptr<const algebra::ChangeSet> first = [&] {
    auto set = set_at(++published);
    topic->publish(set);
    return set;
  }();
  while (!first.expired()) topic->publish(set_at(++published));
  topic->publish(set_at(++published));
  EXPECT_EQ(next(reader), 0U);
  const auto dropped = reader.take_dropped();
  ASSERT_TRUE(dropped);
  EXPECT_EQ(next(reader), raw(dropped->lsn.order()) + 1);
}

TEST(Topic, ASetMayBeDroppedInPart) {
  const auto topic = std::make_shared<Topic>();
  Topic::Reader reader(topic, 3);
  topic->publish(set_at(1, 6));
  const auto dropped = reader.take_dropped();
  ASSERT_TRUE(dropped);
  EXPECT_EQ(dropped->changes, 4U);
  EXPECT_EQ(dropped->index, 3U);
  EXPECT_EQ(reader.backlog(), 2U);
  std::size_t first = 0;
  EXPECT_EQ(raw(reader.next(first)->lsn.order()), 1U);
  EXPECT_EQ(first, 4U);
}

TEST(Topic, AReaderThatNeverReadsHoldsNothingOld) {
  const auto topic = std::make_shared<Topic>();
  const Topic::Reader idle(topic, 100);
  std::weak_ptr<const algebra::ChangeSet> old;
  for (std::uint64_t i = 1; i <= 5000; ++i) {
    auto set = set_at(i);
    if (i == 50) old = set;
    topic->publish(std::move(set));
  }
  EXPECT_TRUE(old.expired());
}

TEST(Topic, WhatWaitsIsLimitedInBytes) {
  constexpr std::size_t kLimit = 800;
  const auto topic = std::make_shared<Topic>(kLimit);
  Topic::Reader reader(topic, kNoLimit);
  for (std::uint64_t i = 1; i <= 8; ++i) topic->publish(set_at(i, 1, kLimit / 8));
  EXPECT_FALSE(reader.take_dropped());
  for (std::uint64_t i = 9; i <= 10; ++i) topic->publish(set_at(i, 1, kLimit / 8));
  const auto dropped = reader.take_dropped();
  ASSERT_TRUE(dropped);
  EXPECT_GE(dropped->changes, 9U);
}

// Who publishes holds the sequencer role: everybody would wait.
TEST(Topic, WhatIsLeftBehindIsFreedByNobodyWhoHoldsUpOthers) {
  constexpr std::uint64_t kSets = 10'000;
  std::atomic<std::uint64_t> freed_here = 0;
  std::atomic<std::uint64_t> freed = 0;
  const auto here = std::this_thread::get_id();
  const auto counted = [&](std::uint64_t offset) {
    const algebra::ChangeSetPtr set = set_at(offset);
    return algebra::ChangeSetPtr(set.get(), [&, set](const algebra::ChangeSet*) {
      ++freed;
      if (std::this_thread::get_id() == here) ++freed_here;
    });
  };
  const auto chains = std::make_shared<Topic::Chains>();
  std::uint64_t held = 0;
  {
    const auto topic = std::make_shared<Topic>(Topic::kDefaultBacklogBytes, chains);
    Topic::Reader slow(topic, kSets / 2);
    {
      const Topic::Reader gone(topic, kNoLimit);
      for (std::uint64_t i = 1; i <= kSets; ++i) topic->publish(counted(i));
      EXPECT_EQ(freed, 0U);
    }
    held = slow.backlog();
    EXPECT_LT(held, kSets / 2);
    std::size_t first = 0;
    while (slow.take_dropped() || slow.next(first) != nullptr) {
    }
  }
  EXPECT_LE(freed_here, held + 1) << "what was read, and the last";
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
