#include "protocol/redis/settings.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "protocol/redis/parameters.h"

namespace octavo::redis {
namespace {

TEST(SettingsTest, ParametersAreNamedOnce) {
  std::set<std::string_view> names;
  for (const Parameter& parameter : parameters()) {
    EXPECT_TRUE(names.insert(parameter.name).second) << parameter.name;
  }
  for (const Parameter& parameter : parameters()) {
    if (!parameter.alias.empty()) EXPECT_TRUE(names.contains(parameter.alias)) << parameter.name;
  }
}

TEST(SettingsTest, DefaultsAreAcceptedWhereTheyMayBeSet) {
  for (const Parameter& parameter : parameters()) {
    Settings settings;
    const Status done = settings.set({{parameter.name, parameter.fallback}});
    EXPECT_EQ(done.has_value(), !parameter.fixed) << parameter.name;
    EXPECT_EQ(settings.get(parameter.name), parameter.fallback) << parameter.name;
  }
}

TEST(SettingsTest, AllOrNone) {
  Settings settings;
  const Status done = settings.set({{"maxmemory", "100mb"}, {"maxmemory-policy", "nonsense"}});
  ASSERT_FALSE(done);
  EXPECT_TRUE(done.error().what.starts_with(
      "ERR CONFIG SET failed (possibly related to argument 'maxmemory-policy')"));
  EXPECT_EQ(settings.max_memory(), 0);
  EXPECT_EQ(settings.get("maxmemory"), "0");
}

TEST(SettingsTest, ValuesTakeEffectInTheirNormalForm) {
  Settings settings;
  ASSERT_TRUE(settings.set({{"MaxMemory", "2kb"}, {"maxmemory-policy", "allkeys-lfu"}}));
  EXPECT_EQ(settings.max_memory(), 2048);
  EXPECT_EQ(settings.get("maxmemory"), "2048");
  EXPECT_EQ(settings.eviction_policy(), keyspace::EvictionPolicy::allkeys_lfu);
  ASSERT_TRUE(settings.set({{"notify-keyspace-events", "EgK"}, {"appendfsync", "always"}}));
  EXPECT_EQ(settings.get("notify-keyspace-events"), "gKE");
  EXPECT_EQ(settings.durability(), Durability::disk);
  ASSERT_TRUE(settings.set({{"slowlog-log-slower-than", "-1"}, {"slowlog-max-len", "3"}}));
  EXPECT_EQ(settings.slow_call_us(), -1);
  EXPECT_EQ(settings.slow_log_calls(), 3U);
}

TEST(SettingsTest, OldNamesMeanTheSame) {
  Settings settings;
  ASSERT_TRUE(settings.set({{"zset-max-ziplist-entries", "7"}}));
  EXPECT_EQ(settings.get("zset-max-listpack-entries"), "7");
  keyspace::Keyspace keyspace;
  const auto changes = settings.encoding_changes(keyspace);
  ASSERT_EQ(changes.size(), 1U);
  EXPECT_EQ(changes[0], (std::pair<std::string, std::string>("zset-max-listpack-entries", "7")));
}

TEST(SettingsTest, LimitsThatTheKeyspaceRemembersAreShown) {
  keyspace::EncodingLimits limits;
  limits.set_max_int_entries = 99;
  const Settings settings(limits);
  EXPECT_EQ(settings.get("set-max-intset-entries"), "99");
}

TEST(SettingsTest, MemorySizes) {
  EXPECT_EQ(parse_memory_size("1k"), 1000);
  EXPECT_EQ(parse_memory_size("1KB"), 1024);
  EXPECT_EQ(parse_memory_size("3g"), 3'000'000'000);
  for (const char* text : {"", "k", "-1", "1.5k", "1x", "1 k"}) {
    EXPECT_EQ(parse_memory_size(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace octavo::redis
