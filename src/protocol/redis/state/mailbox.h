#pragma once

// The way from any thread into a connection's output: messages that nobody asked for, such as
// those of channels and of MONITOR.

#include <atomic>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/memory_pool.h"
#include "io/per_executor.h"
#include "keyspace/needs.h"
#include "protocol/common/connection.h"
#include "protocol/common/delivery_turns.h"

namespace octavo::redis {

class DeliveryLine;

class Message;
using MessagePtr = std::shared_ptr<const Message>;

// `connection` is touched on the line's executor only, and is null once the connection has gone.
struct Mailbox {
  Mailbox(std::shared_ptr<DeliveryLine> of_its_thread, protocol::Connection* to)
      : line(std::move(of_its_thread)), connection(to) {}
  const std::shared_ptr<DeliveryLine> line;
  protocol::Connection* connection;
  // --- read and written on the executor ---
  int protocol = 2;         // RESP version
  bool subscribed = false;  // listens to some channel
  // While it has a batch on its way: what becomes invalid comes after the reply that it is about.
  void hold_invalidations() { holding_ = true; }
  void let_invalidations_go() {
    if (holding_) deliver_held();
  }
  void deliver(const MessagePtr& message);
  // The databases whose events it may hear of.
  std::atomic<keyspace::DatabaseSet> readable{keyspace::kAllDatabases};

 private:
  void deliver_held();
  bool holding_ = false;
  std::vector<MessagePtr> held_;
};
using MailboxPtr = std::shared_ptr<Mailbox>;

// Made once for all who get it, and charged once to `pool` until the last one's output has let go
// of it: a large one is not copied into each.
class Message {
 public:
  // A push of RESP3, which begins with `>`: RESP2 has an array in its place, and all else is the
  // same. What begins with anything else is the same in both.
  Message(MemoryPool& pool, std::string text);
  // Of client-side caching: `text` of RESP3, the first `head_bytes` of which RESP2 has otherwise.
  // Who listens to no channel does not get it in RESP2, and nobody whose `resp2_head` is empty.
  Message(MemoryPool& pool, std::string text, std::size_t head_bytes, std::string_view resp2_head);
  ~Message();
  Message(const Message&) = delete;
  Message& operator=(const Message&) = delete;

  std::string_view head(int protocol) const {
    if (protocol == 2 && invalidation_) return resp2_head_;
    if (protocol == 2 && text_[0] == '>') return "*";
    return std::string_view(text_).substr(0, head_bytes_);
  }
  BytesView rest() const { return BytesView(text_).substr(head_bytes_); }
  bool is_invalidation() const { return invalidation_; }
  std::size_t bytes() const { return sizeof(Message) + text_.capacity(); }

 private:
  const std::string text_;
  const std::size_t head_bytes_;
  const std::string_view resp2_head_;  // of static text
  const bool invalidation_;
  MemoryPool& pool_;
};

// A push message of these parts, all bulk strings.
MessagePtr push_message(MemoryPool& pool, std::initializer_list<std::string_view> parts);

// Of one I/O thread: what is on its way to mailboxes there, in the order in which it was posted.
// Many mailboxes, or many bytes, are served over several turns of the thread's deliveries, so that
// the others have theirs. Who falls behind by much does not rest: publishers have not to wait.
class DeliveryLine : public std::enable_shared_from_this<DeliveryLine> {
 public:
  struct Batch {
    std::vector<std::pair<MailboxPtr, MessagePtr>> parcels;
    std::size_t bytes = 0;  // of the messages
  };

  DeliveryLine(io::Executor& executor, io::PerExecutor<protocol::DeliveryTurns>& turns)
      : executor_(executor), turns_(turns.of(executor)) {}

  void post(Batch batch);  // from any thread

 private:
  void take(Batch batch);
  void ask_for_turn();
  void go_on();
  bool may_rest(std::int64_t since_ns) const;

  io::Executor& executor_;
  protocol::DeliveryTurns& turns_;
  std::deque<Batch> waiting_;
  std::size_t next_ = 0;  // parcel of the first batch
  std::size_t waiting_bytes_ = 0;
  bool in_line_ = false;  // for a turn
};

using DeliveryLines = io::PerExecutor<DeliveryLine>;

// One batch for each I/O thread, whatever the number of mailboxes on it.
class Delivery {
 public:
  void add(const MailboxPtr& mailbox, const MessagePtr& message);
  void send();

 private:
  std::map<DeliveryLine*, DeliveryLine::Batch> by_line_;
};

}  // namespace octavo::redis
