// Redis keys as rows of the engine's tables: reads.

#include <set>
#include <thread>

#include "engine/keyspace_test_support.h"

namespace octavo::engine {
namespace {

using namespace testing_support;

class KeyspaceTables : public KeyspaceTest {};

TEST_F(KeyspaceTables, CommandsAreSeenAsRows) {
  run({{"set", "text", "hello"},
       {"rpush", "list", "a", "b"},
       {"sadd", "set", "z", "y"},
       {"zadd", "zset", "1.5", "m", "inf", "n"},
       {"hset", "hash", "k", "v"},
       {"set", "mortal", "x", "px", "1500"}});
  EXPECT_EQ(row("text"), R"({"id":"text","type":"string","value":"hello","ttl":null})");
  EXPECT_EQ(row("list"), R"({"id":"list","type":"list","value":["a","b"],"ttl":null})");
  EXPECT_EQ(row("set"), R"({"id":"set","type":"set","value":["y","z"],"ttl":null})");
  EXPECT_EQ(row("zset"), R"({"id":"zset","type":"zset","value":[{"member":"m","score":1.5},)"
                         R"({"member":"n","score":"inf"}],"ttl":null})");
  EXPECT_EQ(row("hash"), R"({"id":"hash","type":"hash","value":{"k":"v"},"ttl":null})");
  EXPECT_EQ(row("mortal"), R"({"id":"mortal","type":"string","value":"x","ttl":1.5})");
  EXPECT_EQ(row("text", kDb1), "-");
  EXPECT_EQ(engine_->estimate_count(kDb0, context_), 6U);
}

TEST_F(KeyspaceTables, ScansByRangeKeysAndOrder) {
  for (const std::string_view key : {"d", "a", "c", "e", "b"}) run({{"set", key, "1"}});
  const Scan up{.table = kDb0, .index = {}, .order = Direction::ascending};
  EXPECT_EQ(rows(up), (Lines{"a", "b", "c", "d", "e"}));
  const KeyRange range{{Value::string("b"), true}, {Value::string("e"), false}};
  EXPECT_EQ(rows({.table = kDb0, .index = {}, .keys = range, .order = Direction::descending}),
            (Lines{"d", "c", "b"}));
  EXPECT_EQ(rows({.table = kDb0, .index = {}, .keys = range, .order = {}}).size(), 3U);
  const KeySet set{{Value::string("e"), Value::string("x"), Value::string("a"), Value::int64(1)}};
  EXPECT_EQ(rows({.table = kDb0, .index = {}, .keys = set, .order = {}}), (Lines{"e", "a"}));
  EXPECT_EQ(rows({.table = kDb0, .index = {}, .order = {}}).size(), 5U);
}

TEST_F(KeyspaceTables, ErasingDuringAScanRepeatsNoKey) {
  for (int i = 0; i < 50; ++i) run({{"set", std::to_string(i), "1"}});
  const Scan all{.table = kDb0, .index = {}, .order = {}};
  auto query = engine_->query(algebra::make_plan(all), context_);
  ASSERT_TRUE(query);
  std::set<std::string> seen;
  exec::Rows batch;
  for (int i = 0;; ++i) {
    batch.clear();
    ASSERT_TRUE((*query)->next(4, batch));
    if (batch.empty()) break;
    for (const Value& found : batch) {
      EXPECT_TRUE(seen.emplace(found.find("id")->as_string()).second);
    }
    run({{"del", std::to_string(i)}});  // the last key moves to its place
  }
  for (int i = 20; i < 50; ++i) EXPECT_TRUE(seen.contains(std::to_string(i))) << i;
}

TEST_F(KeyspaceTables, ExpiredKeysAreNoRows) {
  run({{"set", "k", "v", "px", "50"}});
  clock_.advance(std::chrono::milliseconds(60));
  EXPECT_EQ(row("k"), "-");
  EXPECT_EQ(engine_->estimate_count(kDb0, context_), 0U);
}

TEST_F(KeyspaceTables, FieldsThatHaveEndedAreNotInRows) {
  run({{"hset", "h", "a", "1", "b", "2"}, {"hpexpire", "h", "50", "fields", "1", "a"}});
  EXPECT_EQ(row("h"), R"({"id":"h","type":"hash","value":{"a":"1","b":"2"},"ttl":null})");
  clock_.advance(std::chrono::milliseconds(60));
  EXPECT_EQ(row("h"), R"({"id":"h","type":"hash","value":{"b":"2"},"ttl":null})");
}

TEST_F(KeyspaceTables, FieldsEndAfterARestart) {
  run({{"hset", "h", "a", "1", "b", "2"}, {"hpexpire", "h", "5000", "fields", "1", "a"}});
  for (int i = 0; i < 2; ++i) {  // replayed from the log, then read from a snapshot
    restart();
    EXPECT_EQ(run({{"hpttl", "h", "fields", "2", "a", "b"}}), "*2\r\n:5000\r\n:-1\r\n");
    EXPECT_EQ(run({{"object", "encoding", "h"}}), "$10\r\nlistpackex\r\n");
  }
  clock_.advance(std::chrono::seconds(6));
  while (engine_->keyspace().expire_some(10)) {
  }
  // The engine's own expiry may have been first.
  while (run({{"hlen", "h"}}) != ":1\r\n") std::this_thread::yield();
}

TEST_F(KeyspaceTables, KeysOutliveARestart) {
  run({{"set", "a", "1"}, {"sadd", "s", "x", "y", "z"}, {"pexpire", "a", "90000"}});
  const std::string before = row("a") + row("s");
  restart();
  EXPECT_EQ(row("a") + row("s"), before);
}

// An earlier run had the clock an hour ahead: reads, writes and rows still agree on expiry.
TEST_F(KeyspaceTables, AClockThatWasSetBackDividesNobody) {
  run({{"set", "a", "1"}});
  clock_.set(-std::chrono::hours(1));
  restart();
  run({{"set", "counter", "41", "ex", "600"}});
  EXPECT_EQ(run({{"ttl", "counter"}}), ":600\r\n");
  EXPECT_EQ(run({{"incr", "counter"}}), ":42\r\n");
  EXPECT_TRUE(put("counter", json(R"({"id":"counter","type":"string","value":"50","ttl":600})")));
  EXPECT_EQ(run({{"incr", "counter"}, {"ttl", "counter"}}), ":51\r\n:600\r\n");
  clock_.advance(std::chrono::minutes(12));
  EXPECT_EQ(run({{"exists", "counter"}}), ":0\r\n");
  EXPECT_EQ(row("counter"), "-");
  EXPECT_EQ(run({{"incr", "counter"}}), ":1\r\n");
}

}  // namespace
}  // namespace octavo::engine
