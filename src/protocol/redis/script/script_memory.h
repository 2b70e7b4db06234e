#pragma once

// What the states of Lua hold of the server's memory. They are their threads', and may outlive the
// server whose pool it is. Thread-safe.

#include <cstddef>

#include "base/memory_pool.h"
#include "base/mutex.h"

namespace octavo::redis {

class ScriptMemory {
 public:
  explicit ScriptMemory(MemoryPool& pool) : pool_(&pool) {}
  ScriptMemory(const ScriptMemory&) = delete;
  ScriptMemory& operator=(const ScriptMemory&) = delete;
  ~ScriptMemory() { end(); }

  // All of it or nothing.
  bool reserve(std::size_t bytes) {
    const MutexLock lock(mutex_);
    if (pool_ != nullptr && !pool_->reserve(bytes)) return false;
    used_ += bytes;
    return true;
  }
  // For what cannot be refused.
  void force(std::size_t bytes) {
    const MutexLock lock(mutex_);
    if (pool_ != nullptr) pool_->force(bytes);
    used_ += bytes;
  }
  void release(std::size_t bytes) {
    const MutexLock lock(mutex_);
    if (pool_ != nullptr) pool_->release(bytes);
    used_ -= bytes;
  }
  // The pool goes: from now on nothing is counted.
  void end() {
    const MutexLock lock(mutex_);
    if (pool_ != nullptr) pool_->release(used_);
    pool_ = nullptr;
  }

 private:
  Mutex mutex_;
  MemoryPool* pool_ OCTAVO_GUARDED_BY(mutex_);
  std::size_t used_ OCTAVO_GUARDED_BY(mutex_) = 0;
};

}  // namespace octavo::redis
