
#include <algorithm>

#include "base/clock.h"
#include "base/random.h"
#include "protocol/common/listener.h"
#include "protocol/common/listener_settings.h"
#include "protocol/common/settings.h"
#include "protocol/redis/protocol.h"
#include "protocol/redis/service_state.h"
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

class RedisService final : public protocol::Service {
 public:
  explicit RedisService(const protocol::ServiceContext& context) : state_(context) {
    state_.run_id = random_run_id();
    state_.started_wall_ns = context.clock.wall_ns();
  }

  Status configure(const protocol::Settings& settings) {
    const auto wanted =
        static_cast<std::int64_t>(settings.number(protocol::kMaxConnections).value());
    const std::int64_t possible = descriptors_for_clients().value_or(wanted);
    const std::string clients =
        std::to_string(std::max<std::int64_t>(std::min(wanted, possible), 1));
    if (const std::string& shown = settings.text(kCluster); shown != "off") {
      engine::KeyspaceFacade& keyspace = state_.engine.keyspace();
      state_.cluster =
          std::make_unique<Cluster>(state_.engine.instance_uuid(), shown == "on" ? kMasters : 1,
                                    keyspace.keyspace(), keyspace.changes());
      state_.settings.start_with("cluster-enabled", "yes");
    }
    state_.scripts_hold_all = settings.text(kBusyScripts) == "hold";
    return state_.settings.set({{"appendfsync", settings.text(kAppendFsync)},
                                {"maxclients", clients},
                                {"masteruser", settings.text(kMasterUser)},
                                {"masterauth", settings.text(kMasterAuth)}});
  }

  io::Task<void> serve(protocol::Connection& connection, std::size_t port) override {
    Session session(state_, connection, static_cast<unsigned>(port));
    co_await session.serve();
  }

  protocol::ConnectionLimits limits(std::size_t) const override {
    protocol::ConnectionLimits limits;  // the rest each session takes from the settings
    limits.cancel_on_hang_up = false;   // a client may send a pipeline and close its side
    return limits;
  }

  void listening(protocol::Listener& listener) override {
    state_.port = listener.port_number(0);
    state_.settings.start_with("port", std::to_string(state_.port));
    for (unsigned node = 0; state_.cluster != nullptr && node < state_.cluster->nodes(); ++node) {
      state_.cluster->set_port(node, listener.port_number(node));
    }
    state_.listener = &listener;
    state_.follow_settings();
    state_.link.resume();
  }

  void stop() override { state_.link.stop(); }

 private:
  ServiceState state_;
};

}  // namespace

Result<std::unique_ptr<protocol::Service>> make_service(const protocol::ServiceContext& context,
                                                        const protocol::Settings& settings) {
  auto service = std::make_unique<RedisService>(context);
  TRY_STATUS(service->configure(settings));
  return service;
}

}  // namespace octavo::redis
