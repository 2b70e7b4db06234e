#include "protocol/redis/state/acl_log.h"

#include <gtest/gtest.h>

namespace octavo::redis {
namespace {

AclDenial denial(std::string object, std::int64_t wall_ms) {
  AclDenial out;
  out.object = std::move(object);
  out.username = "reader";
  out.wall_ms = wall_ms;
  return out;
}

TEST(AclLogTest, WhatHappensAgainSoonIsCounted) {
  AclLog log;
  log.add(denial("set", 1'000), 10);
  log.add(denial("del", 2'000), 10);
  log.add(denial("set", 50'000), 10);
  const auto entries = log.newest(10);
  ASSERT_EQ(entries.size(), 2U);
  EXPECT_EQ(entries[0].object, "set");
  EXPECT_EQ(entries[0].count, 2);
  EXPECT_EQ(entries[0].wall_ms, 50'000);
  EXPECT_EQ(entries[1].count, 1);
  log.add(denial("set", 200'000), 10);
  EXPECT_EQ(log.newest(1)[0].count, 1);
}

TEST(AclLogTest, KeepsTheNewest) {
  AclLog log;
  for (const char* name : {"a", "b", "c"}) log.add(denial(name, 0), 2);
  const auto entries = log.newest(10);
  ASSERT_EQ(entries.size(), 2U);
  EXPECT_EQ(entries[0].object, "c");
  EXPECT_EQ(entries[1].object, "b");
  log.clear();
  EXPECT_TRUE(log.newest(10).empty());
}

}  // namespace
}  // namespace octavo::redis
