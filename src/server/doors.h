#pragma once

// The open doors of a running server: made from the table of protocols, opened together, closed
// together.

#include <memory>
#include <string>
#include <vector>

#include "base/metrics.h"
#include "server/protocols.h"

namespace octavo::server {

class Doors {
 public:
  // Opens every door that has a port, on every address of `bind`. On an error those that were open
  // are closed again.
  static Result<std::unique_ptr<Doors>> open(const ProtocolStart& start);
  ~Doors();  // closed before
  Doors(const Doors&) = delete;
  Doors& operator=(const Doors&) = delete;

  // "listening redis 127.0.0.1:6379", one for each socket.
  std::vector<std::string> announcements() const;

  // Takes no more connections, lets the requests in flight finish, cancels what still runs after
  // `grace`, and returns when no connection is left. Not from an I/O thread.
  void close(Nanoseconds grace);

 private:
  struct Open;
  Doors() = default;
  Status open_one(const Protocol& protocol, const ProtocolStart& start,
                  const std::shared_ptr<const io::TlsContext>& tls);

  std::vector<std::unique_ptr<Open>> doors_;
};

// Whether what `settings` say about TLS can be done: each error names its setting.
Status check_tls(const Settings& settings);

// Addresses of `settings` that other machines can reach.
std::vector<std::string> public_addresses(const Settings& settings);

}  // namespace octavo::server
