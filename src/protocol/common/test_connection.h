#pragma once

// A connection on a loop that a test turns, and the client's end of it.

#include <memory>
#include <optional>

#include "io/socket.h"
#include "io/testing.h"
#include "protocol/common/connection.h"

namespace octavo::protocol {

struct TestConnection {
  explicit TestConnection(ConnectionLimits limits = {}) {
    auto streams = *io::stream_pair(loop.executor);
    peer.emplace(std::move(streams.second));
    connection = std::make_unique<Connection>(
        std::move(streams.first), limits,
        std::make_shared<ConnectionInfo>(ConnectionId{1}, "test", io::SocketAddress(),
                                         io::SocketAddress(), false, 0));
  }

  io::TestLoop loop;
  std::optional<io::Stream> peer;
  std::unique_ptr<Connection> connection;
};

}  // namespace octavo::protocol
