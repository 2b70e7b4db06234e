#include "protocol/redis/redis_door.h"

#include "base/random.h"
#include "protocol/redis/door_state.h"
#include "protocol/redis/session.h"

namespace octavo::redis {
namespace {

std::string random_run_id() {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string out;
  for (const char c : secure_random_bytes(20)) {
    out.push_back(kHex[static_cast<unsigned char>(c) >> 4]);
    out.push_back(kHex[static_cast<unsigned char>(c) & 15]);
  }
  return out;
}

}  // namespace

RedisDoor::RedisDoor(engine::Engine& engine, protocol::ConnectionTable& connections,
                     const RedisOptions& options)
    : state_(std::make_unique<DoorState>(engine, connections)) {
  state_->run_id = random_run_id();
  state_->started_wall_ns = system_clock().wall_ns();
  const Status set = state_->settings.set({{"appendfsync", options.appendfsync}});
  ASSERT(set.has_value());
}

RedisDoor::~RedisDoor() = default;

void RedisDoor::set_port(std::uint16_t port) { state_->port = port; }

io::Task<void> RedisDoor::serve(protocol::Connection& connection) {
  Session session(*state_, connection);
  co_await session.serve();
}

}  // namespace octavo::redis
