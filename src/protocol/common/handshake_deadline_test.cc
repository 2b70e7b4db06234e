#include "protocol/common/handshake_deadline.h"

#include <gtest/gtest.h>

#include "protocol/common/test_connection.h"

namespace octavo::protocol {
namespace {

using namespace std::chrono_literals;

struct Fixture : TestConnection {
  using TestConnection::TestConnection;
  bool dropped() const { return connection->token().cancelled(); }
};

TEST(HandshakeDeadline, DropsWhoeverTakesTooLong) {
  Fixture f;
  const HandshakeDeadline deadline(*f.connection, [] { return false; });
  f.loop.advance(ConnectionLimits().handshake_timeout - 1s);
  EXPECT_FALSE(f.dropped());
  f.loop.advance(1s);
  EXPECT_TRUE(f.dropped());
}

TEST(HandshakeDeadline, HoldsForAsLongAsTheLimitsSay) {
  Fixture f({.handshake_timeout = 3s});
  const HandshakeDeadline deadline(*f.connection, [] { return false; });
  f.loop.advance(2s);
  EXPECT_FALSE(f.dropped());
  f.loop.advance(2s);
  EXPECT_TRUE(f.dropped());
}

TEST(HandshakeDeadline, LeavesWhoeverIsThrough) {
  Fixture f;
  bool over = false;
  const HandshakeDeadline asked(*f.connection, [&over] { return over; });
  {
    const HandshakeDeadline ended(*f.connection, [] { return false; });
  }
  f.loop.advance(ConnectionLimits().handshake_timeout - 1s);
  over = true;
  f.loop.advance(100s);
  EXPECT_FALSE(f.dropped());
}

}  // namespace
}  // namespace octavo::protocol
