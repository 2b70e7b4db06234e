#pragma once

#include <memory>

#include "engine/engine.h"
#include "io/task.h"
#include "protocol/common/connection.h"
#include "protocol/common/connection_table.h"

namespace octavo::redis {

struct DoorState;

struct RedisOptions {
  std::string appendfsync = "everysec";  // no, everysec, always
};

// The Redis door: shared state, and what serves one connection.
class RedisDoor {
 public:
  RedisDoor(engine::Engine& engine, protocol::ConnectionTable& connections,
            const RedisOptions& options);
  ~RedisDoor();

  void set_port(std::uint16_t port);
  io::Task<void> serve(protocol::Connection& connection);

 private:
  std::unique_ptr<DoorState> state_;
};

}  // namespace octavo::redis
