#include "protocol/redis/replication/reply_tree.h"

#include <gtest/gtest.h>

namespace octavo::redis {
namespace {

TEST(ReplyTreeTest, BothVersions) {
  const auto read = parse_reply("*2\r\n$1\r\nk\r\n*2\r\n:5\r\n$-1\r\n");
  ASSERT_TRUE(read);
  ASSERT_EQ(read->parts.size(), 2U);
  EXPECT_EQ(read->parts[0].text, "k");
  EXPECT_EQ(read->parts[1].parts[0].text, "5");
  EXPECT_TRUE(read->parts[1].parts[1].is_null());
  const auto map = parse_reply("%1\r\n$1\r\nk\r\n~1\r\n,1.5\r\n");
  ASSERT_TRUE(map);
  ASSERT_EQ(map->parts.size(), 2U);
  EXPECT_EQ(map->parts[1].parts[0].text, "1.5");
  EXPECT_TRUE(parse_reply("-ERR x\r\n")->is_error());
  EXPECT_TRUE(parse_reply("_\r\n")->is_null());
}

TEST(ReplyTreeTest, WhatIsCutIsNone) {
  const std::string_view whole = "*2\r\n$3\r\nabc\r\n*1\r\n:5\r\n";
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_FALSE(parse_reply(whole.substr(0, size))) << size;
  }
  EXPECT_FALSE(parse_reply("+OK\r\n+OK\r\n"));
  EXPECT_FALSE(parse_reply("$x\r\n"));
  EXPECT_FALSE(parse_reply("*9999999999999\r\n"));
}

}  // namespace
}  // namespace octavo::redis
