#include "engine/process_memory.h"

#include <unistd.h>

#include <algorithm>

namespace octavo::engine {
namespace {

std::size_t machine_memory() {
  const long pages = sysconf(_SC_PHYS_PAGES);
  const long page_bytes = sysconf(_SC_PAGESIZE);
  return static_cast<std::size_t>(pages) * static_cast<std::size_t>(page_bytes);
}

constexpr MemoryPoolRow kPools[] = {
    {"process", &ProcessMemory::process},         {"rows", &ProcessMemory::rows},
    {"queries", &ProcessMemory::queries},         {"feeds", &ProcessMemory::feeds},
    {"connections", &ProcessMemory::connections},
};

}  // namespace

MemoryShares share_out(std::size_t memory) {
  const std::size_t total = memory == 0 ? machine_memory() / 2 : memory;
  return {.total = total,
          .rows = total / 2,
          .queries = std::max(total / 4, 24 * kMiB),
          .query = std::max(total / 8, 16 * kMiB),
          .feeds = std::max(total / 8, 16 * kMiB),
          .backlog = std::max(total / 16, 8 * kMiB),
          .replay = std::max(total / 8, 16 * kMiB),
          .connections = std::max(total / 4, 24 * kMiB)};
}

ProcessMemory::ProcessMemory(std::size_t memory)
    : shares(share_out(memory)),
      process("The memory of the server", shares.total),
      rows("The memory of tables", shares.rows, &process),
      queries("The memory of all queries", shares.queries, &process),
      feeds("The memory of all feeds", shares.feeds, &process),
      connections("The memory of all connections", shares.connections, &process) {}

std::span<const MemoryPoolRow> memory_pools() { return kPools; }

}  // namespace octavo::engine
