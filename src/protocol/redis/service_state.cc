#include "protocol/redis/service_state.h"

#include "protocol/common/listener.h"
#include "protocol/redis/session.h"

namespace octavo::redis {

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
      blocked(engine.keyspace().keyspace(), [this] { return engine.keyspace().now_ms(); }),
      monitors(engine.memory().connections),
      rights_watch(engine.access().watch([this] { everybody.tell(&Session::look_at_rights); })),
      scripts(engine.memory().queries) {
  keyspace::Keyspace& keyspace = engine.keyspace().keyspace();
  const auto lock = keyspace.lock();
  keyspace.note_met_expired();
}

void ServiceState::follow_settings() {
  if (protocol::Listener* const open = listener.load()) {
    open->set_max_connections(settings.max_clients());
    open->set_keep_alive(settings.keep_alive_seconds());
  }
  tracking.set_max_keys(settings.tracked_keys());
  everybody.tell(&Session::look_at_settings);
}

}  // namespace octavo::redis
