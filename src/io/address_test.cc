#include "io/address.h"

#include <gtest/gtest.h>

namespace octavo::io {
namespace {

TEST(Address, RoundTrips) {
  for (const char* text : {"127.0.0.1:6379", "0.0.0.0:0", "[::1]:28015", "[fe80::1]:65535"}) {
    const Result<SocketAddress> address = parse_address(text);
    ASSERT_TRUE(address.has_value()) << text;
    EXPECT_EQ(format_address(*address), text);
  }
}

TEST(Address, RefusesWhatIsNotOne) {
  for (const char* text : {"", ":", "127.0.0.1", "localhost:1", "1.2.3:1", "1.2.3.4:65536",
                           "1.2.3.4:-1", "1.2.3.4:1x", "::1:80", "[1.2.3.4]:80", "[::1:80"}) {
    const Result<SocketAddress> address = parse_address(text);
    ASSERT_FALSE(address.has_value()) << text;
    EXPECT_EQ(address.error().code, Code::invalid_argument);
  }
}

TEST(Address, KnowsLoopback) {
  EXPECT_TRUE(is_loopback({"127.0.0.1", 1}));
  EXPECT_TRUE(is_loopback({"127.1.2.3", 1}));
  EXPECT_TRUE(is_loopback({"::1", 1}));
  EXPECT_FALSE(is_loopback({"0.0.0.0", 1}));
  EXPECT_FALSE(is_loopback({"192.168.0.1", 1}));
}

}  // namespace
}  // namespace octavo::io
