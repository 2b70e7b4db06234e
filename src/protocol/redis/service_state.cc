#include "protocol/redis/service_state.h"

#include <algorithm>

#include "base/clock.h"
#include "base/random.h"
#include "base/text.h"
#include "keyspace/type/numbers.h"
#include "protocol/common/listener.h"
#include "protocol/redis/session.h"

namespace octavo::redis {
namespace {

std::int64_t number_of(const Settings& settings, std::string_view name) {
  return keyspace::parse_int64(settings.get(name)).value_or(0);
}

MasterDialogue::Options link_options(const ServiceState& service) {
  return {.user = service.settings.get("masteruser"),
          .password = service.settings.get("masterauth"),
          .port = service.port,
          .announced_host = service.settings.get("replica-announce-ip"),
          .timeout_ns = number_of(service.settings, "repl-timeout") * 1'000'000'000};
}

}  // namespace

ServiceState::ServiceState(const protocol::ServiceContext& context)
    : engine(context.engine),
      connections(context.connections),
      logins(context.logins),
      credentials(context.credentials),
      jobs(context.jobs),
      settings(engine.keyspace().keyspace().limits(), engine.keyspace().room().share()),
      lines(context.runtime, context.turns),
      pubsub(engine.memory().connections),
      notifier(engine.keyspace().changes(), pubsub),
      tracking(engine.keyspace().keyspace(), engine.keyspace().changes(),
               engine.memory().connections),
      source(engine.keyspace().keyspace(), engine.keyspace().changes(), engine.memory().connections,
             format_hex(secure_random_bytes(20))),
      blocked(engine.keyspace().keyspace(), [this] { return engine.keyspace().now_ms(); }),
      monitors(engine.memory().connections),
      rights_watch(engine.access().watch([this] { everybody.tell(&Session::look_at_rights); })),
      scripts(engine.memory().queries),
      link(
          engine, source, [this] { return link_options(*this); },
          [this](std::string_view channel, std::string_view message, bool is_shard) {
            pubsub.publish(channel, message, is_shard);
          }) {
  keyspace::Keyspace& keyspace = engine.keyspace().keyspace();
  const auto lock = keyspace.lock();
  keyspace.note_met_expired();
}

std::size_t ServiceState::good_replicas() const {
  constexpr std::int64_t kNanosPerSecond = 1'000'000'000;
  const std::int64_t most_lag_ns = number_of(settings, "min-replicas-max-lag") * kNanosPerSecond;
  const std::int64_t now_ns = system_clock().monotonic_ns();
  const auto replicas = source.replicas();
  return static_cast<std::size_t>(std::ranges::count_if(replicas, [&](const ReplicaPtr& one) {
    const bool is_online = one->phase.load() == ReplicaPhase::online;
    return is_online && (most_lag_ns == 0 || now_ns - one->acknowledged_ns <= most_lag_ns);
  }));
}

void ServiceState::follow_settings() {
  if (protocol::Listener* const open = listener.load()) {
    open->set_max_connections(settings.max_clients());
    open->set_keep_alive(settings.keep_alive_seconds());
  }
  tracking.set_max_keys(settings.tracked_keys());
  ping_replica_seconds = number_of(settings, "repl-ping-replica-period");
  source.set_limits(
      {.backlog_bytes = static_cast<std::size_t>(number_of(settings, "repl-backlog-size")),
       .backlog_seconds = number_of(settings, "repl-backlog-ttl"),
       .max_lag_bytes = settings.replica_output_limit().hard_bytes});
  everybody.tell(&Session::look_at_settings);
}

}  // namespace octavo::redis
