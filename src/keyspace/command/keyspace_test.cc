#include "keyspace/keyspace.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "keyspace/command_table.h"
#include "keyspace/testing/test_session.h"

namespace octavo::keyspace {
namespace {

constexpr std::int64_t kSecondNs = 1'000'000'000;
constexpr std::int64_t kNowNs = 1'700'000'000 * kSecondNs;
constexpr std::int64_t kNowMs = kNowNs / 1'000'000;

std::uint64_t version(Keyspace& keyspace, std::string_view key, std::int64_t now_ms = kNowMs) {
  const auto lock = keyspace.lock();
  return keyspace.version_of(0, key, now_ms);
}

TEST(KeyspaceTest, ExpiredKeysAreAbsentBeforeTheyAreRemoved) {
  TestSession session;
  session.run({"set", "k", "v", "px", "1500"}, kNowNs);
  EXPECT_EQ(session.run({"get", "k"}, kNowNs + kSecondNs), "$1\r\nv\r\n");
  EXPECT_EQ(session.run({"get", "k"}, kNowNs + 2 * kSecondNs), "$-1\r\n");
  EXPECT_EQ(session.keyspace().database(0).size(), 1U);
  {
    const auto lock = session.keyspace().lock();
    EXPECT_TRUE(session.keyspace().due_keys(kNowMs + 1'499, 10).empty());
    const auto due = session.keyspace().due_keys(kNowMs + 1'500, 10);
    ASSERT_EQ(due.size(), 1U);
    EXPECT_EQ(due[0].key, "k");
  }
  session.run({"octavo.expire", "k"}, kNowNs + 2 * kSecondNs);
  EXPECT_EQ(session.keyspace().database(0).size(), 0U);
  EXPECT_EQ(session.keyspace().stats().expired_keys, 1U);
}

TEST(KeyspaceTest, VersionsTellEveryChange) {
  TestSession session;
  Keyspace& keyspace = session.keyspace();
  const std::uint64_t absent = version(keyspace, "k");
  session.run({"set", "k", "v"}, kNowNs);
  const std::uint64_t first = version(keyspace, "k");
  EXPECT_NE(first, absent);
  session.run({"get", "k"}, kNowNs);
  EXPECT_EQ(version(keyspace, "k"), first);
  session.run({"append", "k", "w"}, kNowNs);
  EXPECT_NE(version(keyspace, "k"), first);
  // Gone again: not what it was when it had never been there.
  session.run({"del", "k"}, kNowNs);
  EXPECT_NE(version(keyspace, "k"), absent);
}

TEST(KeyspaceTest, AWatchedKeyThatChangedStopsTheTransaction) {
  TestSession session;
  session.run({"set", "k", "1"}, kNowNs);
  session.run({"watch", "k"}, kNowNs);
  session.run({"multi"}, kNowNs);
  session.run({"incr", "k"}, kNowNs);
  EXPECT_EQ(session.run({"exec"}, kNowNs), "*1\r\n:2\r\n");
  session.run({"watch", "k"}, kNowNs);
  session.run({"incr", "k"}, kNowNs);
  session.run({"multi"}, kNowNs);
  session.run({"incr", "k"}, kNowNs);
  EXPECT_EQ(session.run({"exec"}, kNowNs), "*-1\r\n");
  EXPECT_EQ(session.run({"get", "k"}, kNowNs), "$1\r\n3\r\n");
  EXPECT_EQ(session.compare(), "");
}

TEST(KeyspaceTest, MemoryIsCountedAndGivenBack) {
  TestSession session;
  Keyspace& keyspace = session.keyspace();
  session.run({"set", "warm", "up"}, kNowNs);
  const std::int64_t before = keyspace.used_bytes();
  session.run({"set", "big", std::string(1'000'000, 'x')}, kNowNs);
  EXPECT_GE(keyspace.used_bytes(), before + 1'000'000);
  for (int i = 0; i < 1'000; ++i) {
    session.run({"zadd", "z", std::to_string(i), "member" + std::to_string(i)}, kNowNs);
  }
  EXPECT_GE(keyspace.database(0).memory_bytes(), before + 1'016'000);
  session.run({"unlink", "big", "z"}, kNowNs);
  EXPECT_LT(keyspace.used_bytes(), before + 1'000);
}

TEST(KeyspaceTest, WaitersHearOfTheirKeysOnly) {
  TestSession session;
  Keyspace& keyspace = session.keyspace();
  {
    const auto lock = keyspace.lock();
    keyspace.add_waiter(0, "queue");
  }
  session.run({"rpush", "other", "x"}, kNowNs);
  EXPECT_TRUE(keyspace.take_ready_keys().empty());
  session.run({"rpush", "queue", "x"}, kNowNs);
  const auto ready = keyspace.take_ready_keys();
  ASSERT_EQ(ready.size(), 1U);
  EXPECT_EQ(ready[0].key, "queue");
  {
    const auto lock = keyspace.lock();
    keyspace.remove_waiter(0, "queue");
  }
  session.run({"rpush", "queue", "x"}, kNowNs);
  EXPECT_TRUE(keyspace.take_ready_keys().empty());
}

// XREAD's `$` means the moment of the call, not the moment of the next try.
TEST(KeyspaceTest, ABlockedReadRemembersWhereItBegan) {
  Keyspace keyspace;
  std::string out;
  const auto run = [&](std::vector<std::string_view> args) {
    LocalBatch batch(out);
    batch.add(*keyspace_commands().find(args[0]), 0, args);
    keyspace.apply_local(batch, kNowNs, 1);
    return std::pair(batch.blocked(), batch.waiting_args());
  };
  run({"xadd", "s", "7-1", "f", "v"});
  const auto [blocked, args] = run({"xread", "block", "0", "streams", "s", "none", "$", "$"});
  ASSERT_TRUE(blocked);
  EXPECT_EQ(args[6], "7-1");
  EXPECT_EQ(args[7], "0-0");
}

// What a consumer reads again was delivered again, and a replica knows it.
TEST(KeyspaceTest, ReadingTheHistoryOfAGroupIsADelivery) {
  TestSession session;
  session.run({"xadd", "s", "1-1", "f", "v"}, kNowNs);
  session.run({"xgroup", "create", "s", "g", "0"}, kNowNs);
  session.run({"xreadgroup", "group", "g", "c", "streams", "s", ">"}, kNowNs);
  session.run({"xreadgroup", "group", "g", "c", "streams", "s", "0"}, kNowNs + 5 * kSecondNs);
  const std::string pending =
      session.run({"xpending", "s", "g", "-", "+", "9"}, kNowNs + 7 * kSecondNs);
  EXPECT_EQ(pending, "*1\r\n*4\r\n$3\r\n1-1\r\n$1\r\nc\r\n:2000\r\n:2\r\n");
  EXPECT_EQ(session.compare(), "");
}

TEST(KeyspaceTest, MomentsNearTheEndOfTimeAreRounded) {
  TestSession session;
  session.run({"set", "k", "v"}, kNowNs);
  EXPECT_EQ(session.run({"pexpireat", "k", "9223372036854775807"}, kNowNs), ":1\r\n");
  EXPECT_EQ(session.run({"expiretime", "k"}, kNowNs), ":9223372036854776\r\n");
  EXPECT_EQ(session.run({"pexpiretime", "k"}, kNowNs), ":9223372036854775807\r\n");
}

TEST(KeyspaceTest, CorruptOperationsAreRefused) {
  Keyspace keyspace;
  Bytes op;
  const std::string_view unknown[] = {"nosuch", "k"};
  encode_call(op, 0, unknown);
  const Error refused = keyspace.apply_logged(op, kNowNs, 1, 0).error();
  EXPECT_EQ(refused.code, Code::corrupt);
  EXPECT_NE(refused.what.find("`nosuch`"), std::string::npos) << refused.what;
  op.clear();
  const std::string_view read[] = {"get", "k"};
  encode_call(op, 0, read);
  EXPECT_EQ(keyspace.apply_logged(op, kNowNs, 1, 0).error().code, Code::corrupt);
  op.clear();
  const std::string_view set[] = {"set", "k", "v"};
  encode_call(op, 200, set);
  EXPECT_EQ(keyspace.apply_logged(op, kNowNs, 1, 0).error().code, Code::corrupt);
}

}  // namespace
}  // namespace octavo::keyspace
