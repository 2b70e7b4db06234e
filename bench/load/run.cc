#include <algorithm>
#include <atomic>
#include <deque>
#include <latch>
#include <thread>

#include "base/limits.h"

#include "io/runtime.h"
#include "io/scope.h"
#include "io/socket.h"
#include "load.h"

namespace octavo::load {
namespace {

constexpr std::size_t kReadBytes = 64 * kKiB;

struct Shared {
  const Plan& plan;
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

class Connection {
 public:
  Connection(io::Stream stream, std::unique_ptr<Dialect> dialect, std::uint64_t seed)
      : stream_(std::move(stream)), dialect_(std::move(dialect)), random_(seed) {}

  io::Task<Status> open() {
    Bytes last;
    for (std::size_t step = 0;; ++step) {
      const std::string out = dialect_->opening(step, last);
      if (out.empty()) co_return Status();
      CO_TRY_STATUS(co_await stream_.write_all(out));
      Result<Bytes> reply = co_await read_reply();
      if (!reply) co_return fail(reply.error());
      last = *std::move(reply);
    }
  }

  io::Task<Status> load(Shared& shared, Tally& tally) {
    Bytes out;
    std::deque<std::int64_t> sent;
    while (!shared.stopping.load(std::memory_order_relaxed)) {
      out.clear();
      while (sent.size() < shared.plan.pipeline) {
        dialect_->request(random_, out);
        sent.push_back(system_clock().monotonic_ns());
      }
      CO_TRY_STATUS(co_await stream_.write_all(out));
      // The whole pipeline comes back before the next one leaves, as redis-benchmark does it.
      while (!sent.empty()) {
        const Result<Bytes> reply = co_await read_reply();
        const bool lost = !reply && reply.error().code != Code::internal;
        if (lost) co_return fail(reply.error());
        note(shared, tally, sent.front(), reply ? std::string() : reply.error().what);
        sent.pop_front();
      }
    }
    co_return Status();
  }

 private:
  void note(const Shared& shared, Tally& tally, std::int64_t sent_ns, const std::string& error) {
    if (!shared.measuring.load(std::memory_order_relaxed)) return;
    if (!error.empty()) {
      ++tally.errors;
      if (tally.first_error.empty()) tally.first_error = error;
      return;
    }
    tally.operations += dialect_->weight();
    tally.latencies_us.push_back(
        static_cast<std::uint32_t>((system_clock().monotonic_ns() - sent_ns) / 1000));
  }

  // `internal` for an error reply, which is consumed like any other.
  io::Task<Result<Bytes>> read_reply() {
    for (;;) {
      const BytesView input = BytesView(input_).substr(at_);
      Result<std::size_t> size = dialect_->reply(input);
      if (!size) {
        consume_error(input);
        co_return fail(Code::internal, size.error().what);
      }
      if (*size > 0) {
        Bytes reply(input.substr(0, *size));
        at_ += *size;
        co_return reply;
      }
      input_.erase(0, std::exchange(at_, 0));
      const std::size_t before = input_.size();
      input_.resize(before + kReadBytes);
      const Result<std::size_t> got =
          co_await stream_.read_some(std::span(input_.data() + before, kReadBytes));
      input_.resize(before + got.value_or(0));
      if (!got) co_return fail(got.error());
      if (*got == 0) co_return fail(Code::unavailable, "the server closed the connection");
    }
  }

  // An error reply ends where a good one would; both dialects frame the two alike.
  void consume_error(BytesView input) {
    const std::size_t line = input.find("\r\n");
    if (!input.empty() && input[0] == '-') {
      at_ += line + 2;
    } else if (input.size() >= 12) {
      at_ += 12 + load_le<std::uint32_t>(input.data() + 8);
    }
  }

  io::Stream stream_;
  std::unique_ptr<Dialect> dialect_;
  Random random_;
  Bytes input_;
  std::size_t at_ = 0;
};

io::Task<Status> connect(const Plan& plan, MakeDialect make, std::size_t index,
                         std::unique_ptr<Connection>& out) {
  io::SocketAddress address;
  address.host = plan.host;
  address.port = plan.port;
  Result<io::Stream> stream = co_await io::connect(address);
  if (!stream) co_return fail(stream.error());
  stream->set_no_delay(true);
  out = std::make_unique<Connection>(*std::move(stream), make(plan, index), index + 1);
  const Status opened = co_await out->open();
  co_return opened;
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
  const Status ended = co_await connection->load(shared, tally);
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
  options.threads = 1;
  io::Runtime runtime(options);
  io::Executor& executor = runtime.at(0);
  if (row.prepare != nullptr) TRY_STATUS(io::block_on(executor, prepare(plan, row.prepare)));

  Shared shared{plan};
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
  shared.measuring = true;
  sleep(plan.seconds);
  shared.measuring = false;
  const std::int64_t ended = system_clock().monotonic_ns();
  shared.stopping = true;
  done.wait();
  io::block_on(executor, scope.stop());
  runtime.stop();

  Report report;
  report.seconds = static_cast<double>(ended - started) / 1e9;
  std::vector<std::uint32_t> all;
  for (const Tally& tally : tallies) {
    report.operations += tally.operations;
    report.errors += tally.errors;
    if (report.first_error.empty()) report.first_error = tally.first_error;
    all.insert(all.end(), tally.latencies_us.begin(), tally.latencies_us.end());
  }
  std::ranges::sort(all);
  report.p50_us = percentile(all, 0.5);
  report.p95_us = percentile(all, 0.95);
  report.p99_us = percentile(all, 0.99);
  report.max_us = percentile(all, 1);
  return report;
}

}  // namespace octavo::load
