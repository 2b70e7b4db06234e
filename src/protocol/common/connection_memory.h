#pragma once

// What all connections hold, charged to one pool: input that is not read to its end, output that
// its client does not take, and what a session keeps for its client. A connection asks in coarse
// steps and not at all while its requests are answered at once.
//
// When the pool is full, whoever costs most for longest is ended, so that the others go on: large
// holdings of clients that neither read nor send. Who holds little (kLittleBytes) is never ended
// for another, and takes from the reserve of the pool. docs/notes/0009-memory.md

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "base/clock.h"
#include "base/limits.h"
#include "base/memory_pool.h"
#include "base/metrics.h"
#include "base/mutex.h"
#include "protocol/common/connection_table.h"

namespace octavo::protocol {

// What a connection holds, and how fast its client makes it less.
struct Holding {
  std::size_t bytes = 0;
  std::int64_t idle_ns = 0;      // since its client last took or sent something
  std::int64_t window_ns = 0;    // how long the pace was measured
  std::size_t window_bytes = 0;  // what the client took and sent meanwhile
};

// Bytes times seconds: the seconds that nothing moved, and those that a MiB takes.
double burden(const Holding& holding);

// Thread-safe.
class ConnectionMemory {
 public:
  static constexpr std::size_t kLittleBytes = 64 * kKiB;

  // All outlive it.
  ConnectionMemory(MemoryPool& pool, ConnectionTable& table, Clock& clock);

  // Charges `bytes` more to `holder`, a connection of the table, on its own thread. False, and
  // nothing is charged, when that is the one to be ended; it was logged and counted. Others may be
  // ended instead: what they hold comes back soon, and until then the pool is above its limit.
  bool take(ConnectionInfo& holder, std::size_t bytes);
  void give_back(ConnectionInfo& holder, std::size_t bytes);
  // The last of `holder`.
  void leave(ConnectionInfo& holder);

  // What can be made of a client's requests and replies at a time.
  std::size_t limit() const { return pool_.limit(); }

 private:
  bool take_of_reserve(ConnectionInfo& holder, std::size_t bytes);
  bool make_room(ConnectionInfo& holder, std::size_t bytes);
  std::shared_ptr<ConnectionInfo> worst_but(const ConnectionInfo& holder, double& its_burden) const;
  double burden_of(const ConnectionInfo& info, std::size_t more = 0) const;
  void report(const ConnectionInfo& info, std::size_t bytes);

  MemoryPool& pool_;
  ConnectionTable& table_;
  Clock& clock_;
  Counter& ended_;
  std::atomic<std::size_t> held_{0};  // by all
  Mutex mutex_;                       // of those who look for room
  // From connections that were ended and are not gone yet.
  std::size_t coming_back_ OCTAVO_GUARDED_BY(mutex_) = 0;
};

}  // namespace octavo::protocol
