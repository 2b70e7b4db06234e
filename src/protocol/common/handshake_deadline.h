#pragma once

// Drops a connection whose opening dialogue does not end: half handshakes would otherwise be held
// for ever, and fill what connections there may be. A TLS handshake has one of its own, in front of
// the dialogue (listener.h) and inside of it (`Connection::start_tls`).

#include <functional>
#include <utility>

#include "base/clock.h"
#include "io/executor.h"
#include "protocol/common/connection.h"

namespace octavo::protocol {

// Counts from its construction, on the connection's executor, and lives no longer than that.
class HandshakeDeadline {
 public:
  // `is_over` is asked once, when the time has come.
  HandshakeDeadline(Connection& connection, std::function<bool()> is_over)
      : timer_(connection.executor(), [&connection, over = std::move(is_over)] {
          if (over()) return;
          ended_counter(Ended::handshake).add();
          connection.abort();
        }) {
    timer_.start(connection.limits().handshake_timeout);
  }

 private:
  io::Timer timer_;
};

}  // namespace octavo::protocol
