#pragma once

// One client's dialogue after its handshake: queries run side by side, each under its token; a
// stream keeps its place between CONTINUEs. Everything here happens on the connection's thread,
// except what is handed to the worker pool.

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/limits.h"
#include "dialect/reql/execution.h"
#include "io/event.h"
#include "io/remote_handle.h"
#include "io/scope.h"
#include "io/semaphore.h"
#include "io/task.h"
#include "protocol/common/connection.h"
#include "protocol/rethinkdb/handshake.h"
#include "protocol/rethinkdb/host.h"
#include "protocol/rethinkdb/response.h"
#include "protocol/rethinkdb/service_state.h"

namespace octavo::rethinkdb {

// Of one connection; feeds do not count.
constexpr std::size_t kMaxQueriesInFlight = 1024;
// Of those, how many worker threads are asked for at a time: a client leaves room for others.
constexpr std::size_t kMaxQueriesOnWorkers = 64;
// What is larger is parsed and encoded on worker threads: a megabyte takes milliseconds.
constexpr std::size_t kMaxInlineRequestBytes = 64 * kKiB;
constexpr std::size_t kMaxInlineReplyBytes = 512 * kKiB;

class Session {
 public:
  Session(ServiceState& service, protocol::Connection& connection);

  io::Task<void> serve();

 private:
  using Outcome = Expected<reql::Batch, reql::ReqlError>;
  // What a START or CONTINUE came to, and its frame if that was made on a worker thread.
  struct Answer {
    Outcome outcome;
    Bytes frame;
  };
  // What ended a query before it was done.
  enum class End : std::uint8_t {
    none,
    stop,    // its client sent STOP
    killed,  // through `rethinkdb.jobs`
    gone,    // nobody will read the reply
    server,  // the server is stopping
  };

  // A query from its START to its last batch.
  struct Running {
    Running(ServiceState& service, std::int64_t t, const std::string& user, value::Account pays);

    // Evaluates the next batch. The first way is for worker threads; it may make the frame as well.
    Answer advance();
    Outcome next();
    void put_success(const Outcome& outcome, RowTexts* row_texts, Bytes& out);
    std::optional<double> duration_ms() const;  // set for queries with `profile`

    std::int64_t token;
    value::Account account;  // of everything that the query makes; goes last
    exec::QueryContext context;
    std::shared_ptr<protocol::Alarm> alarm;  // a feed has something, or the query was stopped
    EngineHost host;
    CancelSource cancel;
    // While the query is started it belongs to the thread that does it, `started` to the session's.
    std::unique_ptr<reql::Execution> execution;
    bool started = false;
    bool busy = true;  // a START or CONTINUE is being worked on
    End end = End::none;
    bool noreply = false;
    bool profile = false;
    bool urgent = false;
    bool caught_up = false;  // a feed whose initial rows are out: polling it never waits
    bool drained = false;    // a feed that had nothing when it was polled last
    std::int64_t started_ns = 0;
    protocol::DeliveryTurns::Turn turn;  // of a feed that is caught up
    std::optional<protocol::Jobs::Entry> job;

    bool stopped() const { return end != End::none; }
    bool is_feed() const { return started && execution != nullptr && execution->is_feed(); }
    void stop(End why) {
      if (!stopped()) end = why;
      cancel.cancel();
      alarm->ring();
    }
  };
  using RunningPtr = std::shared_ptr<Running>;
  using Step = std::move_only_function<Answer()>;
  using Parsed = Expected<reql::Query, reql::ReqlError>;

  // Of the work that is done for this client.
  std::uint64_t owner() const { return std::to_underlying(connection_.info().id); }
  io::Task<bool> shake_hands();
  io::Task<bool> check_password(Handshake& handshake);
  io::Task<bool> handle_frames();
  io::Task<bool> wait_until_busy_below(std::size_t limit);
  io::Task<void> handle_query(std::int64_t token, BytesView json);
  io::Task<Parsed> parse(BytesView json, value::Account& account);
  void start_query(std::int64_t token, value::Account account, reql::Query query, bool small);
  void list_job(const RunningPtr& running, const reql::Query& query);
  void kill(const RunningPtr& running);
  io::Task<void> run_start(RunningPtr running, reql::Query query, bool small);
  io::Task<void> run_continue(RunningPtr running);
  io::Task<void> wait_for_noreply(std::int64_t token);
  void stop_query(std::int64_t token);
  void refuse_request();
  void stop_queries(End why);
  void begin_drain();
  void describe_server(std::int64_t token);

  io::Task<Answer> on_worker(Running& running, Step step);
  io::Task<Answer> next_batch(Running& running);
  io::Task<Answer> poll_feed(Running& running);
  static io::Task<void> wait_for_change(Running& running, std::int64_t until_ns);
  io::Task<void> hold_back(Running& running);
  void answer_batch(Running& running, Answer answer);
  static reql::ReqlError cut_short(const Running& running, bool wrote);
  void start_clock(Running& running);
  void finish(Running& running);

  ServiceState& service_;
  protocol::Connection& connection_;
  protocol::DeliveryTurns& turns_;
  io::Scope scope_;
  ProtocolVersion version_ = ProtocolVersion::v1_0;
  std::string user_;
  std::map<std::int64_t, RunningPtr> queries_;
  std::size_t noreply_running_ = 0;
  std::vector<std::shared_ptr<io::Event>> noreply_waiters_;
  std::optional<reql::ReqlError> noreply_failure_;  // of queries since the last noreply_wait
  std::size_t busy_ = 0;                            // queries and batches being worked on
  io::Event room_;                                  // busy_ went down
  io::Semaphore on_workers_{kMaxQueriesOnWorkers};
  io::Reachable<Session> reachable_;
};

}  // namespace octavo::rethinkdb
