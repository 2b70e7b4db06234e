#include "keyspace/workspace.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "keyspace/command_table.h"
#include "keyspace/testing/test_session.h"

namespace octavo::keyspace {
namespace {

using Words = std::vector<std::string>;

constexpr std::int64_t kNowNs = 1'700'000'000'000'000'000;
constexpr std::int64_t kSecondNs = 1'000'000'000;
constexpr std::size_t kPlenty = std::size_t{1} << 30;

class WorkspaceTest : public testing::Test {
 protected:
  std::string live(const Words& words, std::int64_t now_ns = kNowNs) {
    return session_.run(words, now_ns);
  }
  void begin(std::int64_t now_ns = kNowNs) { workspace_.begin({now_ns, ++seed_}, kPlenty); }
  std::string run(const Words& words) {
    const std::vector<std::string_view> args(words.begin(), words.end());
    std::string out;
    Reply reply(out);
    workspace_.call(*keyspace_commands().find(args[0]), 0, args, reply, {});
    return out;
  }
  // Applies what was changed, on both sides. False: what was seen has changed.
  bool commit(std::int64_t now_ns = kNowNs + kSecondNs) {
    const Bytes op = workspace_.effects();
    workspace_.end();
    std::string replies;
    LocalBatch batch(replies);
    batch.use_effects(op);
    std::vector<std::string> logged;
    batch.encode_ops([&](BytesView bytes) { logged.emplace_back(bytes); });
    EXPECT_EQ(logged, std::vector<std::string>{op});
    keyspace().apply_local(batch, now_ns, 77);
    bool executed = false;
    EXPECT_TRUE(session_.replica().apply_logged(op, now_ns, 77, 0, &executed));
    EXPECT_EQ(executed, !batch.outdated());
    EXPECT_EQ(session_.compare(), "");
    return !batch.outdated();
  }
  Keyspace& keyspace() { return session_.keyspace(); }

  Words many(const std::string& command, const std::string& key, int count) {
    Words words{command, key};
    for (int i = 0; i < count; ++i) words.push_back("m" + std::to_string(i));
    return words;
  }

  TestSession session_;
  Workspace workspace_{session_.keyspace()};
  std::uint64_t seed_ = 100;
};

TEST_F(WorkspaceTest, WhatWasSeenHappens) {
  live({"set", "n", "41"});
  begin();
  EXPECT_EQ(run({"incr", "n"}), ":42\r\n");
  EXPECT_EQ(run({"get", "n"}), "$2\r\n42\r\n");
  EXPECT_EQ(live({"get", "n"}), "$2\r\n41\r\n");  // nobody else sees it
  EXPECT_TRUE(workspace_.has_changes());
  EXPECT_TRUE(commit());
  EXPECT_EQ(live({"get", "n"}), "$2\r\n42\r\n");
}

TEST_F(WorkspaceTest, NothingHappensWhenAKeyHasChanged) {
  live({"set", "n", "1"});
  begin();
  EXPECT_EQ(run({"get", "other"}), "$-1\r\n");  // absent ones count as well
  EXPECT_EQ(run({"incr", "n"}), ":2\r\n");
  live({"set", "other", "x"});
  EXPECT_FALSE(commit());
  EXPECT_EQ(live({"get", "n"}), "$1\r\n1\r\n");
}

// Of a stream's groups as well, which give its key no other version.
TEST_F(WorkspaceTest, NothingIsReadTwiceByAGroup) {
  for (int entries : {4, 1500}) {  // copied, and borrowed
    live({"del", "x"});
    for (int i = 1; i <= entries; ++i) live({"xadd", "x", std::to_string(i), "f", "v"});
    live({"xgroup", "create", "x", "g", "0"});
    const Words read{"xreadgroup", "group", "g", "a", "count", "1", "streams", "x", ">"};
    begin();
    const std::string first = run(read);
    EXPECT_NE(first.find("1-0"), std::string::npos);
    EXPECT_TRUE(workspace_.still_holds());
    EXPECT_EQ(live(read), first);
    EXPECT_FALSE(commit());
    begin();
    const std::string second = run(read);
    EXPECT_NE(second.find("2-0"), std::string::npos);
    run({"xack", "x", "g", "2-0"});
    live({"xadd", "y", "1", "f", "v"});  // has nothing to do with it
    EXPECT_TRUE(commit());
    EXPECT_EQ(live({"xpending", "x", "g"}).substr(0, 8), "*4\r\n:1\r\n");
    begin();
    run({"keys", "*"});  // the whole database
    run(read);
    live({"xack", "x", "g", "1-0"});
    EXPECT_FALSE(commit());
  }
}

TEST_F(WorkspaceTest, OneTimeAndOneSeedForAllCalls) {
  live(many("sadd", "s", 500));
  begin();
  const std::string popped = run({"spop", "s", "3"});
  const std::string id = run({"xadd", "x", "*", "f", "v"});
  run({"set", "k", "v", "px", "1500"});
  EXPECT_TRUE(commit());
  EXPECT_NE(id.find("1700000000000-0"), std::string::npos);
  EXPECT_EQ(live({"xlen", "x"}), ":1\r\n");
  EXPECT_EQ(live({"scard", "s"}), ":497\r\n");
  // By the time of the script rather than of the record, a second later.
  EXPECT_EQ(live({"pexpiretime", "k"}), ":1700000001500\r\n");
}

TEST_F(WorkspaceTest, ReadsAreOfOneMoment) {
  live({"set", "a", "1"});
  live({"set", "b", "1"});
  begin();
  run({"get", "a"});
  EXPECT_TRUE(workspace_.still_holds());
  run({"get", "b"});
  EXPECT_TRUE(workspace_.still_holds());
  live({"set", "a", "2"});
  EXPECT_FALSE(workspace_.still_holds());
}

TEST_F(WorkspaceTest, LargeValuesAreBorrowedAndCopiedWhenTheyChange) {
  live(many("rpush", "l", 3000));
  live(many("sadd", "s", 3000));
  begin();
  EXPECT_EQ(run({"llen", "l"}), ":3000\r\n");
  EXPECT_FALSE(keyspace().pins().any());  // only while a call runs
  EXPECT_EQ(run({"lpush", "l", "x"}), ":3001\r\n");
  EXPECT_EQ(run({"lindex", "l", "0"}), "$1\r\nx\r\n");
  EXPECT_EQ(run({"rename", "s", "t"}), "+OK\r\n");
  EXPECT_EQ(run({"scard", "t"}), ":3000\r\n");
  EXPECT_EQ(run({"srem", "t", "m0"}), ":1\r\n");
  EXPECT_EQ(live({"llen", "l"}), ":3000\r\n");
  EXPECT_EQ(live({"scard", "s"}), ":3000\r\n");
  EXPECT_TRUE(commit());
  EXPECT_EQ(live({"llen", "l"}), ":3001\r\n");
  EXPECT_EQ(live({"scard", "t"}), ":2999\r\n");
}

TEST_F(WorkspaceTest, WhoseLargeValueChangesHasToBeginAnew) {
  live(many("rpush", "l", 3000));
  begin();
  run({"llen", "l"});
  live({"lpush", "l", "x"});
  run({"llen", "l"});
  EXPECT_TRUE(workspace_.is_broken());
  begin();
  EXPECT_EQ(run({"llen", "l"}), ":3001\r\n");
  EXPECT_EQ(run({"del", "l"}), ":1\r\n");
  EXPECT_EQ(run({"exists", "l"}), ":0\r\n");
  EXPECT_TRUE(commit());
  EXPECT_EQ(live({"exists", "l"}), ":0\r\n");
}

TEST_F(WorkspaceTest, WholeDatabases) {
  for (int i = 0; i < 3000; ++i) live({"set", "k" + std::to_string(i), "v"});
  begin();
  run({"del", "k7"});
  run({"set", "new", "v"});
  EXPECT_EQ(run({"dbsize"}), ":3000\r\n");
  EXPECT_EQ(run({"keys", "new"}), "*1\r\n$3\r\nnew\r\n");
  EXPECT_EQ(run({"keys", "k7"}), "*0\r\n");
  EXPECT_TRUE(commit());
  begin();
  EXPECT_EQ(run({"dbsize"}), ":3000\r\n");
  run({"set", "another", "v"});
  live({"set", "k8", "changed"});  // anything at all
  EXPECT_FALSE(commit());
  begin();
  EXPECT_EQ(run({"flushall"}), "+OK\r\n");
  EXPECT_EQ(run({"exists", "k9"}), ":0\r\n");
  run({"set", "left", "v"});
  live({"set", "k8", "changed again"});  // nothing was looked at
  EXPECT_TRUE(commit());
  EXPECT_EQ(live({"dbsize"}), ":1\r\n");
}

TEST_F(WorkspaceTest, SwappedDatabases) {
  live({"set", "a", "0"});
  begin();
  EXPECT_EQ(run({"swapdb", "0", "1"}), "+OK\r\n");
  EXPECT_EQ(run({"get", "a"}), "$-1\r\n");
  EXPECT_TRUE(commit());
  EXPECT_EQ(live({"get", "a"}), "$-1\r\n");
  // Others' swapping is a change, though no key has got a new version.
  begin();
  EXPECT_EQ(run({"dbsize"}), ":0\r\n");
  run({"set", "b", "1"});
  live({"swapdb", "0", "1"});
  EXPECT_FALSE(commit());
}

TEST_F(WorkspaceTest, KeysThatNoArgumentNames) {
  live({"rpush", "l", "1", "2"});
  live({"set", "w1", "5"});
  live({"set", "w2", "3"});
  begin();
  EXPECT_EQ(run({"sort", "l", "by", "w*", "store", "out"}), ":2\r\n");
  live({"set", "w2", "9"});
  EXPECT_FALSE(commit());
  begin();
  run({"sort", "l", "by", "w*", "store", "out"});
  EXPECT_TRUE(commit());
  EXPECT_EQ(live({"lrange", "out", "0", "0"}), "*1\r\n$1\r\n1\r\n");
}

TEST_F(WorkspaceTest, TheClientsOwnGuards) {
  live({"set", "w", "1"});
  const WatchGuard guard{0, "w", keyspace().version_of(0, "w", kNowNs / 1'000'000)};
  begin();
  EXPECT_TRUE(workspace_.add_guards({&guard, 1}));
  run({"set", "a", "1"});
  live({"set", "w", "2"});
  EXPECT_FALSE(commit());
  begin();
  EXPECT_FALSE(workspace_.add_guards({&guard, 1}));
}

TEST_F(WorkspaceTest, CallsThatChangeNothingAreNotKept) {
  live({"set", "a", "1"});
  begin();
  run({"del", "nothing"});
  run({"lpush", "a", "x"});  // the wrong type
  run({"setnx", "a", "2"});
  EXPECT_FALSE(workspace_.has_changes());
}

TEST_F(WorkspaceTest, WhatTakesLongNeedsTime) {
  live(many("sadd", "s", 20'000));
  workspace_.begin({kNowNs, 1}, kPlenty, false);
  EXPECT_EQ(run({"scard", "s"}), ":20000\r\n");
  EXPECT_FALSE(workspace_.lacks_time());
  run({"smembers", "s"});
  EXPECT_TRUE(workspace_.lacks_time());
  workspace_.begin({kNowNs, 1}, kPlenty, false);
  run({"srem", "s", "m1"});  // would copy it
  EXPECT_TRUE(workspace_.lacks_time());
}

}  // namespace
}  // namespace octavo::keyspace
