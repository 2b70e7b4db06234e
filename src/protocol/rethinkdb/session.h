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
#include "io/scope.h"
#include "io/task.h"
#include "protocol/common/connection.h"
#include "protocol/common/dispatch.h"
#include "protocol/common/feed_loop.h"
#include "protocol/common/statement.h"
#include "protocol/rethinkdb/handshake.h"
#include "protocol/rethinkdb/host.h"
#include "protocol/rethinkdb/response.h"
#include "protocol/rethinkdb/service_state.h"

namespace octavo::rethinkdb {

// Of one connection; feeds do not count.
constexpr std::size_t kMaxQueriesInFlight = 1024;

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
  using End = protocol::End;

  // A query from its START to its last batch. As a feed it is polled for each CONTINUE.
  struct Running final : protocol::PolledFeed {
    Running(ServiceState& service, protocol::Statements& all, std::int64_t t,
            const std::string& user, value::Account pays);

    // Evaluates the next batch. The first way is for worker threads; it may make the frame as well.
    Answer advance();
    Answer write_array();
    Outcome next();
    void put_success(const Outcome& outcome, RowTexts* row_texts, Bytes& out);
    std::optional<double> duration_ms() const;  // set for queries with `profile`

    bool poll(bool on_worker) override;
    bool never_waits() const override { return execution->never_waits(); }
    void notify(std::function<void()> wake) override { execution->notify(std::move(wake)); }
    bool holds_enough(const std::function<void()>& more) override {
      return host.holds_enough(more);
    }

    std::int64_t token;
    protocol::Statement statement;  // its account, which pays for everything here, goes last
    EngineHost host;
    // While the query is started it belongs to the thread that does it.
    std::unique_ptr<reql::Execution> execution;
    std::optional<protocol::FeedLoop> feed;  // once it is started, if it is one
    Answer polled;
    bool busy = true;  // a START or CONTINUE is being worked on
    bool noreply = false;
    bool profile = false;
    protocol::Weight weight = protocol::Weight::usual;
    std::int64_t started_ns = 0;  // of this START or CONTINUE
  };
  using RunningPtr = std::shared_ptr<Running>;
  using Parsed = Expected<reql::Query, reql::ReqlError>;

  io::Task<bool> shake_hands();
  io::Task<bool> check_password(Handshake& handshake);
  io::Task<bool> handle_frames();
  io::Task<bool> wait_until_busy_below(std::size_t limit);
  io::Task<void> handle_query(std::int64_t token, BytesView json);
  io::Task<Parsed> parse(BytesView json, value::Account& account);
  void start_query(std::int64_t token, value::Account account, reql::Query query, bool small);
  void list_job(const RunningPtr& running, const reql::Query& query);
  void on_killed(const RunningPtr& running);
  io::Task<void> run_start(RunningPtr running, reql::Query query, bool small);
  io::Task<void> run_continue(RunningPtr running);
  io::Task<void> wait_for_noreply(std::int64_t token);
  void stop_query(std::int64_t token);
  void refuse_request();
  void describe_server(std::int64_t token);

  template <class Step>
  io::Task<Answer> on_worker(Running& running, Step step);
  io::Task<Answer> next_batch(Running& running);
  io::Task<Answer> poll_feed(Running& running);
  void answer_batch(Running& running, Answer answer);
  static reql::ReqlError cut_short(const Running& running, bool wrote);
  void finish(Running& running);

  ServiceState& service_;
  protocol::Connection& connection_;
  protocol::DeliveryTurns& turns_;
  protocol::Dispatch dispatch_;
  protocol::Statements statements_;
  io::Scope scope_;
  ProtocolVersion version_ = ProtocolVersion::v1_0;
  std::string user_;
  std::map<std::int64_t, RunningPtr> queries_;
  std::size_t noreply_running_ = 0;
  std::vector<std::shared_ptr<io::Event>> noreply_waiters_;
  std::optional<reql::ReqlError> noreply_failure_;  // of queries since the last noreply_wait
  std::size_t busy_ = 0;                            // queries and batches being worked on
  io::Event room_;                                  // busy_ went down
};

}  // namespace octavo::rethinkdb
