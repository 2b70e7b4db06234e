#pragma once

// What the commands of all connections share.

#include <array>
#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/scram.h"
#include "protocol/common/service.h"
#include "protocol/mongodb/command/capped_sizes.h"
#include "protocol/mongodb/command/client_sessions.h"
#include "protocol/mongodb/command/command.h"
#include "protocol/mongodb/command/cursors.h"
#include "protocol/mongodb/command/default_concerns.h"
#include "protocol/mongodb/command/fail_points.h"
#include "protocol/mongodb/command/index_filters.h"
#include "protocol/mongodb/command/log_clock.h"
#include "protocol/mongodb/command/profiler.h"
#include "value/value.h"

namespace octavo::mongodb {

// The version whose commands and errors this protocol follows, and what drivers take it for.
constexpr std::string_view kMongodbVersion = "7.0.14";
constexpr std::array<std::int32_t, 4> kMongodbVersionParts = {7, 0, 14, 0};
constexpr std::int32_t kMaxWireVersion = 21;
constexpr std::int64_t kMaxMessageBytes = 48'000'000;
constexpr std::int64_t kMaxWriteBatch = 100'000;

struct ServerOptions {
  std::string set_name;        // of the replica set that this server alone is; empty: of none
  std::string advertised;      // host:port at which clients reach it; empty: where they came in
  bool test_commands = false;  // configureFailPoint
  // What the idle cursors of one user may hold; nothing: an eighth of the server's memory.
  std::optional<std::size_t> cursor_bytes = {};
  std::vector<std::string_view> compressors = {};  // in which clients may pack their messages
};

// What clients may set while the server runs (setParameter).
struct CommandParameters {
  std::atomic<std::int64_t> cursor_timeout_ms{10 * 60 * 1000};
  std::atomic<std::int64_t> transaction_seconds{60};
  std::atomic<std::int64_t> log_level{0};  // above 0: what only debugging asks for, too
};

// What this run of the server is called, for drivers: they notice when it is another.
struct ServerIdentity {
  value::Value process;   // an ObjectId
  value::Value election;  // an ObjectId that a later run of the server does not go behind
  std::int64_t started_wall_ns = 0;
  std::int64_t started_ns = 0;  // monotonic
};

struct CommandShared {
  CommandShared(const protocol::ServiceContext& given, ServerOptions set);

  bool is_replica_set() const { return !options.set_name.empty(); }
  void count(Operation operation, std::uint64_t by = 1) {
    counts[static_cast<std::size_t>(operation)].fetch_add(by, std::memory_order_relaxed);
  }

  const protocol::ServiceContext service;
  const ServerOptions options;
  const ServerIdentity identity;
  // Of users who have a password.
  const catalog::FindCredentials passwords;
  LogClock clock;
  Cursors cursors;
  ClientSessions sessions;  // after the cursors, which outlive them
  FailPoints fail_points;
  Profiler profiler;
  CommandParameters parameters;
  CappedSizes capped_sizes;
  std::array<std::atomic<std::uint64_t>, kOperations> counts{};
  DefaultConcerns default_concerns;
  IndexFilters index_filters;
};

// Where clients find this server, as its set tells the one of that connection.
std::string advertised_address(const CommandShared& shared, protocol::Connection& connection);

}  // namespace octavo::mongodb
