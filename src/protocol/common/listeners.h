#pragma once

// The listeners of a running server: made from a table of protocols, opened together, closed
// together.

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "io/runtime.h"
#include "protocol/common/connection_memory.h"
#include "protocol/common/protocol.h"
#include "protocol/common/settings.h"

namespace octavo::protocol {

// What listeners use; all of it outlives them. `settings` has the rows of listener_settings.h and
// those of all `protocols`.
struct ListenersContext {
  std::span<const Protocol* const> protocols;
  const Settings& settings;
  io::Runtime& runtime;
  ConnectionTable& connections;
  ConnectionMemory& memory;
  // I/O threads without connections of protocols that are not on all of them.
  std::size_t idle_threads = 0;
};

class Listeners {
 public:
  explicit Listeners(const ListenersContext& context);
  ~Listeners();  // closes what is open still, at once
  Listeners(const Listeners&) = delete;
  Listeners& operator=(const Listeners&) = delete;

  // Each opens a listener for every protocol that has a port, on every address of `bind`: those
  // that open before the engine, and the others. Not from an I/O thread.
  Status open_early(const Health& health);
  Status open(const ServiceContext& service);

  // "listening redis 127.0.0.1:6379", one for each socket opened since the last call.
  std::vector<std::string> take_announcements();

  // Takes no more connections, lets the requests in flight finish, cancels what still runs after
  // `grace`, and returns when no connection is left. Not from an I/O thread.
  void close(Nanoseconds grace);

 private:
  struct Open;
  template <class Make>
  Status open_each(bool early, Make&& make);
  Status open_one(const Protocol& protocol, std::unique_ptr<Service> service);

  const ListenersContext context_;
  std::vector<std::unique_ptr<Open>> listeners_;
  std::vector<std::string> announcements_;
};

// Whether what `settings` say about TLS can be done: each error names its setting.
Status check_tls(std::span<const Protocol* const> protocols, const Settings& settings);

// Addresses of `settings` that other machines can reach.
std::vector<std::string> public_addresses(const Settings& settings);

}  // namespace octavo::protocol
