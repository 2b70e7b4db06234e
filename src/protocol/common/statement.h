#pragma once

// One statement of a client from its start to its last row: who asks, what pays, what its reply
// promises, and what ends it. Those of a connection are ended together (docs/notes/0011-ends.md):
// by a client that is gone, by the beginning of a drain those that wait or have no end of their
// own, and by its end the rest.
//
// All of it on the connection's thread, but for what says otherwise; the context also on the worker
// that runs the statement.

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>

#include "base/cancel.h"
#include "base/pacer.h"
#include "engine/engine.h"
#include "io/remote_handle.h"
#include "protocol/common/alarm.h"
#include "protocol/common/connection.h"
#include "protocol/common/durable.h"
#include "protocol/common/jobs.h"

namespace octavo::protocol {

// What ended a statement before it was done. The protocol picks the words.
enum class End : std::uint8_t {
  none,
  client,  // has said so
  killed,  // by its job
  gone,    // nobody will read the reply
  server,  // which is stopping
};

class Statement;

// What pays for one query of a client: a share of the memory of all.
value::Account query_account(engine::Engine& engine);

// Those of one connection, which outlives this object; it outlives them.
class Statements {
 public:
  Statements(Connection& connection, Jobs& jobs, Pacer& pacer);
  ~Statements();
  Statements(const Statements&) = delete;
  Statements& operator=(const Statements&) = delete;

  void stop_all(End why);

 private:
  friend class Statement;
  void begin_drain();
  std::move_only_function<void()> soon(void (*action)(Statements&));

  Connection& connection_;
  Jobs& jobs_;
  Pacer& pacer_;
  Statement* first_ = nullptr;
  const io::Reachable<Statements> reachable_;
  const CancelCallback on_gone_;
  const CancelCallback on_drain_;
};

class Statement {
 public:
  Statement(Statements& all, std::string_view user, value::Account pays);
  ~Statement();
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  exec::QueryContext& context() { return context_; }
  const exec::QueryContext& context() const { return context_; }
  value::Account& account() { return account_; }
  // Wakes it where it waits for news; rung also when it is stopped.
  const std::shared_ptr<Alarm>& alarm() const { return alarm_; }
  std::int64_t started_ns() const { return started_ns_; }  // monotonic

  // For what is computed from now on, until the next call. 0: no limit.
  void start_clock(Nanoseconds limit);
  // Lists it as a job: its protocol, client, user, start and end are filled in. Who ends it stops
  // it, and then `on_killed` is called, if the statement is still there.
  void list(Job job, std::function<void()> on_killed = {});
  // It has no end of its own.
  void set_feed();
  // The first reason stays.
  void stop(End why);
  End end() const { return end_; }
  bool stopped() const { return end_ != End::none; }
  // From any thread: it shall not wait for others any more; what it computes may go on.
  bool waits_are_over() const { return waits_are_over_.load(std::memory_order_relaxed); }

  Promise promise;

 private:
  friend class Statements;
  void end_waits();

  Statements& all_;
  Statement* previous_ = nullptr;
  Statement* next_ = nullptr;
  value::Account account_;  // of everything that it makes
  CancelSource cancel_;
  exec::QueryContext context_;
  std::shared_ptr<Alarm> alarm_ =
      std::make_shared<Alarm>();  // feeds, which may outlive it, ring it
  std::int64_t started_ns_ = 0;
  End end_ = End::none;
  bool feed_ = false;
  std::atomic<bool> waits_are_over_{false};
  std::optional<io::Reachable<Statement>> reachable_;
  std::optional<Jobs::Entry> job_;
};

}  // namespace octavo::protocol
