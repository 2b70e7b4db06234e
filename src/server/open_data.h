#pragma once

// The data of a stopped server, opened as those that serve them do, without any port.

#include <memory>

#include "engine/engine.h"
#include "engine/login_credentials.h"
#include "io/per_executor.h"
#include "io/runtime.h"
#include "io/worker_pool.h"
#include "protocol/common/connection_table.h"
#include "protocol/common/delivery_turns.h"
#include "protocol/common/jobs.h"
#include "protocol/common/logins.h"
#include "protocol/common/service.h"
#include "protocol/common/settings.h"

namespace octavo::server {

// Not from an I/O thread.
class OpenData {
 public:
  static Result<std::unique_ptr<OpenData>> open(const protocol::Settings& settings);
  ~OpenData();
  OpenData(const OpenData&) = delete;
  OpenData& operator=(const OpenData&) = delete;

  const protocol::ServiceContext& context() const { return context_; }
  // Once nobody uses it.
  Status close();

 private:
  OpenData(std::unique_ptr<engine::Engine> engine, Bytes secret);

  io::Runtime runtime_{{.threads = 1}};
  io::PerExecutor<protocol::DeliveryTurns> turns_{runtime_};
  protocol::Jobs jobs_;
  protocol::ConnectionTable connections_;
  io::WorkerPool workers_{io::WorkerPoolOptions()};
  protocol::Logins logins_;
  const engine::LoginCredentials credentials_;
  const std::unique_ptr<engine::Engine> engine_;
  const protocol::ServiceContext context_;
  bool closed_ = false;
};

}  // namespace octavo::server
