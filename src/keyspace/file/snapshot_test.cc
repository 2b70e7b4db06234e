#include "keyspace/file/snapshot.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

#include "base/random.h"
#include "keyspace/file/snapshot_format.h"
#include "keyspace/file/value_codec.h"
#include "keyspace/testing/test_session.h"

namespace octavo::keyspace {
namespace {

constexpr std::int64_t kNowNs = 1'700'000'000'000'000'000;

std::map<std::string, std::string> contents(Keyspace& keyspace) {
  const auto lock = keyspace.lock();
  std::map<std::string, std::string> out;
  for (unsigned db = 0; db < keyspace.database_count(); ++db) {
    const KeyMap& keys = keyspace.database(db).keys();
    for (std::uint32_t i = 0; i < keys.size(); ++i) {
      std::string bytes = std::to_string(keys.at(i)->expire_at_ms()) + " ";
      encode_value(bytes, keys.at(i)->value);
      out[std::to_string(db) + " " + std::string(keys.at(i)->key())] = std::move(bytes);
    }
  }
  return out;
}

void random_command(TestSession& session, Random& random) {
  const std::string key = "k" + std::to_string(random.below(400));
  const std::string word = std::to_string(random.below(100));
  switch (random.below(10)) {
    case 8: session.run({"hset", "h" + key, word, "v"}, kNowNs); break;
    case 9: session.run({"hexpire", "h" + key, "100", "fields", "1", word}, kNowNs); break;
    case 0: session.run({"del", key}, kNowNs); break;
    case 1: session.run({"sadd", "s" + key, word}, kNowNs); break;
    case 2: session.run({"rpush", "l" + key, word}, kNowNs); break;
    case 3: session.run({"expire", key, "100"}, kNowNs); break;
    case 4: session.run({"rename", key, "k" + word}, kNowNs); break;
    case 5: session.run({"select", std::to_string(random.below(3))}, kNowNs); break;
    default: session.run({"set", key, word}, kNowNs);
  }
}

std::unique_ptr<Snapshotter> begin(Keyspace& keyspace, MemoryPool* waiting = nullptr) {
  const auto lock = keyspace.lock();
  return std::make_unique<Snapshotter>(
      keyspace, SnapshotHeader{.at = {{Lsn::of(2, LsnOrder{1234ULL << 48})}}, .time_ns = kNowNs},
      waiting);
}

TEST(SnapshotTest, HasTheLibrariesOfFunctions) {
  Keyspace keyspace;
  keyspace.set_library("one", "code");
  keyspace.set_library("two", "");
  const auto snapshotter = begin(keyspace);
  keyspace.erase_library("one");
  Bytes file;
  while (snapshotter->step(file, 256)) {
  }
  Keyspace loaded;
  SnapshotLoader loader(loaded);
  ASSERT_TRUE(loader.feed(file));
  ASSERT_TRUE(loader.finish());
  EXPECT_EQ(loaded.libraries(), (Keyspace::Libraries{{"one", "code"}, {"two", ""}}));
}

TEST(SnapshotTest, IsTheStateOfItsBeginningWhateverHappensMeanwhile) {
  Random random(8);
  for (int round = 0; round < 10; ++round) {
    TestSession session;
    for (int i = 0; i < 2'000; ++i) random_command(session, random);
    const auto before = contents(session.keyspace());
    const auto snapshotter = begin(session.keyspace());
    Bytes file;
    bool more = true;
    while (more) {
      for (int i = 0; i < 20; ++i) random_command(session, random);
      if (random.below(20) == 0) session.run({"flushdb"}, kNowNs);
      if (random.below(20) == 0) session.run({"swapdb", "0", "1"}, kNowNs);
      more = snapshotter->step(file, 256);
    }
    Keyspace loaded;
    SnapshotLoader loader(loaded);
    // In pieces that cut blocks anywhere.
    for (std::size_t at = 0; at < file.size(); at += 97) {
      ASSERT_TRUE(loader.feed(BytesView(file).substr(at, 97)));
    }
    ASSERT_TRUE(loader.finish());
    EXPECT_EQ(contents(loaded), before);
    EXPECT_EQ(loader.header().at, (LsnVector{{Lsn::of(2, LsnOrder{1234ULL << 48})}}));
  }
}

// Its last key is written, and it is not left yet: its keys may be freed now.
TEST(SnapshotTest, ADatabaseIsFlushedAfterItsLastKey) {
  TestSession session;
  for (int i = 0; i < 100; ++i) session.run({"set", "k" + std::to_string(i), "v"}, kNowNs);
  const auto before = contents(session.keyspace());
  const auto snapshotter = begin(session.keyspace());
  Bytes file;
  while (snapshotter->keys_written() < before.size()) ASSERT_TRUE(snapshotter->step(file, 1));
  session.run({"flushdb"}, kNowNs);
  while (session.keyspace().free_garbage()) {
  }
  session.run({"set", "later", "v"}, kNowNs);
  while (snapshotter->step(file, 1)) {
  }
  Keyspace loaded;
  SnapshotLoader loader(loaded);
  ASSERT_TRUE(loader.feed(file));
  ASSERT_TRUE(loader.finish());
  EXPECT_EQ(contents(loaded), before);
}

// Keys that change while the disk is busy pile up as they were: that is counted, and written by and
// by.
TEST(SnapshotTest, WhatWaitsToBeWrittenIsCounted) {
  constexpr std::size_t kTarget = 64 * 1024;
  constexpr std::size_t kBlock = 256 * 1024;
  MemoryPool waiting("The pool", 1 << 30);
  TestSession session;
  const std::string value(10'000, 'v');
  for (int i = 0; i < 1'000; ++i) session.run({"set", "k" + std::to_string(i), value}, kNowNs);
  const auto before = contents(session.keyspace());
  const auto change_all = [&] {
    for (int i = 0; i < 1'000; ++i) session.run({"set", "k" + std::to_string(i), "new"}, kNowNs);
  };
  Bytes file;
  {
    auto snapshotter = begin(session.keyspace(), &waiting);
    ASSERT_TRUE(snapshotter->step(file, kTarget));
    change_all();
    std::size_t held = waiting.used();
    EXPECT_GT(held, 9'000'000U);
    for (bool more = true; more;) {
      const std::size_t size = file.size();
      more = snapshotter->step(file, kTarget);
      EXPECT_LT(file.size() - size, kTarget + 2 * kBlock);
      EXPECT_LE(waiting.used(), held);
      held = waiting.used();
    }
    EXPECT_EQ(held, 0U);
  }
  Keyspace loaded;
  SnapshotLoader loader(loaded);
  ASSERT_TRUE(loader.feed(file));
  ASSERT_TRUE(loader.finish());
  EXPECT_EQ(contents(loaded), before);
  for (int i = 0; i < 1'000; ++i) session.run({"append", "k" + std::to_string(i), value}, kNowNs);
  {
    const auto given_up = begin(session.keyspace(), &waiting);
    change_all();
    EXPECT_GT(waiting.used(), 9'000'000U);
  }
  EXPECT_EQ(waiting.used(), 0U);
}

TEST(SnapshotTest, LargeValuesAreWrittenWithoutTheMutex) {
  TestSession session;
  std::vector<std::string> words{"sadd", "large"};
  for (int i = 0; i < 5000; ++i) words.push_back("m" + std::to_string(i));
  session.run(words, kNowNs);
  words[0] = "rpush";
  words[1] = "list";
  session.run(words, kNowNs);
  session.run({"set", "small", "v"}, kNowNs);
  const auto before = contents(session.keyspace());
  const auto snapshotter = begin(session.keyspace());
  Bytes file;
  bool more = true;
  while (more) {
    more = snapshotter->step(file, 1);
    // One of them has been written by now, or is written here, first.
    session.run({"sadd", "large", "new"}, kNowNs);
    session.run({"lpop", "list"}, kNowNs);
  }
  EXPECT_FALSE(session.keyspace().pins().any());
  Keyspace loaded;
  SnapshotLoader loader(loaded);
  ASSERT_TRUE(loader.feed(file));
  ASSERT_TRUE(loader.finish());
  EXPECT_EQ(contents(loaded), before);
}

TEST(SnapshotTest, WhatANewerVersionWroteIsNotTakenForDamage) {
  Bytes file(kSnapshotMagic);
  Bytes newer_format = file;
  newer_format.back() = '7';
  Keyspace keyspace;
  SnapshotLoader of_format(keyspace);
  EXPECT_EQ(of_format.feed(newer_format).error().code, Code::unsupported);
  put_snapshot_block(file, static_cast<SnapshotBlock>(9), "");
  SnapshotLoader of_block(keyspace);
  const Error refused = of_block.feed(file).error();
  EXPECT_EQ(refused.code, Code::unsupported);
  EXPECT_NE(refused.what.find("block of kind 9"), std::string::npos) << refused.what;
}

TEST(SnapshotTest, EveryFlippedBitAndEveryCutIsFound) {
  TestSession session;
  Random random(9);
  for (int i = 0; i < 40; ++i) random_command(session, random);
  const auto snapshotter = begin(session.keyspace());
  Bytes file;
  while (snapshotter->step(file, 100)) {
  }
  const auto loads = [](BytesView bytes) {
    Keyspace keyspace;
    SnapshotLoader loader(keyspace);
    return loader.feed(bytes).has_value() && loader.finish().has_value();
  };
  ASSERT_TRUE(loads(file));
  for (std::size_t i = 0; i < file.size(); ++i) {
    Bytes damaged = file;
    damaged[i] = static_cast<char>(damaged[i] ^ (1 << (i % 8)));
    EXPECT_FALSE(loads(damaged)) << i;
    EXPECT_FALSE(loads(BytesView(file).substr(0, i))) << i;
  }
}

}  // namespace
}  // namespace octavo::keyspace
