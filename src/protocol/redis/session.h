#pragma once

// One client's dialogue. Commands of a pipeline that have come together form one batch: it runs,
// and is logged, as a whole, and its replies leave in one write. Commands that change the dialogue
// itself (AUTH, MULTI, SUBSCRIBE, …) end the batch before them and are answered here.

#include <atomic>
#include <deque>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "engine/keyspace_door.h"
#include "io/event.h"
#include "io/task.h"
#include "keyspace/batch.h"
#include "keyspace/context.h"
#include "keyspace/reply.h"
#include "protocol/common/connection.h"
#include "protocol/redis/blocking.h"
#include "protocol/redis/door_state.h"
#include "protocol/redis/pubsub.h"
#include "protocol/redis/resp.h"

namespace octavo::redis {

constexpr std::size_t kMaxBatchCalls = 1024;
constexpr std::size_t kMaxBatchBytes = 4 * kMiB;

class Session;

// A command of the dialogue: not an operation on keys, not allowed inside MULTI unless it says so.
struct DialogueCommand {
  keyspace::CommandSpec spec;
  void (*run)(Session& session, keyspace::Args args);
};
std::span<const DialogueCommand> dialogue_commands();

class Session {
 public:
  Session(DoorState& door, protocol::Connection& connection);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  io::Task<void> serve();

  // --- For commands ---
  DoorState& door() { return door_; }
  protocol::Connection& connection() { return connection_; }
  std::uint64_t id() const { return static_cast<std::uint64_t>(connection_.info().id); }
  // Where a dialogue command writes its reply, in the client's RESP version.
  keyspace::Reply reply() { return keyspace::Reply(connection_.output(), protocol_); }

  unsigned db() const { return db_; }
  void select(unsigned db);
  int protocol() const { return protocol_; }
  void set_protocol(int version);
  bool authenticated() const { return authenticated_; }
  // The error to reply, empty when the password is right.
  std::string authenticate(std::string_view user, std::string_view password);
  const std::string& user() const { return user_; }
  void close_after_reply() { closing_ = true; }
  void reset();

  bool in_transaction() const { return in_transaction_; }
  void begin_transaction() { in_transaction_ = true; }
  void discard_transaction();
  void execute_transaction();
  void watch(std::string_view key);
  void unwatch() { watched_.clear(); }
  bool watching() const { return !watched_.empty(); }

  void subscribe(ChannelKind kind, std::string_view name);
  void unsubscribe(ChannelKind kind, std::string_view name);
  const std::set<std::string, std::less<>>& subscriptions(ChannelKind kind) const {
    return subscriptions_[static_cast<std::size_t>(kind)];
  }
  std::size_t subscription_count() const;

  enum class ReplyMode : std::uint8_t { on, off, skip_next, skip };
  void set_reply_mode(ReplyMode mode) { reply_mode_ = mode; }

 private:
  // The batch on its way through the commit pipeline.
  class Submission final : public engine::KeyspaceSubmission {
   public:
    using KeyspaceSubmission::KeyspaceSubmission;
    void begin() { state_.store(kSubmitted, std::memory_order_relaxed); }
    // True when `applied` was called already; else it will set `event`.
    bool finished() {
      int expected = kSubmitted;
      return !state_.compare_exchange_strong(expected, kAwaited, std::memory_order_acq_rel);
    }
    io::Event event;
    Status status;
    Lsn lsn;

   private:
    static constexpr int kSubmitted = 0;
    static constexpr int kAwaited = 1;
    static constexpr int kApplied = 2;
    void applied(const Status& verdict, const Lsn& at) override {
      status = verdict;
      lsn = at;
      if (state_.exchange(kApplied, std::memory_order_acq_rel) == kAwaited) event.set();
    }
    std::atomic<int> state_{kSubmitted};
  };

  struct QueuedCall {
    const keyspace::CommandSpec* spec;
    std::vector<std::string> args;
  };

  io::Task<bool> handle_input();
  io::Task<void> run_batch();
  io::Task<void> wait_durable(Lsn lsn);
  io::Task<void> wait_for_keys();
  void take_replies();
  void refuse_batch(const Status& status);
  // Adds to the batch, or queues it, or says why not. False: run what is there, then `pending_`.
  bool accept(keyspace::Args args);
  bool accept_command(const keyspace::CommandSpec& spec, keyspace::Args args);
  void queue(const keyspace::CommandSpec& spec, keyspace::Args args);
  void reject(std::string_view error);
  std::string denial(const keyspace::CommandSpec& spec);
  bool batch_is_full() const;

  DoorState& door_;
  protocol::Connection& connection_;
  RequestParser parser_;
  std::string replies_;
  keyspace::LocalBatch batch_;
  Submission submission_;
  std::deque<std::string> own_replies_;  // bytes of replies that the session itself put in line
  const DialogueCommand* pending_ = nullptr;
  std::vector<std::string_view> pending_args_;

  unsigned db_ = 0;
  int protocol_ = 2;
  bool authenticated_ = false;
  std::string user_{"default"};
  bool closing_ = false;
  ReplyMode reply_mode_ = ReplyMode::on;

  bool in_transaction_ = false;
  bool transaction_failed_ = false;
  std::vector<QueuedCall> queued_;
  std::vector<QueuedCall> executing_;  // what the batch's arguments view
  std::vector<keyspace::WatchGuard> watched_;

  // The blocking call that waits, to be tried again.
  const keyspace::CommandSpec* blocking_spec_ = nullptr;
  std::vector<std::string> blocking_args_;

  MailboxPtr mailbox_;
  std::set<std::string, std::less<>> subscriptions_[3];
};

}  // namespace octavo::redis
