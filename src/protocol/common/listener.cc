#include "protocol/common/listener.h"

#include <algorithm>
#include <exception>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "base/assert.h"
#include "base/logging.h"
#include "io/sleep.h"

namespace octavo::protocol {
namespace {

void add(ListenerTotals& totals, const ConnectionInfo& info) {
  totals.bytes_in += info.bytes_in.get();
  totals.bytes_out += info.bytes_out.get();
  totals.commands += info.commands.get();
}

// How long to leave connections in the kernel's queue when there are no descriptors left.
constexpr Nanoseconds kAcceptPause = std::chrono::milliseconds(100);
// What a cancelled session has at least, to say so and leave.
constexpr Nanoseconds kMinLastWords = std::chrono::milliseconds(250);

}  // namespace

// Confined to its executor. Shared with the killers of its connections, which may still be queued
// when the listener is gone.
struct Listener::Shard : std::enable_shared_from_this<Listener::Shard> {
  explicit Shard(io::Executor& e) : executor(e), scope(e) {}

  template <class F>
  void for_each_connection(F&& visit) {
    for (const auto& [id, connection] : connections) visit(*connection);
  }

  io::Executor& executor;
  io::Scope scope;
  std::unordered_map<ConnectionId, Connection*> connections;
  std::unordered_set<io::Stream*> handshakes;
  std::unique_ptr<io::Timer> cancel_timer;
  std::unique_ptr<io::Timer> abort_timer;
  bool draining = false;
};

struct Listener::Acceptor {
  explicit Acceptor(io::Executor& executor) : scope(executor) {}
  io::Scope scope;
  std::vector<std::unique_ptr<io::TcpListener>> listeners;
};

Listener::Listener(io::Runtime& runtime, ConnectionTable& table, ListenerOptions options,
                   Serve serve)
    : runtime_(runtime),
      table_(table),
      options_(std::move(options)),
      serve_(std::move(serve)),
      acceptor_(std::make_unique<Acceptor>(runtime.at(0))),
      max_connections_(options_.max_connections),
      keep_alive_seconds_(options_.keep_alive_seconds) {
  const std::size_t threads =
      runtime_.size() - std::min(options_.idle_threads, runtime_.size() - 1);
  for (std::size_t i = 0; i < threads; ++i) {
    shards_.push_back(std::make_shared<Shard>(runtime_.at(i)));
  }
}

std::uint16_t Listener::port_number(std::size_t port) const noexcept {
  const auto found = std::ranges::find(addresses_, port, &ListenerAddress::port);
  return found == addresses_.end() ? 0 : found->address.port;
}

Listener::~Listener() { ASSERT(stopped_ || addresses_.empty()); }

Status Listener::start() {
  Status listening = io::block_on(runtime_.at(0), listen());
  if (!listening) {
    stop(Nanoseconds(0));
    return listening;
  }
  return {};
}

// All addresses first, so that the listener is open as a whole or not at all.
io::Task<Status> Listener::listen() {
  for (std::size_t port = 0; port < options_.ports.size(); ++port) {
    for (const io::SocketAddress& address : options_.ports[port].bind) {
      CO_TRY(io::TcpListener listener, io::TcpListener::bind(runtime_.at(0), address));
      addresses_.push_back(ListenerAddress(port, listener.local_address()));
      acceptor_->listeners.push_back(std::make_unique<io::TcpListener>(std::move(listener)));
    }
  }
  for (std::size_t i = 0; i < addresses_.size(); ++i) {
    acceptor_->scope.spawn(accept_loop(*acceptor_->listeners[i], addresses_[i].port));
  }
  co_return Status();
}

io::Task<void> Listener::accept_loop(io::TcpListener& listener, std::size_t port) {
  const CancelToken token = acceptor_->scope.token();
  for (;;) {
    Result<io::AcceptedSocket> socket = co_await listener.accept();
    if (socket) {
      admit(*std::move(socket), port);
    } else if (socket.error().code == Code::cancelled) {
      co_return;
    } else {
      log_warning("cannot accept a connection",
                  {{"protocol", options_.name}, {"error", socket.error().what}});
      co_await io::sleep_for(kAcceptPause, token);
    }
  }
}

void Listener::admit(io::AcceptedSocket socket, std::size_t through) {
  const ListenerPort& port = options_.ports[through];
  if (open_.load(std::memory_order_relaxed) >= max_connections_.load(std::memory_order_relaxed)) {
    refused_.fetch_add(1, std::memory_order_relaxed);
    std::move(socket).write_and_close(port.tls_is_first() ? BytesView() : BytesView(port.refusal));
    return;
  }
  accepted_.fetch_add(1, std::memory_order_relaxed);
  open_.fetch_add(1, std::memory_order_relaxed);
  const std::shared_ptr<Shard>& shard = shards_[next_shard_++ % shards_.size()];
  if (!shard->scope.spawn(serve_socket(shard, std::move(socket), through))) {
    open_.fetch_sub(1, std::memory_order_relaxed);
  }
}

io::Task<void> Listener::serve_socket(std::shared_ptr<Shard> shard, io::AcceptedSocket socket,
                                      std::size_t through) {
  {
    io::Stream stream = std::move(socket).into_stream(shard->executor);
    stream.set_keep_alive(keep_alive_seconds_.load(std::memory_order_relaxed));
    const ListenerPort& port = options_.ports[through];
    const bool ready = !port.tls_is_first() || co_await secure(*shard, stream, port);
    if (ready) co_await serve_stream(*shard, std::move(stream), through);
  }
  open_.fetch_sub(1, std::memory_order_relaxed);
}

io::Task<bool> Listener::secure(Shard& shard, io::Stream& stream, const ListenerPort& port) {
  if (shard.draining) co_return false;
  io::Timer deadline(shard.executor, [&stream] {
    ended_counter(Ended::handshake).add();
    stream.interrupt();
  });
  deadline.start(port.limits.handshake_timeout);
  shard.handshakes.insert(&stream);
  const Status done = co_await stream.start_tls_server(*port.tls);
  shard.handshakes.erase(&stream);
  co_return done.has_value();
}

std::shared_ptr<ConnectionInfo> Listener::describe(Shard& shard, const io::Stream& stream) {
  return std::make_shared<ConnectionInfo>(table_.next_id(), options_.name, stream.peer(),
                                          stream.local_address().value_or(io::SocketAddress()),
                                          stream.is_tls(), shard.executor.clock().wall_ns());
}

io::Task<void> Listener::serve_stream(Shard& shard, io::Stream stream, std::size_t port) {
  const std::shared_ptr<ConnectionInfo> info = describe(shard, stream);
  const ConnectionId id = info->id;
  const ListenerPort& through = options_.ports[port];
  Connection connection(std::move(stream), through.limits, info);
  if (through.tls_offer != TlsOffer::none) connection.offer_tls(through.tls, through.tls_offer);
  shard.connections.emplace(id, &connection);
  if (shard.draining) connection.begin_drain();
  info->set_killer([owner = shard.shared_from_this(), id] {
    owner->executor.post([owner, id] {
      const auto entry = owner->connections.find(id);
      if (entry != owner->connections.end()) entry->second->abort();
    });
  });
  table_.add(info);
  note("connection opened", *info);

  co_await run_session(connection, port);
  co_await connection.finish();
  note("connection closed", *info);

  forget(*info);
  info->set_killer(nullptr);
  shard.connections.erase(id);
}

void Listener::forget(const ConnectionInfo& info) {
  const MutexLock lock(totals_mutex_);
  table_.remove(info.id);
  add(finished_, info);
}

ListenerTotals Listener::totals() const {
  const MutexLock lock(totals_mutex_);
  ListenerTotals totals = finished_;
  for (const auto& info : table_.list()) {
    if (info->protocol == options_.name) add(totals, *info);
  }
  return totals;
}

void Listener::note(std::string_view event, const ConnectionInfo& info) const {
  if (!log_enabled(LogLevel::debug)) return;
  log_debug(event, {{"protocol", options_.name},
                    {"peer", io::format_address(info.peer)},
                    {"commands", info.commands.get()},
                    {"bytes_in", info.bytes_in.get()},
                    {"bytes_out", info.bytes_out.get()}});
}

// What a session throws is a bug or a lack of memory; it costs that connection only.
io::Task<void> Listener::run_session(Connection& connection, std::size_t port) {
  std::string failure;
  try {
    co_await serve_(connection, port);
    co_return;
  } catch (const std::exception& error) {
    failure = error.what();
  }
  log_error("session failed", {{"protocol", options_.name},
                               {"peer", io::format_address(connection.info().peer)},
                               {"error", failure}});
  connection.abort();
}

void Listener::begin_stop(Nanoseconds grace) {
  if (std::exchange(stopping_, true)) return;
  io::block_on(runtime_.at(0), close_listeners());
  for (const auto& shard : shards_) io::block_on(shard->executor, begin_drain(*shard, grace));
}

void Listener::finish_stop() {
  ASSERT(stopping_);
  if (std::exchange(stopped_, true)) return;
  for (const auto& shard : shards_) io::block_on(shard->executor, wait_empty(*shard));
}

io::Task<void> Listener::close_listeners() {
  for (const auto& listener : acceptor_->listeners) listener->interrupt();
  co_await acceptor_->scope.stop();
  acceptor_->listeners.clear();
}

io::Task<void> Listener::begin_drain(Shard& shard, Nanoseconds grace) {
  shard.draining = true;
  for (io::Stream* stream : shard.handshakes) stream->interrupt();
  shard.for_each_connection([](Connection& connection) { connection.begin_drain(); });
  const Nanoseconds last_words = std::max<Nanoseconds>(grace / 4, kMinLastWords);
  shard.cancel_timer = std::make_unique<io::Timer>(shard.executor, [&shard, last_words] {
    shard.for_each_connection([](Connection& c) { c.cancel(Code::unavailable); });
    shard.abort_timer->start(last_words);
  });
  shard.abort_timer = std::make_unique<io::Timer>(shard.executor, [&shard] {
    shard.for_each_connection([](Connection& connection) { connection.abort(); });
  });
  shard.cancel_timer->start(grace);
  co_return;
}

io::Task<void> Listener::wait_empty(Shard& shard) {
  co_await shard.scope.join();
  co_await shard.scope.stop();
  shard.cancel_timer.reset();
  shard.abort_timer.reset();
}

}  // namespace octavo::protocol
