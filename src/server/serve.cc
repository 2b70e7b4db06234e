#include "server/serve.h"

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <optional>
#include <thread>

#include "base/allocator.h"
#include "base/limits.h"
#include "base/logging.h"
#include "base/version.h"
#include "engine/administrator.h"
#include "engine/engine.h"
#include "engine/login_credentials.h"
#include "io/per_executor.h"
#include "io/signal.h"
#include "io/worker_pool.h"
#include "protocol/common/delivery_turns.h"
#include "protocol/common/health.h"
#include "protocol/common/jobs.h"
#include "protocol/common/listeners.h"
#include "protocol/common/logins.h"
#include "server/core_settings.h"
#include "server/engine_options.h"
#include "server/process_metrics.h"
#include "server/protocols.h"
#include "server/setting_names.h"

namespace octavo::server {
namespace {

using protocol::Settings;

// Of the ten seconds that a stop may take: this long for requests in flight, a quarter of it for
// those that were cancelled then, and the rest for the engine.
constexpr Nanoseconds kDrainGrace = std::chrono::seconds(5);

// Log segments, table files, listeners and the like.
constexpr std::uint64_t kOwnDescriptors = 1000;

// Told at the start what has to be done about it.
Status check_exposure(const engine::Engine& engine, const Settings& settings) {
  const Status checked = engine::check_administrator(engine, protocol::public_addresses(settings));
  if (checked) return {};
  return fail(
      checked.error().code,
      fmt::format("{}; allowed: loopback addresses, or set {} ({}) first", checked.error().what,
                  kInitialPassword.name, environment_name(kInitialPassword.name)));
}

void announce(const std::string& line) {
  std::printf("%s\n", line.c_str());
  std::fflush(stdout);
}

// One descriptor a connection: as many as the system lets us have.
void raise_descriptor_limit(std::uint64_t wanted) {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  if (setrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted) return;
  log_warning("fewer file descriptors than max-connections may need; see `ulimit -Hn`",
              {{"descriptors", limit.rlim_cur}, {"wanted", wanted}});
}

// SIGTERM and SIGINT as something to wait for, from the construction on: one that comes before
// `wait` is not lost.
class StopSignals {
 public:
  explicit StopSignals(io::Executor& executor) : executor_(executor) {
    io::block_on(executor_, install());
  }
  ~StopSignals() { io::block_on(executor_, remove()); }
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

  int wait() { return io::block_on(executor_, next()); }

 private:
  io::Task<void> install() {
    const std::initializer_list<int> numbers = {SIGTERM, SIGINT};
    signals_.emplace(executor_, numbers);
    co_return;
  }
  io::Task<void> remove() {
    signals_.reset();
    co_return;
  }
  io::Task<int> next() { co_return co_await signals_->next(); }

  io::Executor& executor_;
  std::optional<io::SignalSet> signals_;
};

std::size_t io_threads(const Settings& settings) {
  const std::size_t threads = settings.number(kThreads).value();
  return threads == 0 ? std::max<std::size_t>(1, std::thread::hardware_concurrency()) : threads;
}

// Where nobody said how many threads there are, protocols of small requests leave a core to the
// workers, the log's syncs and, on a small machine, the clients: with such requests on all cores
// switching costs more than they bring (docs/benchmarks.md).
std::size_t idle_io_threads(const Settings& settings) {
  return settings.number(kThreads).value() == 0 ? 1 : 0;
}

// Or why it could not be opened.
Status announce(protocol::Listeners& listeners, Status opened) {
  for (const std::string& line : listeners.take_announcements()) announce(line);
  return opened;
}

// What lives as long as the process serves.
struct Process {
  explicit Process(const Settings& from)
      : settings(from),
        runtime({.threads = io_threads(from)}),
        listeners({.protocols = protocols(),
                   .settings = from,
                   .runtime = runtime,
                   .connections = connections,
                   .memory = connection_memory,
                   .idle_threads = idle_io_threads(from)}) {}

  // What is still posted to I/O threads may be about the rest.
  ~Process() {
    listeners.close(Nanoseconds(0));
    runtime.stop();
  }
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  const Settings& settings;
  // Before and beyond the engine: connections hold some of it, and values may outlive whoever they
  // are charged to, up to the end of the process. So it is never destroyed.
  const std::shared_ptr<engine::ProcessMemory> memory{
      new engine::ProcessMemory(settings.number(kMemory).value_or(0)), [](auto*) {}};
  protocol::Health health{system_clock()};
  ProcessMetrics metrics{health, system_clock()};
  io::Runtime runtime;
  io::PerExecutor<protocol::DeliveryTurns> turns{runtime};
  protocol::Jobs jobs;
  protocol::ConnectionTable connections;
  protocol::ConnectionMemory connection_memory{memory->connections, connections, system_clock()};
  protocol::Listeners listeners;
};

Status serve_until_stopped(Process& process, engine::Engine& engine) {
  StopSignals signals(process.runtime.at(0));
  io::WorkerPoolOptions worker_options;
  worker_options.threads = process.settings.number(kThreads).value();
  io::WorkerPool workers(worker_options);

  protocol::Logins logins;
  const engine::LoginCredentials credentials(
      engine::load_login_secret(io::posix_file_system(), process.settings.text(kData)));

  const protocol::ServiceContext context{
      engine,      process.runtime, workers,       process.connections, logins,
      credentials, system_clock(),  process.turns, process.jobs};
  const Status opened = announce(process.listeners, process.listeners.open(context));
  if (opened) {
    process.health.set_ready([&engine] { return engine.writes_refused(); });
    announce("ready");
    log_info("stopping", {{"signal", signals.wait()}});
    process.health.set_stopping();
  }
  process.listeners.close(opened ? kDrainGrace : Nanoseconds(0));
  workers.stop();
  return opened;
}

}  // namespace

Status serve(const Settings& settings) {
  return_large_blocks_later();
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);  // a limit of the size of files is as good as a full disk
  log_info("starting", {{"version", version()}, {"data", settings.text(kData)}});
  raise_descriptor_limit(settings.number(protocol::kMaxConnections).value() + kOwnDescriptors);
  Process process(settings);
  // Monitoring is open first, so that monitoring sees a start that takes long.
  TRY_STATUS(announce(process.listeners, process.listeners.open_early(process.health)));
  TRY(const std::unique_ptr<engine::Engine> engine,
      engine::Engine::open(engine_options(settings, process.memory)));
  Status outcome;
  if (const std::string& password = settings.text(kInitialPassword); !password.empty()) {
    if (engine::administrator_has_password(*engine)) {
      log_warning("a setting has no effect: the administrator already has a password",
                  {{"setting", kInitialPassword.name}});
    }
    outcome = engine::set_initial_password(*engine, password);
  }
  if (outcome) outcome = check_exposure(*engine, settings);
  if (outcome) outcome = serve_until_stopped(process, *engine);
  Status closed = engine->close();
  if (!outcome) return outcome;
  if (closed) log_info("stopped");
  return closed;
}

}  // namespace octavo::server
