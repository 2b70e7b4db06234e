#include "protocol/common/statement.h"

#include <utility>

#include "base/assert.h"
#include "base/clock.h"

namespace octavo::protocol {

value::Account query_account(engine::Engine& engine) {
  engine::ProcessMemory& memory = engine.memory();
  return {memory.queries, memory.shares.query};
}

Statements::Statements(Connection& connection, Jobs& jobs, Pacer& pacer)
    : connection_(connection),
      jobs_(jobs),
      pacer_(pacer),
      reachable_(connection.executor(), *this),
      on_gone_(connection.token(), soon([](Statements& all) {
                 const bool out_of_time =
                     all.connection_.token().reason() == Code::unavailable;  // of the drain
                 all.stop_all(out_of_time ? End::server : End::gone);
               })),
      on_drain_(connection.drain_token(), soon([](Statements& all) { all.begin_drain(); })) {}

Statements::~Statements() { ASSERT(first_ == nullptr); }

// Whoever cancels is in the middle of something, and on any thread.
std::move_only_function<void()> Statements::soon(void (*action)(Statements&)) {
  return [action, self = reachable_.handle()] { self.post(action); };
}

void Statements::stop_all(End why) {
  for (Statement* one = first_; one != nullptr; one = one->next_) one->stop(why);
}

// What computes goes on; what waits for others does not.
void Statements::begin_drain() {
  for (Statement* one = first_; one != nullptr; one = one->next_) {
    one->end_waits();
    if (one->feed_) one->stop(End::server);
  }
}

Statement::Statement(Statements& all, std::string_view user, value::Account pays)
    : all_(all),
      next_(all.first_),
      account_(std::move(pays)),
      context_(user),
      started_ns_(system_clock().monotonic_ns()) {
  context_.evaluation.cancel = cancel_.token();
  context_.evaluation.account = &account_;
  context_.evaluation.clock = &system_clock();
  context_.evaluation.pacer = &all.pacer_;
  context_.evaluation.now_ns = system_clock().wall_ns();
  if (next_ != nullptr) next_->previous_ = this;
  all_.first_ = this;
  if (all_.connection_.draining()) end_waits();
}

Statement::~Statement() {
  (previous_ != nullptr ? previous_->next_ : all_.first_) = next_;
  if (next_ != nullptr) next_->previous_ = previous_;
}

void Statement::start_clock(Nanoseconds limit) {
  if (limit.count() == 0) return;
  context_.evaluation.deadline_ns = system_clock().monotonic_ns() + limit.count();
}

void Statement::list(Job job, std::function<void()> on_killed) {
  Connection& connection = all_.connection_;
  job.set_origin(connection.info(), context_.user, started_ns_);
  reachable_.emplace(connection.executor(), *this);
  job.kill = [self = reachable_->handle(), then = std::move(on_killed)] {
    self.post([then](Statement& statement) {
      statement.stop(End::killed);
      if (then) then();  // which may be its end
    });
  };
  job_.emplace(all_.jobs_, std::move(job));
}

void Statement::set_feed() {
  feed_ = true;
  if (all_.connection_.draining()) stop(End::server);
}

void Statement::stop(End why) {
  if (!stopped()) end_ = why;
  cancel_.cancel();
  alarm_->ring();
}

void Statement::end_waits() {
  waits_are_over_.store(true, std::memory_order_relaxed);
  alarm_->ring();
}

}  // namespace octavo::protocol
