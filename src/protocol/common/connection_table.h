#pragma once

// The connections of all protocols, as the rest of the server may see them: CLIENT LIST, system
// tables, metrics, and an administrator who ends one.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/mutex.h"
#include "io/address.h"

namespace octavo::protocol {

enum class ConnectionId : std::uint64_t {};

// A relaxed counter with one writer: no locked instruction on the hot path.
class Tally {
 public:
  void add(std::uint64_t n) noexcept {
    value_.store(value_.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
  }
  void set(std::uint64_t n) noexcept { value_.store(n, std::memory_order_relaxed); }
  std::uint64_t get() const noexcept { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

// Shared by the connection, which writes, and whoever lists connections, from any thread.
class ConnectionInfo {
 public:
  ConnectionInfo(ConnectionId connection, std::string protocol_name, io::SocketAddress peer_address,
                 io::SocketAddress local_address, bool is_tls, std::int64_t start_wall_ns)
      : id(connection),
        protocol(std::move(protocol_name)),
        peer(std::move(peer_address)),
        local(std::move(local_address)),
        tls(is_tls),
        started_wall_ns(start_wall_ns) {}

  const ConnectionId id;
  const std::string protocol;
  const io::SocketAddress peer;
  const io::SocketAddress local;
  std::atomic<bool> tls;  // it may begin inside of the dialogue
  const std::int64_t started_wall_ns;

  Tally bytes_in;
  Tally bytes_out;
  Tally commands;
  Tally last_input_monotonic_ns;
  Tally input_buffered;  // bytes, as of the last wait or of what came last
  Tally output_buffered;
  // Charged to the memory of all connections (connection_memory.h), and while that is something:
  // when its client last took or sent something, and how much it did in the window that began then.
  Tally held;
  Tally last_move_ns;
  Tally pace_since_ns;
  Tally pace_bytes;
  std::size_t held_of_reserve = 0;  // this part of it; of the connection's thread
  // What is held by a connection that was ended for it; guarded by `ConnectionMemory`.
  std::size_t comes_back = 0;

  // The name must be a constant of the program (a command table's row).
  void set_last_command(const char* name) noexcept {
    last_command_.store(name, std::memory_order_relaxed);
  }
  const char* last_command() const noexcept {
    return last_command_.load(std::memory_order_relaxed);
  }

  // What the protocol wants shown ("user", "name", "db"); an empty value takes the entry away.
  void set_attribute(std::string_view key, std::string_view value);
  std::string attribute(std::string_view key) const;
  std::vector<std::pair<std::string, std::string>> attributes() const;

  // Drops the connection, soon; from any thread. False once it is gone. The connection loop
  // installs the action; it is only called while the connection exists.
  bool kill();
  void set_killer(std::function<void()> killer);

 private:
  std::atomic<const char*> last_command_{""};
  mutable Mutex mutex_;
  std::vector<std::pair<std::string, std::string>> attributes_ OCTAVO_GUARDED_BY(mutex_);
  std::function<void()> killer_ OCTAVO_GUARDED_BY(mutex_);
};

// Thread-safe. Shared infos stay valid after their connection has gone.
class ConnectionTable {
 public:
  ConnectionId next_id() noexcept;
  void add(std::shared_ptr<ConnectionInfo> info);
  void remove(ConnectionId id);

  std::shared_ptr<ConnectionInfo> find(ConnectionId id) const;
  std::vector<std::shared_ptr<ConnectionInfo>> list() const;  // ascending by id
  // Calls `look(info)` for each, in no order; it must not come back to the table.
  template <class Look>
  void visit(Look&& look) const {
    const MutexLock lock(mutex_);
    for (const auto& [id, info] : connections_) look(info);
  }
  std::size_t size() const;
  std::size_t count(std::string_view protocol) const;
  bool kill(ConnectionId id);

 private:
  std::atomic<std::uint64_t> last_id_{0};
  mutable Mutex mutex_;
  std::unordered_map<std::uint64_t, std::shared_ptr<ConnectionInfo>> connections_
      OCTAVO_GUARDED_BY(mutex_);
};

}  // namespace octavo::protocol
