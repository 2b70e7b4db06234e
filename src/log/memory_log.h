#pragma once

// The log in memory, for tests and for servers that keep nothing. Everything is at once as durable
// as it will ever be.

#include <memory>

#include "base/clock.h"
#include "log/commit_log.h"

namespace octavo::log {

struct MemoryOptions {
  std::uint32_t node = 0;
  ClusterId cluster;
  std::size_t segment_bytes = 1 << 20;  // the unit of `trim`
};

std::unique_ptr<CommitLog> make_memory_log(Clock& clock, MemoryOptions options = {});

}  // namespace octavo::log
