#pragma once

// What all connections of this service share.

#include <memory>
#include <string>
#include <unordered_map>

#include "base/mutex.h"
#include "catalog/reserved.h"
#include "dialect/reql/host.h"
#include "engine/engine.h"
#include "engine/login_credentials.h"
#include "io/per_executor.h"
#include "io/worker_pool.h"
#include "protocol/common/delivery_turns.h"
#include "protocol/common/jobs.h"
#include "protocol/common/logins.h"

namespace octavo::rethinkdb {

// The database of system tables is not in the catalog: this protocol computes them.
using catalog::kSystemDatabase;
constexpr std::string_view kSystemDatabaseName = "rethinkdb";
constexpr std::string_view kServerTag = "default";

// Table metadata in the evaluator's form, made once per definition.
class MetadataCache {
 public:
  Result<reql::TablePtr> table(const engine::Engine& engine, const catalog::CatalogState& state,
                               const std::shared_ptr<const catalog::TableDefinition>& definition);

 private:
  struct Entry {
    std::weak_ptr<const catalog::TableDefinition> made_from;
    std::string database_name;
    reql::TablePtr info;
  };
  Mutex mutex_;
  std::unordered_map<std::uint64_t, Entry> entries_ OCTAVO_GUARDED_BY(mutex_);
};

struct ServiceState {
  engine::Engine& engine;
  io::WorkerPool& workers;
  protocol::Logins& logins;
  const engine::LoginCredentials& credentials;
  io::PerExecutor<protocol::DeliveryTurns>& turns;
  protocol::Jobs& jobs;
  std::string server_name;
  std::string server_uuid;
  std::int64_t started_wall_ns = 0;
  Nanoseconds query_timeout{0};  // 0: none
  std::uint16_t port = 0;
  MetadataCache metadata;
};

}  // namespace octavo::rethinkdb
