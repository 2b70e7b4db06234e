#pragma once

// The listeners of a running server: made from the table of protocols, opened together, closed
// together.

#include <memory>
#include <string>
#include <vector>

#include "base/metrics.h"
#include "server/protocols.h"

namespace octavo::server {

class Listeners {
 public:
  // All outlive the listeners.
  Listeners(io::Runtime& runtime, protocol::ConnectionTable& connections,
            protocol::ConnectionMemory& memory);
  ~Listeners();  // closes what is open still, at once

  // Opens a listener for every protocol that has a port, on every address of `bind`: those that
  // open before the engine when `start` has no context, the others when it has one.
  Status open(const ProtocolStart& start);
  Listeners(const Listeners&) = delete;
  Listeners& operator=(const Listeners&) = delete;

  // "listening redis 127.0.0.1:6379", one for each socket opened since the last call.
  std::vector<std::string> take_announcements();

  // Takes no more connections, lets the requests in flight finish, cancels what still runs after
  // `grace`, and returns when no connection is left. Not from an I/O thread.
  void close(Nanoseconds grace);

 private:
  struct Open;
  Status open_one(const Protocol& protocol, const ProtocolStart& start,
                  const std::shared_ptr<const io::TlsContext>& tls);

  io::Runtime& runtime_;
  protocol::ConnectionTable& connections_;
  protocol::ConnectionMemory& memory_;
  std::vector<std::unique_ptr<Open>> listeners_;
  std::vector<std::string> announcements_;
};

// Whether what `settings` say about TLS can be done: each error names its setting.
Status check_tls(const Settings& settings);

// Addresses of `settings` that other machines can reach.
std::vector<std::string> public_addresses(const Settings& settings);

}  // namespace octavo::server
