#pragma once

// Channels and patterns, and who listens. Thread-safe: publishers and subscribers sit on different
// I/O threads. A message reaches a subscriber through its mailbox, on the subscriber's own thread.

#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "io/executor.h"
#include "protocol/common/connection.h"

namespace octavo::redis {

// The way to a connection for other threads. `connection` is touched on `executor` only, and is
// null once the connection has gone.
struct Mailbox {
  Mailbox(io::Executor& on, protocol::Connection* to) : executor(on), connection(to) {}
  io::Executor& executor;
  protocol::Connection* connection;
  int protocol = 2;  // RESP version; read and written on the executor
};
using MailboxPtr = std::shared_ptr<Mailbox>;

enum class ChannelKind : std::uint8_t { channel, pattern, shard };

class PubSub {
 public:
  // False when it was subscribed already (or not subscribed).
  bool subscribe(ChannelKind kind, std::string_view name, const MailboxPtr& mailbox);
  bool unsubscribe(ChannelKind kind, std::string_view name, const MailboxPtr& mailbox);

  // How many get it.
  std::size_t publish(std::string_view channel, std::string_view message, bool shard = false);

  std::vector<std::string> channels(ChannelKind kind, std::string_view pattern) const;
  std::size_t subscribers(ChannelKind kind, std::string_view name) const;
  std::size_t pattern_count() const;

 private:
  using Listeners = std::unordered_map<std::string, std::vector<MailboxPtr>>;
  Listeners& listeners(ChannelKind kind) { return listeners_[static_cast<std::size_t>(kind)]; }
  const Listeners& listeners(ChannelKind kind) const {
    return listeners_[static_cast<std::size_t>(kind)];
  }

  mutable std::mutex mutex_;
  Listeners listeners_[3];
};

}  // namespace octavo::redis
