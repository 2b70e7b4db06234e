#pragma once

// The memory of the process: one setting, shared out as a tree of pools (base/memory_pool.h). The
// root's limit is the setting, so that all the pools together stay within it however their own
// limits add up. Beside it there are two small reserves. docs/notes/0009-memory.md says what is
// counted.

#include <cstddef>
#include <span>
#include <string_view>

#include "base/memory_pool.h"

namespace octavo::engine {

// Parts of the setting, in bytes. Small machines get the least that one can work with.
struct MemoryShares {
  std::size_t total = 0;
  std::size_t keyspace = 0;     // keys of Redis databases
  std::size_t rows_most = 0;    // cache and write buffers of tables, while keys leave room
  std::size_t rows_least = 0;   // the same beside as many keys as there may be
  std::size_t queries = 0;      // all queries together
  std::size_t query = 0;        // one of them
  std::size_t feeds = 0;        // all changes that wait for listeners
  std::size_t backlog = 0;      // those that wait for the slowest listener of one table
  std::size_t copies = 0;       // copies of keys: what feeds resume on, and snapshots hold
  std::size_t connections = 0;  // requests and replies of all connections
  std::size_t reserve = 0;      // each of the two beside the total
};

// `memory` is in bytes; 0: half of the machine's.
MemoryShares share_out(std::size_t memory);

struct ProcessMemory {
  explicit ProcessMemory(std::size_t memory);
  ~ProcessMemory();

  // What tables may take beside so many bytes of keys.
  std::size_t rows_beside(std::size_t keyspace_bytes) const;
  // Tells the pools what tables and keys take: these are counted where they are, and not refused
  // here. From one thread at a time.
  struct Data {
    std::size_t keyspace = 0;
    std::size_t rows = 0;
    std::size_t rows_limit = 0;
  };
  void note(const Data& data);

  const MemoryShares shares;
  MemoryPool process;
  // Beside the total, of those that hold little: queries and feeds, and connections.
  MemoryPool query_reserve;
  MemoryPool connection_reserve;
  MemoryPool keyspace;
  MemoryPool rows;
  MemoryPool spare;  // what tables do not take and may take any time: others cannot have it
  MemoryPool queries;
  MemoryPool feeds;
  MemoryPool copies;
  MemoryPool connections;
};

// The pools by the name that an operator sees.
struct MemoryPoolRow {
  std::string_view name;
  MemoryPool ProcessMemory::* pool;
  bool beside_total = false;  // a reserve: not part of `process`
};
std::span<const MemoryPoolRow> memory_pools();

}  // namespace octavo::engine
