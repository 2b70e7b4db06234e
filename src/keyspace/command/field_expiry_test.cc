#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/random.h"
#include "keyspace/expiry_calls.h"
#include "keyspace/keyspace.h"
#include "keyspace/testing/test_session.h"
#include "keyspace/type/hash_value.h"

namespace octavo::keyspace {
namespace {

constexpr std::int64_t kMillisecondNs = 1'000'000;
constexpr std::int64_t kNowMs = 1'700'000'000'000;
constexpr std::int64_t kNowNs = kNowMs * kMillisecondNs;

// Whether each database knows of each of its hashes when the first of its fields ends.
void expect_known_ends(Keyspace& keyspace) {
  for (unsigned db = 0; db < keyspace.database_count(); ++db) {
    const Database& database = keyspace.database(db);
    std::uint32_t ending = 0;
    for (std::uint32_t i = 0; i < database.size(); ++i) {
      const KeyEntry& entry = *database.keys().at(i);
      if (entry.value.kind() != Kind::hash) continue;
      const std::int64_t next_ms = entry.value.as<HashValue>().next_end();
      if (next_ms == kNoExpiry) continue;
      ++ending;
      ASSERT_NE(database.field_ends(), nullptr);
      ASSERT_EQ(database.field_ends()->of(entry), next_ms) << entry.key();
    }
    ASSERT_EQ(database.field_ends() == nullptr ? 0 : database.field_ends()->size(), ending);
  }
}

std::vector<std::string> random_call(Random& random) {
  const auto word = [&](std::string prefix, std::uint64_t below) {
    return prefix.append(std::to_string(random.below(below)));
  };
  const std::string key = word("h", 6);
  const std::string field = word("f", 8);
  switch (random.below(16)) {
    case 0: return {"hdel", key, field};
    case 1: return {"rename", key, word("h", 6)};
    case 2: return {"copy", key, word("h", 6), "replace"};
    case 3: return {"move", key, word("", 3)};
    case 4: return {"hincrby", key, field, "1"};
    case 5: return {"hpersist", key, "fields", "1", field};
    case 6: return {"set", key, "v"};
    case 7: return {"octavo.expire_fields", key, field, word("f", 8)};
    case 8: return {"hset", key, field, std::string(random.below(100), 'x')};
    case 9: return {"select", word("", 3)};
    case 10: return {random.below(4) == 0 ? "flushdb" : "del", key};
    case 11: return {"swapdb", word("", 3), word("", 3)};
    case 12:
    case 13: return {"hpexpire", key, word("", 300), "fields", "2", field, word("f", 8)};
    default: return {"hset", key, field, word("", 100)};
  }
}

TEST(FieldExpiryTest, DatabasesKnowWhenFieldsEndWhateverHappensToTheirHashes) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    Random random(seed);
    TestSession session;
    std::int64_t now_ns = kNowNs;
    for (int i = 0; i < 400; ++i) {
      auto call = random_call(random);
      if (call[0] == "flushdb") call.resize(1);
      session.run(call, now_ns);
      now_ns += static_cast<std::int64_t>(random.below(3)) * 10 * kMillisecondNs;
      ASSERT_NO_FATAL_FAILURE(expect_known_ends(session.keyspace())) << seed << " " << call[0];
    }
    ASSERT_EQ(session.compare(), "") << seed;
    ASSERT_NO_FATAL_FAILURE(expect_known_ends(session.replica()));
  }
}

TEST(FieldExpiryTest, WhatIsDueGoesByCallsThatNameIt) {
  TestSession session;
  session.run({"hset", "h", "a", "1", "b", "2", "c", "3"}, kNowNs);
  session.run({"hpexpire", "h", "10", "fields", "2", "a", "b"}, kNowNs);
  Keyspace& keyspace = session.keyspace();
  Expired due;
  {
    const auto lock = keyspace.lock();
    EXPECT_TRUE(keyspace.due_fields(kNowMs + 9, 10).empty());
    EXPECT_EQ(keyspace.due_fields(kNowMs + 10, 1)[0].fields.size(), 1U);
    due.fields = keyspace.due_fields(kNowMs + 10, 10);
  }
  ASSERT_EQ(due.fields.size(), 1U);
  EXPECT_EQ(due.fields[0].key, "h");
  EXPECT_EQ(due.fields[0].fields.size(), 2U);
  // One has got more time meanwhile.
  session.run({"hpexpire", "h", "100", "fields", "1", "b"}, kNowNs);
  ExpiryCalls calls(std::move(due));
  keyspace.apply_local(calls.batch(), kNowNs + 10 * kMillisecondNs, 1);
  EXPECT_EQ(session.run({"hkeys", "h"}, kNowNs), "*2\r\n$1\r\nb\r\n$1\r\nc\r\n");
  EXPECT_EQ(keyspace.stats().expired_fields, 1U);
}

TEST(FieldExpiryTest, ReadsNoteWhatTheyMeet) {
  TestSession session;
  Keyspace& keyspace = session.keyspace();
  keyspace.note_met_expired();
  session.run({"hset", "h", "a", "1", "b", "2", "c", "3"}, kNowNs);
  session.run({"hpexpire", "h", "10", "fields", "2", "a", "b"}, kNowNs);
  const std::int64_t later_ns = kNowNs + 10 * kMillisecondNs;
  session.run({"hgetall", "h"}, later_ns);
  EXPECT_FALSE(keyspace.has_met_expired());
  session.run({"hmget", "h", "a", "b", "c"}, later_ns);
  EXPECT_TRUE(keyspace.has_met_expired());
  const auto lock = keyspace.lock();
  const Expired met = keyspace.take_met_expired();
  EXPECT_TRUE(met.keys.empty());
  ASSERT_EQ(met.fields.size(), 1U);
  EXPECT_EQ(met.fields[0].fields, (std::vector<std::string>{"a", "b"}));
  EXPECT_FALSE(keyspace.has_met_expired());
}

TEST(FieldExpiryTest, TheMemoryOfTimesToLiveIsGivenBack) {
  for (const std::size_t size : {0U, 100U}) {  // in a pack, in a table
    const std::string long_value(size, 'x');
    TestSession session;
    Keyspace& keyspace = session.keyspace();
    session.run({"hset", "warm", "up", "1"}, kNowNs);
    session.run({"hexpire", "warm", "100", "fields", "1", "up"}, kNowNs);
    session.run({"hdel", "warm", "up"}, kNowNs);
    const std::int64_t before = keyspace.used_bytes();
    for (int i = 0; i < 200; ++i) {
      const std::string field = "f" + std::to_string(i);
      session.run({"hset", "h", field, long_value}, kNowNs);
      session.run({"hexpire", "h", "100", "fields", "1", field}, kNowNs);
    }
    EXPECT_GT(keyspace.used_bytes(), before + 2'000);
    session.run({"unlink", "h"}, kNowNs);
    EXPECT_LT(keyspace.used_bytes(), before + 1'000);
  }
}

}  // namespace
}  // namespace octavo::keyspace
