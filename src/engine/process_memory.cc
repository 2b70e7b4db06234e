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
    {"process", &ProcessMemory::process},
    {"keyspace", &ProcessMemory::keyspace},
    {"rows", &ProcessMemory::rows},
    {"spare", &ProcessMemory::spare},
    {"queries", &ProcessMemory::queries},
    {"feeds", &ProcessMemory::feeds},
    {"copies", &ProcessMemory::copies},
    {"connections", &ProcessMemory::connections},
    {"query reserve", &ProcessMemory::query_reserve, true},
    {"connection reserve", &ProcessMemory::connection_reserve, true},
};

// For what exists already.
void note_used(MemoryPool& pool, std::size_t bytes) {
  const std::size_t before = pool.used();
  if (bytes > before) pool.force(bytes - before);
  if (bytes < before) pool.release(before - bytes);
}

}  // namespace

MemoryShares share_out(std::size_t memory) {
  const std::size_t total = memory == 0 ? machine_memory() / 2 : memory;
  return {.total = total,
          .keyspace = total / 8 * 5,
          .rows_most = total / 2,
          .rows_least = std::max(total / 16, 8 * kMiB),
          .queries = std::max(total / 4, 24 * kMiB),
          .query = std::max(total / 8, 16 * kMiB),
          .feeds = std::max(total / 8, 16 * kMiB),
          .backlog = std::max(total / 16, 8 * kMiB),
          .copies = std::max(total / 4, 16 * kMiB),
          .connections = std::max(total / 4, 24 * kMiB),
          .reserve = std::clamp(total / 16, 4 * kMiB, 64 * kMiB)};
}

ProcessMemory::ProcessMemory(std::size_t memory)
    : shares(share_out(memory)),
      process("The memory of the server", shares.total),
      query_reserve("The reserve for small queries", shares.reserve),
      connection_reserve("The reserve for connections that hold little", shares.reserve),
      keyspace("The memory of keys", shares.keyspace, &process),
      rows("The memory of tables", shares.rows_most, &process),
      spare("The memory kept for tables", shares.rows_most, &process),
      queries("The memory of all queries", shares.queries, &process),
      feeds("The memory of all feeds", shares.feeds, &process),
      copies("The memory of copies of keys, on which feeds are resumed,", shares.copies, &process),
      connections("The memory of all connections", shares.connections, &process) {
  queries.set_reserve(&query_reserve);
  feeds.set_reserve(&query_reserve);
  connections.set_reserve(&connection_reserve);
}

ProcessMemory::~ProcessMemory() { note({}); }

// Keys and tables together may take what the largest keyspace and the smallest cache come to; the
// rest of the total is for whoever asks for it.
std::size_t ProcessMemory::rows_beside(std::size_t keyspace_bytes) const {
  const std::size_t data = shares.keyspace + shares.rows_least;
  const std::size_t left = data - std::min(data, keyspace_bytes);
  return std::clamp(left, shares.rows_least, shares.rows_most);
}

// Keys above their share, which a start may find, do not take from the others: these must go on,
// if only to remove some.
void ProcessMemory::note(const Data& data) {
  const std::size_t above = data.keyspace - std::min(data.keyspace, shares.keyspace);
  process.set_limit(shares.total + above);
  note_used(keyspace, data.keyspace);
  note_used(rows, data.rows);
  note_used(spare, data.rows_limit - std::min(data.rows_limit, data.rows));
  if (data.rows_limit > 0) rows.set_limit(data.rows_limit);
}

std::span<const MemoryPoolRow> memory_pools() { return kPools; }

}  // namespace octavo::engine
