#include <algorithm>
#include <atomic>
#include <deque>
#include <latch>
#include <thread>

#include "connection.h"
#include "io/runtime.h"
#include "io/scope.h"
#include "listeners.h"
#include "load.h"

namespace octavo::load {
namespace {

struct Shared {
  const Plan& plan;
  Listeners* listeners = nullptr;
  std::atomic<bool> measuring{false};
  std::atomic<bool> stopping{false};
  std::atomic<std::size_t> failed{0};
};

struct Tally {
  std::uint64_t operations = 0;
  std::uint64_t errors = 0;
  std::string first_error;
  std::vector<std::uint32_t> latencies_us;
};

void note(const Shared& shared, Tally& tally, std::size_t weight, std::int64_t sent_ns,
          const std::string& error) {
  if (!shared.measuring.load(std::memory_order_relaxed)) return;
  if (!error.empty()) {
    ++tally.errors;
    if (tally.first_error.empty()) tally.first_error = error;
    return;
  }
  tally.operations += weight;
  tally.latencies_us.push_back(
      static_cast<std::uint32_t>((system_clock().monotonic_ns() - sent_ns) / 1000));
}

std::string_view pick(const std::vector<Share>& mix, Random& random) {
  if (mix.size() == 1) return mix.front().operation;
  std::uint64_t parts = 0;
  for (const Share& share : mix) parts += share.parts;
  std::uint64_t at = random.below(parts);
  std::size_t i = 0;
  for (; at >= mix[i].parts; ++i) at -= mix[i].parts;
  return mix[i].operation;
}

struct Sent {
  std::int64_t at_ns;
  std::size_t weight;
};

io::Task<Status> load(Connection& connection, Shared& shared, Tally& tally) {
  Bytes out;
  std::deque<Sent> sent;
  std::uint64_t sent_in_all = 0;
  while (!shared.stopping.load(std::memory_order_relaxed)) {
    out.clear();
    while (sent.size() < shared.plan.pipeline) {
      const std::string_view operation = pick(shared.plan.mix, connection.random());
      connection.dialect().request(operation, connection.random(), out);
      sent.push_back({system_clock().monotonic_ns(), connection.dialect().weight(operation)});
      sent_in_all += sent.back().weight;
    }
    CO_TRY_STATUS(co_await connection.send(out));
    // The whole pipeline comes back before the next one leaves, as redis-benchmark does it.
    while (!sent.empty()) {
      const Result<Bytes> reply = co_await connection.read_reply();
      const bool lost = !reply && reply.error().code != Code::internal;
      if (lost) co_return fail(reply.error());
      note(shared, tally, sent.front().weight, sent.front().at_ns,
           reply ? std::string() : reply.error().what);
      sent.pop_front();
    }
    if (shared.plan.lockstep && shared.listeners != nullptr) {
      co_await shared.listeners->wait_for(sent_in_all);
    }
  }
  co_return Status();
}

io::Task<Status> prepare(const Plan& plan, MakeDialect make) {
  std::unique_ptr<Connection> connection;
  const Status opened = co_await connect(plan, make, 0, connection);
  co_return opened;
}

io::Task<Status> drive(Shared& shared, MakeDialect make, std::size_t index, Tally& tally) {
  std::unique_ptr<Connection> connection;
  const Status opened = co_await connect(shared.plan, make, index, connection);
  if (!opened) co_return opened;
  const Status ended = co_await load(*connection, shared, tally);
  co_return ended;
}

io::Task<void> drive_and_note(Shared& shared, MakeDialect make, std::size_t index, Tally& tally,
                              std::latch& done) {
  const Status ended = co_await drive(shared, make, index, tally);
  if (!ended && !shared.stopping) {
    ++tally.errors;
    tally.first_error = ended.error().what;
  }
  done.count_down();
}

io::Task<void> spawn(io::Scope& scope, io::Task<void> task) {
  scope.spawn(std::move(task));
  co_return;
}

double percentile(const std::vector<std::uint32_t>& sorted, double share) {
  if (sorted.empty()) return 0;
  const auto at = static_cast<std::size_t>(share * static_cast<double>(sorted.size() - 1));
  return sorted[at];
}

}  // namespace

Result<Report> run(const Plan& plan, const DialectRow& row) {
  io::RuntimeOptions options;
  options.threads = plan.listeners > 0 ? 2 : 1;
  io::Runtime runtime(options);
  io::Executor& executor = runtime.at(0);
  if (row.prepare != nullptr) TRY_STATUS(io::block_on(executor, prepare(plan, row.prepare)));

  std::unique_ptr<Listeners> listeners;
  if (plan.listeners > 0) {
    if (row.listen == nullptr) return fail(Code::invalid_argument, "nothing to listen to");
    listeners = std::make_unique<Listeners>(plan, row.listen, runtime.at(1));
    TRY_STATUS(listeners->open());
  }
  Shared shared{plan, listeners.get()};
  std::vector<Tally> tallies(plan.connections);
  std::latch done(static_cast<std::ptrdiff_t>(plan.connections));
  io::Scope scope(executor);
  for (std::size_t i = 0; i < plan.connections; ++i) {
    io::block_on(executor, spawn(scope, drive_and_note(shared, row.make, i, tallies[i], done)));
  }
  const auto sleep = [](double seconds) {
    std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
  };
  sleep(plan.warm_up_s);
  const std::int64_t started = system_clock().monotonic_ns();
  const auto measure = [&](bool on) {
    shared.measuring = on;
    if (listeners) listeners->measure(on);
  };
  measure(true);
  const std::uint64_t delivered_before = listeners ? listeners->delivered() : 0;
  sleep(plan.seconds);
  measure(false);
  const std::uint64_t delivered_after = listeners ? listeners->delivered() : 0;
  const std::int64_t ended = system_clock().monotonic_ns();
  shared.stopping = true;
  done.wait();
  io::block_on(executor, scope.stop());
  Report report;
  if (listeners) {
    const Status closed = listeners->close();
    if (!closed) report.first_error = closed.error().what;
    report.errors = closed ? 0 : 1;
  }
  runtime.stop();

  report.seconds = static_cast<double>(ended - started) / 1e9;
  std::vector<std::uint32_t> all;
  for (const Tally& tally : tallies) {
    report.operations += tally.operations;
    report.errors += tally.errors;
    if (report.first_error.empty()) report.first_error = tally.first_error;
    all.insert(all.end(), tally.latencies_us.begin(), tally.latencies_us.end());
  }
  if (listeners) {
    std::vector<std::uint32_t> feed = listeners->latencies_us();
    std::ranges::sort(feed);
    report.delivered = delivered_after - delivered_before;
    report.feed_p50_us = percentile(feed, 0.5);
    report.feed_p95_us = percentile(feed, 0.95);
    report.feed_max_us = percentile(feed, 1);
  }
  std::ranges::sort(all);
  report.p50_us = percentile(all, 0.5);
  report.p95_us = percentile(all, 0.95);
  report.p99_us = percentile(all, 0.99);
  report.p999_us = percentile(all, 0.999);
  report.max_us = percentile(all, 1);
  return report;
}

}  // namespace octavo::load
