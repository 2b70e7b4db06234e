#pragma once

// How the memory that the process may use is shared out. What a query or a feed holds is counted
// against its own limit; the keyspace has a limit of its own, which is Redis's `maxmemory`.

#include <algorithm>
#include <cstddef>

#include "base/limits.h"

namespace octavo::engine {

struct MemoryShares {
  std::size_t rows = 0;     // cache and write buffers of tables
  std::size_t query = 0;    // what one query may hold
  std::size_t backlog = 0;  // changes that wait for the slowest listener of one table
  std::size_t replay = 0;   // copies of the keyspace that feeds resume on; one may be larger
};

constexpr MemoryShares share_out(std::size_t memory) {
  return {.rows = memory / 2,
          .query = std::max(memory / 8, 16 * kMiB),
          .backlog = std::max(memory / 16, 8 * kMiB),
          .replay = std::max(memory / 8, 16 * kMiB)};
}

}  // namespace octavo::engine
