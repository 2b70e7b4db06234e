#include "protocol/redis/config/settings.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "base/limits.h"
#include "keyspace/eviction.h"
#include "protocol/redis/config/parameters.h"

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

TEST(SettingsTest, ValuesOutOfRangeAreRefusedWithTheRange) {
  Settings settings;
  const auto refused = [&](std::string_view name, std::string_view value) {
    const Status done = settings.set({{name, value}});
    return done ? std::string() : done.error().what.substr(done.error().what.find(" - ") + 3);
  };
  EXPECT_EQ(refused("proto-max-bulk-len", "1"),
            "argument must be between 1048576 and 9223372036854775807 inclusive");
  EXPECT_EQ(settings.max_bulk_bytes(), 512 * 1024 * 1024);
  EXPECT_EQ(refused("hz", "-1"), "argument must be between 0 and 2147483647 inclusive");
  EXPECT_EQ(refused("slowlog-max-len", "-1"),
            "argument must be between 0 and 9223372036854775807 inclusive");
  EXPECT_EQ(refused("active-defrag-cycle-max", "0"), "argument must be between 1 and 99 inclusive");
  EXPECT_EQ(refused("loglevel", "foo"),
            "argument(s) must be one of the following: debug, verbose, notice, warning");
  EXPECT_EQ(refused("save", "''"), "Invalid save parameters");
  EXPECT_EQ(refused("save", "60 1000 5"), "Invalid save parameters");
  EXPECT_EQ(refused("maxmemory-clients", "101%"),
            "percentage argument must be less or equal to 100");
  EXPECT_NE(refused("activedefrag", "yes"), "");
  for (const std::string_view value : {"60 1000 30 1", ""}) EXPECT_EQ(refused("save", value), "");
  EXPECT_EQ(refused("LogLevel", "DEBUG"), "");
  EXPECT_EQ(settings.get("loglevel"), "debug");
  EXPECT_EQ(refused("shutdown-on-sigterm", "save now"), "");
}

// What would change nothing is not answered with OK.
TEST(SettingsTest, RefusesWhatThisServerDoesNotDo) {
  Settings settings;
  for (const std::string_view name : {"databases", "io-threads"}) {
    const Status done = settings.set({{name, "5"}});
    ASSERT_FALSE(done) << name;
    EXPECT_NE(done.error().what.find("can't set immutable config"), std::string::npos) << name;
  }
  // Where it listens is settled when it starts.
  const std::pair<std::string_view, std::string_view> standing[] = {
      {"port", "Unable to listen on this port. Check server logs."},
      {"bind", "Failed to bind to specified addresses."}};
  for (const auto& [name, why] : standing) {
    const std::string old = settings.get(name);
    EXPECT_TRUE(settings.set({{name, old}})) << name;
    const Status done = settings.set({{name, name == "port" ? "1" : "127.0.0.1"}});
    ASSERT_FALSE(done) << name;
    EXPECT_TRUE(done.error().what.ends_with(why)) << done.error().what;
    EXPECT_EQ(settings.get(name), old);
  }
}

TEST(SettingsTest, ReplicasToWriteHaveTwoNames) {
  Settings settings;
  EXPECT_EQ(settings.min_replicas(), 0);
  ASSERT_TRUE(settings.set({{"min-replicas-to-write", "2"}}));
  EXPECT_EQ(settings.get("min-slaves-to-write"), "2");
  ASSERT_TRUE(settings.set({{"min-slaves-to-write", "1"}}));
  EXPECT_EQ(settings.get("min-replicas-to-write"), "1");
  EXPECT_EQ(settings.min_replicas(), 1);
}

TEST(SettingsTest, HiddenOnesAreShownByTheirNamesOnly) {
  const Settings settings;
  EXPECT_TRUE(settings.matching("key-load*").empty());
  EXPECT_EQ(settings.matching("KEY-load-delay").size(), 1);
  for (const auto& [name, value] : settings.matching("*")) EXPECT_NE(name, "watchdog-period");
}

TEST(SettingsTest, MaxmemoryIsNoMoreThanTheServerMayUse) {
  Settings settings({}, 40 << 20);
  const Status done = settings.set({{"maxmemory", "41mb"}});
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().what,
            "ERR CONFIG SET failed (possibly related to argument 'maxmemory') - argument must be "
            "between 0 and 41943040 inclusive");
  EXPECT_TRUE(settings.set({{"maxmemory", "40mb"}}));
  EXPECT_EQ(settings.max_memory(), 40 << 20);
  EXPECT_TRUE(settings.set({{"maxmemory", "0"}}));
}

TEST(SettingsTest, AParameterIsSetOnce) {
  Settings settings;
  const Status done = settings.set({{"hz", "5"}, {"Hz", "6"}});
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().what,
            "ERR CONFIG SET failed (possibly related to argument 'Hz') - duplicate parameter");
  EXPECT_EQ(settings.get("hz"), "10");
}

TEST(SettingsTest, ConnectionsHaveWhatIsShown) {
  Settings settings;
  EXPECT_EQ(settings.idle_seconds(), 0);
  EXPECT_EQ(settings.max_clients(), 10'000U);
  EXPECT_EQ(settings.keep_alive_seconds(), 300);
  EXPECT_EQ(settings.query_buffer_bytes(), kGiB);
  EXPECT_EQ(settings.output_limit(false).hard_bytes, 0U);
  EXPECT_EQ(settings.output_limit(true).hard_bytes, 32 * kMiB);
  EXPECT_EQ(settings.output_limit(true).soft_bytes, 8 * kMiB);
  EXPECT_EQ(settings.output_limit(true).soft_seconds, 60);
  ASSERT_TRUE(settings.set({{"timeout", "7"},
                            {"maxclients", "20"},
                            {"tcp-keepalive", "0"},
                            {"client-query-buffer-limit", "2mb"},
                            {"client-output-buffer-limit", "normal 1mb 2 3"}}));
  EXPECT_EQ(settings.idle_seconds(), 7);
  EXPECT_EQ(settings.max_clients(), 20U);
  EXPECT_EQ(settings.keep_alive_seconds(), 0);
  EXPECT_EQ(settings.query_buffer_bytes(), 2 * kMiB);
  EXPECT_EQ(settings.output_limit(false).hard_bytes, kMiB);
  EXPECT_EQ(settings.output_limit(true).hard_bytes, 32 * kMiB);
  const Status refused = settings.set({{"maxclients", "4294967295"}});
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().what.find("not able to handle the specified number of clients"),
            std::string::npos);
  EXPECT_EQ(settings.max_clients(), 20U);
}

TEST(SettingsTest, OutputLimitsOfOneClassLeaveTheOthers) {
  Settings settings;
  constexpr std::string_view kName = "client-output-buffer-limit";
  ASSERT_TRUE(settings.set({{kName, "pubsub 1mb 2 3 replica 4 5 6"}}));
  EXPECT_EQ(settings.get(kName), "normal 0 0 0 slave 4 5 6 pubsub 1048576 2 3");
  for (const std::string_view value : {"foo", "foo 1 2 3", "pubsub 1 2 -3", "pubsub x 2 3"}) {
    EXPECT_FALSE(settings.set({{kName, value}})) << value;
  }
  EXPECT_EQ(settings.get(kName), "normal 0 0 0 slave 4 5 6 pubsub 1048576 2 3");
}

TEST(SettingsTest, EveryChoiceOfAPolicyIsOne) {
  Settings settings;
  for (const std::string_view name : {"volatile-ttl", "allkeys-random", "noeviction"}) {
    EXPECT_TRUE(settings.set({{"maxmemory-policy", name}})) << name;
    EXPECT_EQ(settings.eviction_policy(), keyspace::parse_eviction_policy(name)) << name;
  }
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
