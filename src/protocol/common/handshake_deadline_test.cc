#include "protocol/common/handshake_deadline.h"

#include <gtest/gtest.h>

#include <memory>
#include <optional>

#include "io/socket.h"
#include "io/testing.h"

namespace octavo::protocol {
namespace {

using namespace std::chrono_literals;

struct Fixture {
  explicit Fixture(ConnectionLimits limits = {}) {
    auto streams = *io::stream_pair(loop.executor);
    peer.emplace(std::move(streams.second));
    connection = std::make_unique<Connection>(
        std::move(streams.first), limits,
        std::make_shared<ConnectionInfo>(ConnectionId{1}, "test", io::SocketAddress(),
                                         io::SocketAddress(), false, 0));
  }
  bool dropped() const { return connection->token().cancelled(); }

  io::TestLoop loop;
  std::optional<io::Stream> peer;
  std::unique_ptr<Connection> connection;
};

TEST(HandshakeDeadline, DropsWhoeverTakesTooLong) {
  Fixture f;
  const HandshakeDeadline deadline(*f.connection, [] { return false; });
  f.loop.advance(ConnectionLimits().handshake_timeout - 1s);
  EXPECT_FALSE(f.dropped());
  f.loop.advance(1s);
  EXPECT_TRUE(f.dropped());
}

TEST(HandshakeDeadline, HoldsForAsLongAsTheDoorSays) {
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
