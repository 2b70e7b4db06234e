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
  Fixture() {
    auto streams = *io::stream_pair(loop.executor);
    peer.emplace(std::move(streams.second));
    connection = std::make_unique<Connection>(
        std::move(streams.first), ConnectionLimits(),
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
  f.loop.advance(kHandshakeTimeout - 1s);
  EXPECT_FALSE(f.dropped());
  f.loop.advance(1s);
  EXPECT_TRUE(f.dropped());
}

TEST(HandshakeDeadline, LeavesWhoeverIsThrough) {
  Fixture f;
  bool over = false;
  const HandshakeDeadline asked(*f.connection, [&over] { return over; });
  {
    const HandshakeDeadline ended(*f.connection, [] { return false; });
  }
  f.loop.advance(kHandshakeTimeout - 1s);
  over = true;
  f.loop.advance(100s);
  EXPECT_FALSE(f.dropped());
}

}  // namespace
}  // namespace octavo::protocol
