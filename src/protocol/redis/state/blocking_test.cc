#include "protocol/redis/state/blocking.h"

#include <gtest/gtest.h>

#include <initializer_list>
#include <string>

#include "keyspace/command_table.h"

namespace octavo::redis {
namespace {

constexpr std::int64_t kNowNs = 1'700'000'000'000'000'000;

// Whether the client was woken since it was asked last.
bool told(const BlockedClientPtr& client) {
  return client->woken.block(Nanoseconds(1)) == protocol::Woken::rung;
}

class BlockedClientsTest : public ::testing::Test {
 protected:
  // Returns whether the call blocked.
  bool run(std::initializer_list<std::string_view> args) {
    replies_.clear();
    keyspace::LocalBatch batch(replies_);
    const std::vector<std::string_view> views(args);
    batch.add(*keyspace::keyspace_commands().find(views[0]), 0, views);
    keyspace_.apply_local(batch, kNowNs, 1);
    return batch.blocked();
  }

  BlockedClientPtr wait(std::initializer_list<std::string_view> args) {
    EXPECT_TRUE(run(args));
    const std::vector<std::string_view> views(args);
    const auto& spec = *keyspace::keyspace_commands().find(views[0]);
    auto call = keyspace::blocking_call(spec, 0, views);
    auto client = std::make_shared<BlockedClient>();
    client->connection = ++last_connection_;
    client->keys = std::move(call.keys);
    client->takes = call.takes;
    blocked_.add(client);
    return client;
  }

  keyspace::Keyspace keyspace_;
  BlockedClients blocked_{keyspace_, [] { return kNowNs / 1'000'000; }};
  std::string replies_;
  std::uint64_t last_connection_ = 0;
};

TEST_F(BlockedClientsTest, TheFirstInLineIsAskedFirst) {
  const auto first = wait({"blpop", "k", "0"});
  const auto second = wait({"blpop", "k", "0"});
  run({"rpush", "k", "x"});
  EXPECT_TRUE(told(first));
  EXPECT_FALSE(told(second));
}

// Timed out, unblocked or gone in the moment of the push: the element is for the next.
TEST_F(BlockedClientsTest, WhoLeavesWithoutTryingPassesOn) {
  const auto first = wait({"blpop", "k", "0"});
  const auto second = wait({"blpop", "k", "0"});
  run({"rpush", "k", "x"});
  blocked_.remove(first);
  EXPECT_TRUE(told(second));
}

TEST_F(BlockedClientsTest, WhatIsLeftGoesToTheNext) {
  const auto first = wait({"blpop", "k", "0"});
  const auto second = wait({"blpop", "k", "0"});
  const auto third = wait({"blpop", "k", "0"});
  run({"rpush", "k", "x", "y"});
  run({"lpop", "k"});
  blocked_.remove(first);
  EXPECT_TRUE(told(second));
  run({"lpop", "k"});
  blocked_.remove(second);
  EXPECT_FALSE(told(third));
}

TEST_F(BlockedClientsTest, WhoCannotBeServedHoldsNobodyUp) {
  const auto far = wait({"xread", "block", "0", "streams", "s", "999-0"});
  const auto near = wait({"xread", "block", "0", "streams", "s", "0-0"});
  const auto list = wait({"blpop", "s", "0"});
  run({"xadd", "s", "1-1", "f", "v"});
  EXPECT_FALSE(told(far));
  EXPECT_TRUE(told(near));
  EXPECT_FALSE(told(list));  // another type counts as nothing
  run({"del", "s"});
  run({"rpush", "s", "x"});
  EXPECT_TRUE(told(list));
}

TEST_F(BlockedClientsTest, AReaderTakesNothingFromThoseBehind) {
  const auto reader = wait({"xread", "block", "0", "streams", "s", "0-0"});
  const auto other = wait({"xread", "block", "0", "streams", "s", "0-0"});
  run({"xadd", "s", "1-1", "f", "v"});
  EXPECT_TRUE(told(reader));
  EXPECT_TRUE(told(other));
}

TEST_F(BlockedClientsTest, TheKeyThatWasReadyFirstIsTried) {
  const auto client = wait({"blpop", "a", "b", "0"});
  run({"rpush", "b", "x"});
  run({"rpush", "a", "x"});
  ASSERT_TRUE(blocked_.ready_key(*client));
  EXPECT_EQ(client->keys[*blocked_.ready_key(*client)].key, "b");
  blocked_.tried(client);  // as if somebody had been quicker: looked at again
  EXPECT_EQ(client->keys[*blocked_.ready_key(*client)].key, "a");
}

TEST_F(BlockedClientsTest, ASwapOfDatabasesBringsKeys) {
  replies_.clear();
  keyspace::LocalBatch batch(replies_);
  const std::string_view push[] = {"rpush", "k", "x"};
  batch.add(*keyspace::keyspace_commands().find("rpush"), 1, push);
  keyspace_.apply_local(batch, kNowNs, 1);
  const auto client = wait({"blpop", "k", "0"});
  run({"swapdb", "0", "1"});
  EXPECT_TRUE(told(client));
}

TEST_F(BlockedClientsTest, GroupsThatGoEndTheirWaits) {
  const auto wait_in_group = [&] {
    run({"xgroup", "create", "s", "g", "$", "mkstream"});
    return wait({"xreadgroup", "group", "g", "c", "block", "0", "streams", "s", ">"});
  };
  auto client = wait_in_group();
  run({"xgroup", "destroy", "s", "g"});
  EXPECT_EQ(blocked_.end_of(*client), WaitEnd::group_gone);
  blocked_.remove(client);
  const std::vector<std::vector<std::string_view>> endings = {
      {"del", "s"},         {"set", "s", "v"}, {"set", "s", "v", "keepttl"},
      {"rename", "s", "t"}, {"flushall"},      {"swapdb", "0", "3"}};
  for (const auto& ending : endings) {
    run({"flushall"});
    client = wait_in_group();
    keyspace::LocalBatch batch(replies_);
    batch.add(*keyspace::keyspace_commands().find(ending[0]), 0, ending);
    keyspace_.apply_local(batch, kNowNs, 1);
    EXPECT_EQ(blocked_.end_of(*client), WaitEnd::key_gone) << ending[0];
    EXPECT_TRUE(told(client)) << ending[0];
    blocked_.remove(client);
  }
}

TEST_F(BlockedClientsTest, AGroupMayBeNamedLikeAnOption) {
  run({"xgroup", "create", "s", "block", "$", "mkstream"});
  const auto client =
      wait({"xreadgroup", "group", "block", "streams", "block", "0", "streams", "s", ">"});
  ASSERT_EQ(client->keys.size(), 1U);
  EXPECT_EQ(client->keys[0].key, "s");
  EXPECT_EQ(client->keys[0].group, "block");
  run({"xadd", "s", "1-1", "f", "v"});
  EXPECT_TRUE(told(client));
}

std::vector<std::string> narrowed(std::initializer_list<std::string_view> args,
                                  std::string_view key) {
  const std::vector<std::string_view> views(args);
  return keyspace::arguments_for_key(*keyspace::keyspace_commands().find(views[0]), views, key);
}

TEST(ArgumentsForKeyTest, OneKeyOfMany) {
  using Words = std::vector<std::string>;
  EXPECT_EQ(narrowed({"blpop", "a", "b", "c", "0"}, "b"), (Words{"blpop", "b", "0"}));
  EXPECT_EQ(narrowed({"blmpop", "0", "2", "a", "b", "left", "count", "3"}, "b"),
            (Words{"blmpop", "0", "1", "b", "left", "count", "3"}));
  EXPECT_EQ(narrowed({"bzmpop", "0", "2", "a", "b", "min"}, "a"),
            (Words{"bzmpop", "0", "1", "a", "min"}));
  EXPECT_EQ(narrowed({"blmove", "a", "b", "left", "left", "0"}, "a"),
            (Words{"blmove", "a", "b", "left", "left", "0"}));
  EXPECT_EQ(narrowed({"xread", "block", "0", "streams", "a", "b", "1-1", "2-2"}, "b"),
            (Words{"xread", "block", "0", "streams", "b", "2-2"}));
}

}  // namespace
}  // namespace octavo::redis
