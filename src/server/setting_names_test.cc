#include "server/setting_names.h"

#include <gtest/gtest.h>

#include <vector>

namespace octavo::server {
namespace {

TEST(SettingNames, OfTheEnvironmentAndOfASlip) {
  EXPECT_EQ(environment_name("redis-port"), "OCTAVO_REDIS_PORT");
  const std::vector<std::string_view> names{"redis-port", "rethinkdb-port", "bind"};
  EXPECT_EQ(closest_name("redis-prot", names), "redis-port");
  EXPECT_EQ(closest_name("colour", names), std::nullopt);
}

}  // namespace
}  // namespace octavo::server
