#pragma once

// The way from any thread into a connection's output: messages that nobody asked for, such as
// those of channels and of MONITOR.

#include <atomic>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/memory_pool.h"
#include "io/executor.h"
#include "keyspace/needs.h"
#include "protocol/common/connection.h"

namespace octavo::redis {

// `connection` is touched on `executor` only, and is null once the connection has gone.
struct Mailbox {
  Mailbox(io::Executor& on, protocol::Connection* to) : executor(on), connection(to) {}
  io::Executor& executor;
  protocol::Connection* connection;
  int protocol = 2;  // RESP version; read and written on the executor
  // The databases whose events it may hear of.
  std::atomic<keyspace::DatabaseSet> readable{keyspace::kAllDatabases};
};
using MailboxPtr = std::shared_ptr<Mailbox>;

// In both versions of RESP, made once for all who get it, and charged once to `pool` until it is in
// the last one's output.
class Message {
 public:
  Message(MemoryPool& pool, std::string for_resp2, std::string for_resp3);
  ~Message();
  Message(const Message&) = delete;
  Message& operator=(const Message&) = delete;

  const std::string resp2;
  const std::string resp3;

 private:
  std::size_t bytes() const { return sizeof(Message) + resp2.capacity() + resp3.capacity(); }
  MemoryPool& pool_;
};
using MessagePtr = std::shared_ptr<const Message>;

// A push message of these parts, all bulk strings.
MessagePtr push_message(MemoryPool& pool, std::initializer_list<std::string_view> parts);

// One job for each I/O thread, whatever the number of mailboxes on it.
class Delivery {
 public:
  void add(const MailboxPtr& mailbox, const MessagePtr& message) {
    by_executor_[&mailbox->executor].emplace_back(mailbox, message);
  }
  void send();

 private:
  std::map<io::Executor*, std::vector<std::pair<MailboxPtr, MessagePtr>>> by_executor_;
};

}  // namespace octavo::redis
