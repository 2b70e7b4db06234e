#pragma once

// Listeners beside a load: feeds or subscriptions, each on a connection of its own, that say when
// they received what a writer sent. A writer puts `"sent":<monotonic ns>` (see `stamp`) into what
// it writes; that mark is looked for in every message, whatever the protocol wraps it in.

#include <atomic>
#include <memory>
#include <vector>

#include "connection.h"
#include "io/event.h"
#include "io/runtime.h"
#include "io/scope.h"

namespace octavo::load {

std::string stamp(std::int64_t now_ns);

class Listeners {
 public:
  Listeners(const Plan& plan, MakeDialect make, io::Executor& executor)
      : plan_(plan), make_(make), executor_(executor), scope_(executor) {}

  Status open();
  Status close();

  void measure(bool on) { measuring_ = on; }
  std::uint64_t delivered() const { return delivered_.load(std::memory_order_acquire); }
  // Waits until every listener has received `messages` since the opening.
  io::Task<void> wait_for(std::uint64_t messages);

  // Microseconds from sending to receiving, each delivery by itself. After `close`.
  const std::vector<std::uint32_t>& latencies_us() const { return latencies_us_; }
  const std::string& first_error() const { return first_error_; }

 private:
  io::Task<Status> connect_all();
  io::Task<void> listen(Connection& connection);
  io::Task<void> interrupt_all();
  void note(BytesView message);

  const Plan& plan_;
  MakeDialect make_;
  io::Executor& executor_;
  io::Scope scope_;
  std::vector<std::unique_ptr<Connection>> connections_;
  std::atomic<bool> measuring_{false};
  std::atomic<bool> closing_{false};
  std::atomic<std::uint64_t> delivered_{0};
  io::Event progress_;
  std::vector<std::uint32_t> latencies_us_;
  std::string first_error_;
};

}  // namespace octavo::load
