#pragma once

// The listening sockets of one protocol, on all of its ports, and the loop that accepts its
// connections, hands each to an I/O thread, runs the protocol's session on it and cleans up after
// it. It knows nothing of the protocol but its name.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/mutex.h"
#include "base/result.h"
#include "io/runtime.h"
#include "io/scope.h"
#include "io/socket.h"
#include "io/tls.h"
#include "protocol/common/connection.h"
#include "protocol/common/connection_table.h"

namespace octavo::protocol {

constexpr std::size_t kDefaultMaxConnections = 10'000;

// One of the ports of a protocol, and what holds for who comes through it.
struct ListenerPort {
  std::vector<io::SocketAddress> bind;  // none: it is off
  // Sent, if the socket takes it, to a connection over the limit before it is closed.
  std::string_view refusal;                   // a constant of the program
  std::shared_ptr<const io::TlsContext> tls;  // null: plain
  // Not `none`: TLS does not come first, but when the client asks for it.
  TlsOffer tls_offer = TlsOffer::none;
  ConnectionLimits limits;

  bool tls_is_first() const { return tls != nullptr && tls_offer == TlsOffer::none; }
};

struct ListenerOptions {
  std::string name;
  std::vector<ListenerPort> ports;
  std::size_t max_connections = kDefaultMaxConnections;  // over all ports
  int keep_alive_seconds = 300;  // of silence, before the peer is asked whether it is there
  std::size_t idle_threads = 0;  // of the I/O threads, that get no connection; one always does
};

struct ListenerAddress {
  std::size_t port;  // its place in `ListenerOptions::ports`
  io::SocketAddress address;
};

// What came and went over the connections of a listener since its start, those that are gone
// included.
struct ListenerTotals {
  std::uint64_t bytes_in = 0;
  std::uint64_t bytes_out = 0;
  std::uint64_t commands = 0;
};

// Serves one connection, which came through this port; runs on its I/O thread. The callable lives
// as long as the listener.
using Serve = std::function<io::Task<void>(Connection&, std::size_t port)>;

class Listener {
 public:
  Listener(io::Runtime& runtime, ConnectionTable& table, ListenerOptions options, Serve serve);
  ~Listener();  // stopped before
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  // Binds and starts to accept. Not from an I/O thread.
  Status start();
  // Where it listens, after `start`, numbers picked.
  const std::vector<ListenerAddress>& addresses() const noexcept { return addresses_; }
  // The number of a port; 0 if it is off.
  std::uint16_t port_number(std::size_t port) const noexcept;

  // Not from an I/O thread. `begin_stop` closes the listening sockets and tells the connections to
  // drain; after `grace` their tokens are cancelled, after another quarter of it (250 ms at least)
  // their sockets are closed. `finish_stop` waits until they are gone. Both are idempotent.
  void begin_stop(Nanoseconds grace);
  void finish_stop();
  void stop(Nanoseconds grace) {
    begin_stop(grace);
    finish_stop();
  }

  // For those that come from now on; from any thread. 0 seconds: nobody is asked.
  void set_max_connections(std::size_t count) noexcept { max_connections_ = count; }
  void set_keep_alive(int seconds) noexcept { keep_alive_seconds_ = seconds; }

  const std::string& name() const noexcept { return options_.name; }
  std::size_t connections() const noexcept { return open_.load(std::memory_order_relaxed); }
  std::uint64_t accepted() const noexcept { return accepted_.load(std::memory_order_relaxed); }
  std::uint64_t refused() const noexcept { return refused_.load(std::memory_order_relaxed); }
  ListenerTotals totals() const;

 private:
  struct Shard;  // the connections of one I/O thread
  struct Acceptor;

  io::Task<Status> listen();
  io::Task<void> accept_loop(io::TcpListener& listener, std::size_t port);
  void admit(io::AcceptedSocket socket, std::size_t port);
  io::Task<void> serve_socket(std::shared_ptr<Shard> shard, io::AcceptedSocket socket,
                              std::size_t port);
  io::Task<void> serve_stream(Shard& shard, io::Stream stream, std::size_t port);
  io::Task<bool> secure(Shard& shard, io::Stream& stream, const ListenerPort& port);
  io::Task<void> run_session(Connection& connection, std::size_t port);
  void note(std::string_view event, const ConnectionInfo& info) const;
  void forget(const ConnectionInfo& info);
  std::shared_ptr<ConnectionInfo> describe(Shard& shard, const io::Stream& stream);
  io::Task<void> close_listeners();
  io::Task<void> begin_drain(Shard& shard, Nanoseconds grace);
  io::Task<void> wait_empty(Shard& shard);

  io::Runtime& runtime_;
  ConnectionTable& table_;
  const ListenerOptions options_;
  const Serve serve_;
  std::vector<ListenerAddress> addresses_;
  mutable Mutex totals_mutex_;  // a connection is in the table or in `finished_`, not in both
  ListenerTotals finished_ OCTAVO_GUARDED_BY(totals_mutex_);
  std::unique_ptr<Acceptor> acceptor_;          // confined to the first executor
  std::vector<std::shared_ptr<Shard>> shards_;  // one per executor
  std::size_t next_shard_ = 0;                  // of the accepting executor
  std::atomic<std::size_t> max_connections_;
  std::atomic<int> keep_alive_seconds_;
  std::atomic<std::size_t> open_{0};
  std::atomic<std::uint64_t> accepted_{0};
  std::atomic<std::uint64_t> refused_{0};
  bool stopping_ = false;
  bool stopped_ = false;
};

}  // namespace octavo::protocol
