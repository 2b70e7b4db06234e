#include "engine/data_memory.h"

#include <algorithm>
#include <chrono>

#include "base/thread.h"

namespace octavo::engine {
namespace {

// Keys come by a few MiB in this time.
constexpr auto kInterval = std::chrono::milliseconds(20);
// The cache is not resized for less: each time it looks at all its parts.
constexpr std::size_t kNotableBytes = kMiB;

}  // namespace

void DataMemory::look() {
  const auto keys = static_cast<std::size_t>(std::max<std::int64_t>(keyspace_.used_bytes(), 0));
  // Copies of keys are there for a while only, and tables give way to them as well.
  const std::size_t rows_limit = memory_.rows_beside(keys + memory_.copies.used());
  const std::size_t difference =
      std::max(rows_limit, rows_limit_) - std::min(rows_limit, rows_limit_);
  if (difference >= kNotableBytes) {
    rows_.set_memory(rows_limit);
    rows_limit_ = rows_limit;
  }
  memory_.note({.keyspace = keys, .rows = rows_.memory_bytes(), .rows_limit = rows_limit_});
}

void DataMemory::start() {
  look();
  thread_ = std::thread([this] { run(); });
}

void DataMemory::stop() {
  {
    const MutexLock lock(mutex_);
    stopping_ = true;
    changed_.notify_all();
  }
  if (!thread_.joinable()) return;
  thread_.join();
  memory_.note({});
}

void DataMemory::run() {
  begin_thread("memory", ThreadPriority::working);
  const MutexLock lock(mutex_);
  while (!stopping_) {
    look();
    changed_.wait_for(mutex_, kInterval);
  }
}

}  // namespace octavo::engine
