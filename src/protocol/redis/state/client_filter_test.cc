#include "protocol/redis/state/client_filter.h"

#include <gtest/gtest.h>

#include <string>

namespace octavo::redis {
namespace {

std::optional<ClientFilter> parse(std::vector<std::string_view> options, std::string& error) {
  error.clear();
  keyspace::Reply reply(error);
  return parse_client_filter(options, reply);
}

TEST(ClientFilterTest, OptionsNarrow) {
  std::string error;
  protocol::ConnectionInfo one(protocol::ConnectionId{7}, "redis", io::SocketAddress{},
                               io::SocketAddress{}, false, 0);
  one.set_attribute("user", "alice");
  one.set_attribute("flags", "P");
  EXPECT_TRUE(parse({}, error)->fits(one));
  EXPECT_TRUE(parse({"ID", "7", "id", "9"}, error)->fits(one));
  EXPECT_FALSE(parse({"ID", "9"}, error)->fits(one));
  EXPECT_TRUE(parse({"USER", "alice", "TYPE", "pubsub"}, error)->fits(one));
  EXPECT_FALSE(parse({"USER", "bob"}, error)->fits(one));
  EXPECT_FALSE(parse({"TYPE", "normal"}, error)->fits(one));
  EXPECT_TRUE(parse({"ADDR", io::format_address(one.peer)}, error)->fits(one));
  EXPECT_FALSE(parse({"ADDR", "1.2.3.4:5"}, error)->fits(one));
  EXPECT_FALSE(parse({"SKIPME", "no"}, error)->skip_me);
}

TEST(ClientFilterTest, BadOptionsAreNamed) {
  std::string error;
  EXPECT_FALSE(parse({"ID", "x"}, error));
  EXPECT_EQ(error, "-ERR client-id should be greater than 0\r\n");
  EXPECT_FALSE(parse({"TYPE", "odd"}, error));
  EXPECT_EQ(error, "-ERR Unknown client type 'odd'\r\n");
  EXPECT_FALSE(parse({"ID"}, error));
  EXPECT_EQ(error, "-ERR syntax error\r\n");
  EXPECT_FALSE(parse({"SKIPME", "perhaps"}, error));
  EXPECT_FALSE(parse({"NOSUCH", "1"}, error));
}

}  // namespace
}  // namespace octavo::redis
