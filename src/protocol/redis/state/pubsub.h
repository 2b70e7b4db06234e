#pragma once

// Channels and patterns, and who listens. Thread-safe: publishers and subscribers sit on different
// I/O threads. A message reaches a subscriber through its mailbox, on the subscriber's own thread.

#include <atomic>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/mutex.h"
#include "protocol/redis/state/mailbox.h"

namespace octavo::redis {

enum class ChannelKind : std::uint8_t { channel, pattern, shard };

class PubSub {
 public:
  // What messages on their way are charged to.
  explicit PubSub(MemoryPool& pool) : pool_(pool) {}

  // False when it was subscribed already (or not subscribed).
  bool subscribe(ChannelKind kind, std::string_view name, const MailboxPtr& mailbox);
  bool unsubscribe(ChannelKind kind, std::string_view name, const MailboxPtr& mailbox);

  // How many get it.
  std::size_t publish(std::string_view channel, std::string_view message, bool shard = false);
  // How many would get it now.
  std::size_t receivers(std::string_view channel, bool shard = false) const;
  // Only to those who may read that database.
  void publish_event(unsigned db, std::string_view channel, std::string_view message);

  std::vector<std::string> channels(ChannelKind kind, std::string_view pattern) const;
  std::size_t subscribers(ChannelKind kind, std::string_view name) const;
  std::size_t pattern_count() const;
  // Does anybody listen to anything? Without the lock.
  bool idle() const { return subscriptions_.load(std::memory_order_relaxed) == 0; }

 private:
  using Listeners = std::unordered_map<std::string, std::vector<MailboxPtr>>;
  // `about`: what a receiver must be able to read.
  std::size_t publish(std::string_view channel, std::string_view message, bool shard,
                      keyspace::DatabaseSet about);
  Listeners& listeners(ChannelKind kind) OCTAVO_REQUIRES(mutex_) {
    return listeners_[static_cast<std::size_t>(kind)];
  }
  const Listeners& listeners(ChannelKind kind) const OCTAVO_REQUIRES(mutex_) {
    return listeners_[static_cast<std::size_t>(kind)];
  }

  MemoryPool& pool_;
  mutable Mutex mutex_;
  Listeners listeners_[3] OCTAVO_GUARDED_BY(mutex_);
  std::atomic<std::size_t> subscriptions_{0};
};

}  // namespace octavo::redis
