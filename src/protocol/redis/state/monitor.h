#pragma once

// MONITOR: connections that are shown every command before it runs. Thread-safe.

#include <atomic>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/mutex.h"
#include "keyspace/command.h"
#include "protocol/redis/state/mailbox.h"

namespace octavo::redis {

class Monitors {
 public:
  // What lines on their way are charged to.
  explicit Monitors(MemoryPool& pool) : pool_(pool) {}

  void add(const MailboxPtr& mailbox);
  void remove(const MailboxPtr& mailbox);
  bool any() const { return count_.load(std::memory_order_relaxed) > 0; }

  struct Call {
    std::int64_t wall_ns = 0;
    unsigned db = 0;
    std::string_view client;  // its address
    keyspace::Args args;
  };
  void show(const Call& call);

 private:
  MemoryPool& pool_;
  Mutex mutex_;
  std::vector<MailboxPtr> mailboxes_ OCTAVO_GUARDED_BY(mutex_);
  std::atomic<std::size_t> count_{0};
};

// 1700000000.000001 [0 127.0.0.1:4711] "get" "k\x00"
std::string monitor_line(const Monitors::Call& call);

}  // namespace octavo::redis
