#include "keyspace/eviction.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>

#include "keyspace/testing/test_session.h"
#include "keyspace/type/access_clock.h"

namespace octavo::keyspace {
namespace {

constexpr std::int64_t kSecondNs = 1'000'000'000;
constexpr std::int64_t kNowNs = 1'700'000'000 * kSecondNs;

std::set<std::string> victims(TestSession& session, EvictionPolicy policy, std::size_t count,
                              std::int64_t now_ns) {
  Keyspace& keyspace = session.keyspace();
  const auto lock = keyspace.lock();
  keyspace.set_memory_limit(1, policy);
  Random random(1);
  std::set<std::string> out;
  for (const KeyRef& ref : eviction_victims(keyspace, count, now_ns / 1'000'000, random)) {
    EXPECT_TRUE(out.insert(ref.key).second) << ref.key << " twice";
  }
  return out;
}

TEST(EvictionTest, PoliciesHaveTheNamesOfRedis) {
  EXPECT_EQ(parse_eviction_policy("noeviction"), EvictionPolicy::none);
  EXPECT_EQ(parse_eviction_policy("allkeys-lru"), EvictionPolicy::allkeys_lru);
  EXPECT_EQ(parse_eviction_policy("volatile-ttl"), EvictionPolicy::volatile_ttl);
  EXPECT_FALSE(parse_eviction_policy("lru"));
}

TEST(EvictionTest, TheLeastRecentlyUsedGoFirst) {
  TestSession session;
  for (int i = 0; i < 10; ++i) {
    session.run({"set", "k" + std::to_string(i), "v"}, kNowNs + i * kSecondNs);
  }
  session.run({"get", "k0"}, kNowNs + 20 * kSecondNs);
  EXPECT_EQ(victims(session, EvictionPolicy::allkeys_lru, 3, kNowNs + 30 * kSecondNs),
            (std::set<std::string>{"k1", "k2", "k3"}));
  EXPECT_TRUE(victims(session, EvictionPolicy::none, 3, kNowNs).empty());
  EXPECT_TRUE(victims(session, EvictionPolicy::volatile_lru, 3, kNowNs).empty());
}

TEST(EvictionTest, VolatilePoliciesTakeKeysWithATimeToLive) {
  TestSession session;
  session.run({"set", "stays", "v"}, kNowNs);
  session.run({"set", "late", "v", "ex", "1000"}, kNowNs);
  session.run({"set", "soon", "v", "ex", "10"}, kNowNs);
  EXPECT_EQ(victims(session, EvictionPolicy::volatile_ttl, 1, kNowNs),
            (std::set<std::string>{"soon"}));
  EXPECT_EQ(victims(session, EvictionPolicy::volatile_random, 9, kNowNs),
            (std::set<std::string>{"late", "soon"}));
}

TEST(EvictionTest, TheLeastFrequentlyUsedGoFirst) {
  TestSession session;
  {
    const auto lock = session.keyspace().lock();
    session.keyspace().set_memory_limit(0, EvictionPolicy::allkeys_lfu);
  }
  session.run({"mset", "often", "v", "seldom", "v"}, kNowNs);
  for (int i = 0; i < 500; ++i) session.run({"get", "often"}, kNowNs);
  EXPECT_EQ(victims(session, EvictionPolicy::allkeys_lfu, 1, kNowNs),
            (std::set<std::string>{"seldom"}));
}

TEST(EvictionTest, FrequenciesGrowSlowlyAndDecay) {
  Random random(2);
  std::uint32_t access = kNewKeyFrequency;
  for (int i = 0; i < 1'000; ++i) access = frequency_access(access, 0, random);
  const std::uint32_t counted = access & 0xff;
  EXPECT_GT(counted, kNewKeyFrequency + 3);
  EXPECT_LT(counted, 60U);
  EXPECT_EQ(decayed_frequency(access, 3), counted - 3);
  EXPECT_EQ(decayed_frequency(access, 1'000), 0U);
}

TEST(EvictionTest, EvictedKeysAreGoneEverywhere) {
  TestSession session;
  session.run({"set", "k", "v"}, kNowNs);
  EXPECT_EQ(session.run({"octavo.evict", "k", "absent"}, kNowNs), ":1\r\n");
  EXPECT_EQ(session.keyspace().stats().evicted_keys, 1U);
  EXPECT_EQ(session.compare(), "");
}

}  // namespace
}  // namespace octavo::keyspace
