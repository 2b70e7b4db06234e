#pragma once

// One client's dialogue after its handshake: queries run side by side, each under its token; a
// stream keeps its place between CONTINUEs. Everything here happens on the connection's thread,
// except what is handed to the worker pool.

#include <atomic>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "function/reql/execution.h"
#include "io/event.h"
#include "io/scope.h"
#include "io/task.h"
#include "protocol/common/connection.h"
#include "protocol/rethinkdb/door_state.h"
#include "protocol/rethinkdb/handshake.h"
#include "protocol/rethinkdb/host.h"
#include "protocol/rethinkdb/response.h"

namespace octavo::rethinkdb {

constexpr std::size_t kMaxQueriesInFlight = 1024;  // of one connection; feeds do not count

class Session {
 public:
  Session(DoorState& door, protocol::Connection& connection);

  io::Task<void> serve();

 private:
  // A query from its START to its last batch.
  struct Running {
    Running(DoorState& door, std::int64_t t, const std::string& user);

    std::int64_t token;
    exec::QueryContext context;
    std::shared_ptr<Alarm> alarm;  // a feed has something, or the query was stopped
    EngineHost host;
    std::atomic<bool> cancelled{false};
    std::unique_ptr<reql::Execution> execution;
    bool busy = true;  // a START or CONTINUE is being worked on
    bool stopped = false;
    bool killed = false;  // stopped through `rethinkdb.jobs`
    bool noreply = false;
    bool profile = false;
    bool caught_up = false;  // a feed whose initial rows are out: polling it never waits
    bool drained = false;    // a feed that had nothing when it was polled last
    std::int64_t started_ns = 0;
    protocol::DeliveryTurns::Turn turn;  // of a feed that is caught up
    std::optional<Jobs::Entry> job;

    void stop() {
      stopped = true;
      cancelled.store(true, std::memory_order_relaxed);
      alarm->ring();
    }
  };
  using RunningPtr = std::shared_ptr<Running>;
  using Outcome = Expected<reql::Batch, reql::ReqlError>;

  io::Task<bool> shake_hands();
  io::Task<bool> handle_frames();
  io::Task<void> handle_query(std::int64_t token, BytesView json);
  void start_query(std::int64_t token, reql::Query query);
  void list_job(const RunningPtr& running, const reql::Query& query);
  void kill(const RunningPtr& running);
  io::Task<void> run_start(RunningPtr running, reql::Query query);
  io::Task<void> run_continue(RunningPtr running);
  io::Task<void> wait_for_noreply(std::int64_t token);
  void stop_query(std::int64_t token);
  void stop_queries();
  void describe_server(std::int64_t token);

  io::Task<Outcome> next_batch(Running& running);
  io::Task<Outcome> poll_feed(Running& running);
  static io::Task<void> wait_for_change(Running& running);
  io::Task<void> hold_back(Running& running);
  io::Task<Status> wait_durable(Running& running);
  void answer_batch(Running& running, Outcome outcome);
  void start_clock(Running& running);
  void finish(Running& running);
  std::optional<double> duration(const Running& running) const;

  DoorState& door_;
  protocol::Connection& connection_;
  protocol::DeliveryTurns& turns_;
  std::shared_ptr<Session*> alive_ = std::make_shared<Session*>(this);
  io::Scope scope_;
  ProtocolVersion version_ = ProtocolVersion::v1_0;
  std::string user_;
  std::map<std::int64_t, RunningPtr> queries_;
  std::size_t noreply_running_ = 0;
  std::vector<std::shared_ptr<io::Event>> noreply_waiters_;
  std::size_t busy_ = 0;  // queries and batches being worked on
  io::Event room_;        // busy_ went down
};

}  // namespace octavo::rethinkdb
