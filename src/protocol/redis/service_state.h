#pragma once

// What all connections of this service share.

#include <atomic>
#include <mutex>
#include <string>

#include "engine/engine.h"
#include "engine/login_credentials.h"
#include "io/worker_pool.h"
#include "protocol/common/connection_table.h"
#include "protocol/common/jobs.h"
#include "protocol/common/logins.h"
#include "protocol/common/service.h"
#include "protocol/redis/config/settings.h"
#include "protocol/redis/guests.h"
#include "protocol/redis/replica_link.h"
#include "protocol/redis/replication/source.h"
#include "protocol/redis/script/store.h"
#include "protocol/redis/state/acl_log.h"
#include "protocol/redis/state/blocking.h"
#include "protocol/redis/state/cluster.h"
#include "protocol/redis/state/command_stats.h"
#include "protocol/redis/state/latency.h"
#include "protocol/redis/state/mailbox.h"
#include "protocol/redis/state/monitor.h"
#include "protocol/redis/state/notifier.h"
#include "protocol/redis/state/pause.h"
#include "protocol/redis/state/pubsub.h"
#include "protocol/redis/state/rates.h"
#include "protocol/redis/state/slow_log.h"
#include "protocol/redis/state/tracking.h"

namespace octavo::protocol {
class Listener;
}

namespace octavo::redis {

struct ServiceState {
  explicit ServiceState(const protocol::ServiceContext& context);

  // After they were changed: those that are about connections hold for all of them from now on.
  void follow_settings();

  // Writes are refused: fewer replicas follow than `min-replicas-to-write` says, or they have said
  // nothing for longer than `min-replicas-max-lag`.
  bool lacks_replicas() const {
    return settings.min_replicas() > 0 && good_replicas() < settings.min_replicas();
  }

  engine::Engine& engine;
  protocol::ConnectionTable& connections;
  protocol::Logins& logins;
  const engine::LoginCredentials& credentials;
  protocol::Jobs& jobs;
  Settings settings;
  DeliveryLines lines;
  PubSub pubsub;
  KeyspaceNotifier notifier;  // publishes to `pubsub`
  Tracking tracking;
  std::unique_ptr<Cluster> cluster;  // null: there is none
  ReplicationSource source;          // of those that follow this server
  std::atomic<std::int64_t> ping_replica_seconds{10};
  BlockedClients blocked;
  Monitors monitors;
  Pause pause;
  CommandStats command_stats;
  SlowLog slow_log;
  Latency latency;
  AclLog acl_log;
  Guests everybody;
  std::unique_ptr<engine::Access::Watch> rights_watch;
  Rates rates;
  // For long reads and large writes: threads of their own, so that no query of another protocol
  // keeps them waiting.
  io::WorkerPool long_calls{{.threads = 2, .long_limit = 2, .name = "redis-long"}};
  ScriptStore scripts;
  RunningScripts running_scripts;
  bool scripts_hold_all = false;  // `redis-busy-scripts`; before there are sessions
  // Also what is barred to them (DEBUG SET-DISABLE-DENY-SCRIPTS), as far as it runs as a call.
  std::atomic<bool> scripts_call_all{false};
  // For scripts that take long: they may never end by themselves.
  io::WorkerPool script_threads{{.threads = 2, .long_limit = 2, .name = "redis-script"}};
  std::int64_t started_wall_ns = 0;
  std::uint16_t port = 0;
  std::atomic<protocol::Listener*> listener{nullptr};  // once it is open
  std::string run_id;                                  // 40 hex digits
  ReplicaLink link;                                    // to the server that this one follows
  std::atomic<std::uint64_t> commands{0};
  std::atomic<std::uint64_t> connections_received{0};
  // Of connections that have closed.
  std::atomic<std::uint64_t> closed_input_bytes{0};
  std::atomic<std::uint64_t> closed_output_bytes{0};

 private:
  std::size_t good_replicas() const;
};

}  // namespace octavo::redis
