#pragma once

// What one replica of this server is sent: a snapshot unless it goes on where it was, then the
// stream. Beside its session, which hears how far it is. On the connection's thread.

#include <memory>

#include "io/scope.h"
#include "io/task.h"
#include "keyspace/file/rdb_writer.h"
#include "protocol/common/connection.h"
#include "protocol/common/dispatch.h"
#include "protocol/redis/replication/source.h"

namespace octavo::redis {

struct ServiceState;

class ReplicaFeed {
 public:
  // `snapshot`: null when it goes on.
  ReplicaFeed(ServiceState& service, protocol::Connection& connection,
              protocol::Dispatch& long_calls, ReplicaPtr replica,
              std::unique_ptr<keyspace::RdbWriter> snapshot);
  ~ReplicaFeed();
  ReplicaFeed(const ReplicaFeed&) = delete;
  ReplicaFeed& operator=(const ReplicaFeed&) = delete;

  void start();
  io::Task<void> stop();
  Replica& replica() { return *replica_; }

 private:
  io::Task<void> run();
  io::Task<bool> send_snapshot();
  io::Task<bool> send_marked();
  io::Task<bool> send_measured();
  io::Task<bool> send_stream();
  bool failed(const Error& error) const;

  ServiceState& service_;
  protocol::Connection& connection_;
  protocol::Dispatch& long_calls_;
  const ReplicaPtr replica_;
  std::unique_ptr<keyspace::RdbWriter> snapshot_;
  io::Scope scope_;
};

}  // namespace octavo::redis
