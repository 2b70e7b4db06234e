#pragma once

// Shares the memory for data out between tables and Redis keys. Keys take what they take, up to
// their share (keyspace/room.h refuses more); the caches of tables get what is left beside
// them, and give it back as keys come. What both take is told to the pools of the process.

#include <thread>

#include "base/condition.h"
#include "base/mutex.h"
#include "engine/process_memory.h"
#include "keyspace/keyspace.h"
#include "kv/store.h"

namespace octavo::engine {

class DataMemory {
 public:
  DataMemory(ProcessMemory& memory, kv::Store& rows, const keyspace::Keyspace& keyspace)
      : memory_(memory), rows_(rows), keyspace_(keyspace) {}
  DataMemory(const DataMemory&) = delete;
  DataMemory& operator=(const DataMemory&) = delete;
  ~DataMemory() { stop(); }

  // A thread of its own looks every so often: housekeeping waits for the disk, and keys do not.
  void start();
  void stop();
  // Looks once. From one thread at a time; not after `start`.
  void look();

 private:
  void run();

  ProcessMemory& memory_;
  kv::Store& rows_;
  const keyspace::Keyspace& keyspace_;
  std::size_t rows_limit_ = 0;

  Mutex mutex_;
  Condition changed_;
  bool stopping_ OCTAVO_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace octavo::engine
