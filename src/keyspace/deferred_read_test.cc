#include "keyspace/deferred_read.h"

#include <gtest/gtest.h>

#include <atomic>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "keyspace/command_table.h"
#include "keyspace/context.h"
#include "keyspace/keyspace.h"
#include "keyspace/type/set_value.h"
#include "keyspace/write_turn.h"

namespace octavo::keyspace {
namespace {

constexpr std::int64_t kNowNs = 1'700'000'000'000'000'000;
constexpr int kMembers = 1000;

class DeferredReadTest : public testing::Test {
 protected:
  DeferredReadTest() {
    std::vector<std::string> words{"sadd", "large"};
    for (int i = 0; i < kMembers; ++i) words.push_back("m" + std::to_string(i));
    run(words);
  }

  std::string run(const std::vector<std::string>& words) {
    std::string out;
    LocalBatch batch(out);
    add(batch, words);
    keyspace_.apply_local(batch, kNowNs, 1);
    return out;
  }
  // The bytes of `words` must stay until the batch was applied.
  static void add(LocalBatch& batch, const std::vector<std::string>& words) {
    const std::vector<std::string_view> args(words.begin(), words.end());
    batch.add(*keyspace_commands().find(args[0]), 0, args);
  }

  const void* container() {
    const auto lock = keyspace_.lock();
    return keyspace_.database(0).find("large")->value.container();
  }
  const void* pin() {
    const void* const pinned = container();
    const auto lock = keyspace_.lock();
    keyspace_.pins().pin(pinned);
    return pinned;
  }
  void unpin(const void* pinned) { keyspace_.pins().unpin({&pinned, 1}); }

  Keyspace keyspace_;
};

TEST_F(DeferredReadTest, BatchStopsInFrontOfALongReadAndGoesOnAfterIt) {
  const std::vector<std::string> first{"scard", "large"};
  const std::vector<std::string> second{"smembers", "large"};
  const std::vector<std::string> third{"exists", "large"};
  std::string out;
  LocalBatch batch(out);
  batch.set_defer_above(kMembers - 1);
  for (const auto* words : {&first, &second, &third}) add(batch, *words);
  keyspace_.apply_local(batch, kNowNs, 1);
  EXPECT_EQ(out, ":1000\r\n");
  ASSERT_TRUE(batch.deferred());
  EXPECT_FALSE(batch.finished());
  run_deferred(keyspace_, batch, kNowNs, 1, CancelToken());
  EXPECT_FALSE(batch.deferred());
  keyspace_.apply_local(batch, kNowNs, 1);
  EXPECT_TRUE(batch.finished());
  EXPECT_EQ(out, ":1000\r\n" + run(second) + ":1\r\n");
  EXPECT_FALSE(keyspace_.pins().any());
}

TEST_F(DeferredReadTest, LargeStringsAreReadWhereTheyLie) {
  const std::string text(300'000, 't');
  run({"set", "text", text});
  for (const std::vector<std::string>& words :
       std::vector<std::vector<std::string>>{{"get", "text"},
                                             {"mget", "absent", "text"},
                                             {"getrange", "text", "1", "-2"},
                                             {"bitcount", "text"},
                                             {"bitpos", "text", "0", "1"},
                                             {"dump", "text"}}) {
    std::string out;
    LocalBatch batch(out);
    batch.set_defer_above(100);
    add(batch, words);
    keyspace_.apply_local(batch, kNowNs, 1);
    ASSERT_TRUE(batch.deferred()) << words[0];
    EXPECT_EQ(out, "");
    run_deferred(keyspace_, batch, kNowNs, 1, CancelToken());
    EXPECT_EQ(out, run(words)) << words[0];
    EXPECT_FALSE(keyspace_.pins().any());
  }
}

TEST_F(DeferredReadTest, WhoeverChangesALargeStringWaitsAndWhoeverReplacesItDoesNot) {
  run({"set", "text", std::string(300'000, 't')});
  const void* pinned = nullptr;
  {
    const auto lock = keyspace_.lock();
    const KeyEntry* entry = keyspace_.database(0).find("text");
    pinned = entry->value.container();
    ASSERT_NE(pinned, nullptr);
    keyspace_.pins().pin(pinned);
  }
  std::atomic<bool> appended = false;
  std::thread writer([&] {
    run({"append", "text", "more"});
    appended = true;
  });
  std::this_thread::yield();
  EXPECT_FALSE(appended);
  unpin(pinned);
  writer.join();
  EXPECT_EQ(run({"strlen", "text"}), ":300004\r\n");
  {
    const auto lock = keyspace_.lock();
    pinned = keyspace_.database(0).find("text")->value.container();
    keyspace_.pins().pin(pinned);
  }
  run({"del", "text"});  // leaves the bytes to the garbage
  EXPECT_EQ(run({"exists", "text"}), ":0\r\n");
  unpin(pinned);
}

TEST_F(DeferredReadTest, BatchThatWritesRunsAsAWhole) {
  const std::vector<std::string> write{"set", "k", "v"};
  const std::vector<std::string> read{"smembers", "large"};
  std::string out;
  LocalBatch batch(out);
  batch.set_defer_above(1);
  add(batch, write);
  add(batch, read);
  keyspace_.apply_local(batch, kNowNs, 1);
  EXPECT_TRUE(batch.finished());
  EXPECT_EQ(out, "+OK\r\n" + run(read));
}

TEST_F(DeferredReadTest, SortWithoutStoreIsARead) {
  const std::vector<std::string> sort{"sort", "large", "alpha", "limit", "0", "1"};
  std::string out;
  LocalBatch batch(out);
  add(batch, sort);
  EXPECT_FALSE(batch.has_writes());
  const std::vector<std::string> store{"sort", "large", "alpha", "store", "to"};
  add(batch, store);
  EXPECT_TRUE(batch.has_writes());
}

TEST_F(DeferredReadTest, LoopsEndWhenNobodyWantsTheResult) {
  std::vector<std::string> set{"sadd", "many"};
  std::vector<std::string> zset{"zadd", "zset"};
  std::vector<std::string> hash{"hset", "hash"};
  std::vector<std::string> list{"rpush", "list"};
  for (int i = 0; i < 20 * kMembers; ++i) {
    const std::string element = "element" + std::to_string(i);
    set.push_back(element);
    list.push_back(element);
    for (auto* pairs : {&zset, &hash}) {
      pairs->push_back(std::to_string(i));
      pairs->push_back(element);
    }
  }
  for (const auto* words : {&set, &zset, &hash, &list}) run(*words);
  CancelSource cancelled;
  cancelled.cancel();
  const CancelToken token = cancelled.token();
  using Words = std::vector<std::string>;
  for (const Words& words : {Words{"smembers", "many"},
                             {"sunion", "many", "large"},
                             {"sinter", "many", "many"},
                             {"sdiff", "many", "large"},
                             {"srandmember", "many", "-20000"},
                             {"zrange", "zset", "0", "-1"},
                             {"zunion", "2", "zset", "many"},
                             {"zinter", "2", "zset", "zset"},
                             {"zdiff", "2", "zset", "large"},
                             {"zrandmember", "zset", "-20000"},
                             {"hgetall", "hash"},
                             {"hvals", "hash"},
                             {"hrandfield", "hash", "-20000"},
                             {"lrange", "list", "0", "-1"},
                             {"sort_ro", "list", "alpha"}}) {
    const std::vector<std::string_view> args(words.begin(), words.end());
    std::string whole;
    std::string cut;
    const auto lock = keyspace_.lock();
    for (std::string* out : {&whole, &cut}) {
      CommandContext context(keyspace_, 0, kNowNs, 1);
      if (out == &cut) context.set_token(&token);
      Reply reply(*out);
      keyspace_commands().find(args[0])->handler(context, args, reply);
    }
    EXPECT_LT(cut.size(), whole.size() / 2) << words[0];
  }
}

TEST_F(DeferredReadTest, WhatIsPinnedIsFreedOnlyWhenItIsFree) {
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"del", "large"}, {"set", "large", "v"}, {"flushall"}}) {
    Keyspace& keyspace = keyspace_;
    if (run({"scard", "large"}) != ":1000\r\n") {
      run({"del", "large"});
      run({"sunionstore", "large", "copy"});
    }
    run({"copy", "large", "copy"});
    const void* const pinned = pin();
    run(words);
    while (keyspace.free_garbage()) {
    }
    EXPECT_TRUE(static_cast<const SetValue*>(pinned)->contains("m7")) << words[0];
    unpin(pinned);
    const std::int64_t before = keyspace.used_bytes();
    while (keyspace.free_garbage()) {
    }
    EXPECT_LT(keyspace.used_bytes(), before) << words[0];
  }
}

TEST_F(DeferredReadTest, WriterHasItsTurnBeforeTheNextReader) {
  const void* const pinned = pin();
  const std::vector<std::string> write{"sadd", "large", "new"};
  std::string out;
  LocalBatch batch(out);
  add(batch, write);
  std::optional<WriteTurn> turn(std::in_place, keyspace_, batch);
  EXPECT_FALSE(turn->has_come());
  std::string members;
  LocalBatch reader_batch(members);
  const std::vector<std::string> read{"smembers", "large"};
  add(reader_batch, read);
  reader_batch.set_defer_above(1);
  keyspace_.apply_local(reader_batch, kNowNs, 1);
  std::thread reader([&] { run_deferred(keyspace_, reader_batch, kNowNs, 1, CancelToken()); });
  unpin(pinned);
  EXPECT_TRUE(turn->has_come());
  keyspace_.apply_local(batch, kNowNs, 1);
  turn.reset();
  reader.join();
  EXPECT_TRUE(members.starts_with("*1001\r\n")) << members.substr(0, 20);
}

TEST_F(DeferredReadTest, RenamedValueStaysPinnedAndItsWriterWaits) {
  const void* const pinned = pin();
  run({"rename", "large", "other"});
  std::atomic<bool> free = false;
  std::atomic<bool> wrote_early = false;
  std::thread writer([&] {
    EXPECT_EQ(run({"sadd", "other", "new"}), ":1\r\n");
    wrote_early = !free.load();
  });
  for (int i = 0; i < 1000; ++i) std::this_thread::yield();
  EXPECT_FALSE(static_cast<const SetValue*>(pinned)->contains("new"));
  free = true;
  unpin(pinned);
  writer.join();
  EXPECT_FALSE(wrote_early);
}

}  // namespace
}  // namespace octavo::keyspace
