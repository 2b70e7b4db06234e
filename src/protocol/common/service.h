#pragma once

// What a protocol does with its connections: one object per protocol that listens, made by the row
// in its `protocol.h`. It is shared by the protocol's connections on all I/O threads, and outlives
// them.

#include <cstddef>

#include "io/task.h"
#include "protocol/common/connection.h"

namespace octavo {
class Clock;
namespace engine {
class Engine;
class LoginCredentials;
}  // namespace engine
namespace io {
template <class T>
class PerExecutor;
class Runtime;
class WorkerPool;
}  // namespace io
}  // namespace octavo

namespace octavo::protocol {

class ConnectionTable;
class DeliveryTurns;
class Jobs;
class Listener;
class Logins;

// What a service may use; all of it outlives the service.
struct ServiceContext {
  engine::Engine& engine;
  io::Runtime& runtime;
  io::WorkerPool& workers;
  ConnectionTable& connections;
  Logins& logins;
  const engine::LoginCredentials& credentials;
  Clock& clock;
  io::PerExecutor<DeliveryTurns>& turns;
  Jobs& jobs;
};

class Service {
 public:
  virtual ~Service() = default;

  // One connection, on its I/O thread, until it ends. Its output is sent when this returns. `port`
  // is the row of `Protocol::ports` that the client came through; behind the last row are the ports
  // that a row has more of (PortRow::more).
  virtual io::Task<void> serve(Connection& connection, std::size_t port) = 0;

  virtual ConnectionLimits limits(std::size_t port) const {
    static_cast<void>(port);
    return {};
  }
  // Called once when `listener` is open, perhaps after the first connection. It outlives the
  // sessions.
  virtual void listening(Listener& listener) { static_cast<void>(listener); }
  // Called once when the server begins to stop, before connections are told to drain: what the
  // service does in the background ends here.
  virtual void stop() {}
};

}  // namespace octavo::protocol
