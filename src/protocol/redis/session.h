#pragma once

// One client's dialogue. Commands of a pipeline that have come together form one batch: it runs,
// and is logged, as a whole, and its replies leave in one write. Commands that change the dialogue
// itself (AUTH, MULTI, SUBSCRIBE, …) end the batch before them and are answered here.
//
// session.cc: the loop and what becomes of a request. session_run.cc: batches on their way.
// session_script.cc: scripts. session_wait.cc: waiting for keys. session_login.cc: whose dialogue
// it is. session_replica.cc: those that follow this server. session_state.cc: what commands change
// of the dialogue.

#include <deque>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "io/remote_handle.h"
#include "io/task.h"
#include "keyspace/batch.h"
#include "keyspace/context.h"
#include "keyspace/reply.h"
#include "protocol/common/connection.h"
#include "protocol/common/dispatch.h"
#include "protocol/common/durable.h"
#include "protocol/redis/acl_user.h"
#include "protocol/redis/command_flags.h"
#include "protocol/redis/resp.h"
#include "protocol/redis/service_state.h"
#include "protocol/redis/submission.h"

namespace octavo::redis {

constexpr std::size_t kMaxBatchCalls = 1024;
constexpr std::size_t kFirstBatchCalls = 32;
// Encoding, logging and applying so much, or copying it, is not for a thread that serves others.
constexpr std::size_t kLargeCallBytes = 256 * kKiB;
constexpr std::size_t kMaxBatchBytes = 4 * kMiB;
// Replies that are made before the first of them must have left.
constexpr std::size_t kMaxReplyBytes = 4 * kMiB;

class ReplicaFeed;
class ScriptRun;
class Session;

// The administrator's name in this protocol.
constexpr std::string_view kDefaultUser = "default";

// What a node that plays a replica answers to writes.
constexpr std::string_view kNoMasterLink =
    "NOMASTERLINK Can't SYNC while not connected with my master";
constexpr std::string_view kReplicaOnlyReads =
    "READONLY You can't write against a read only replica.";

// What writes are answered while fewer replicas follow than `min-replicas-to-write` says.
constexpr std::string_view kTooFewReplicas = "NOREPLICAS Not enough good replicas to write.";

// What a write gets instead of its reply when the log did not take it.
std::string write_refused(const Error& error);

// What a client has said of itself that may become a replica: REPLCONF.
struct ReplicaTraits {
  std::string host;  // empty: the one that it comes from
  std::uint16_t port = 0;
  bool takes_any_length = false;
  bool only_snapshot = false;
};

// A command of the dialogue: not an operation on keys. One of `run` and `wait`; the arguments of
// `wait` are its own. Inside MULTI it is allowed when it has a handler, with which it runs as a
// call of the transaction, or when `runs_before` says so of the call: then it runs when EXEC comes,
// before the transaction, and its reply has its place there.
struct DialogueCommand {
  keyspace::CommandSpec spec;
  void (*run)(Session& session, keyspace::Args args) = nullptr;
  io::Task<void> (*wait)(Session& session, std::vector<std::string> args) = nullptr;
  bool (*runs_before)(keyspace::Args args) = nullptr;
  // Decides whether this server takes writes: not in one transaction with some.
  bool decides_writing = false;
  // Of a call in a script: how long that takes by the clock, where its own time stands still.
  std::int64_t (*delay_ns)(keyspace::Args args) = nullptr;
};

class Session final : private keyspace::CallObserver, private keyspace::ReadObserver {
 public:
  // `node`: of the cluster, when there is one.
  Session(ServiceState& service, protocol::Connection& connection, unsigned node);
  ~Session() override;
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  io::Task<void> serve();

  // --- For commands ---
  ServiceState& service() { return service_; }
  protocol::Connection& connection() { return connection_; }
  std::uint64_t id() const { return static_cast<std::uint64_t>(connection_.info().id); }
  // Where a dialogue command writes its reply, in the client's RESP version.
  keyspace::Reply reply() { return keyspace::Reply(replies_, protocol_); }

  unsigned db() const { return db_; }
  // The database that a client names; nullopt when there is no such.
  std::optional<unsigned> database_of(std::string_view text) const;
  void select(unsigned db);
  int protocol() const { return protocol_; }
  void set_protocol(int version);
  bool authenticated() const { return authenticated_; }
  // For handlers, which may run on another thread than the session's.
  bool is_administrator() const { return caller_.is_administrator(); }
  engine::KeyspaceRights rights() const {
    return engine::KeyspaceRights::of(*service_.engine.catalog(), caller_.user());
  }
  // What the ACL says of the user; null: nothing, grants alone decide.
  const AclUser* acl();
  // The error of a call that the user may not make; empty: it may. Notes it for ACL LOG.
  std::string denial(const keyspace::CommandSpec& spec, unsigned db, keyspace::Args args);
  engine::Caller& caller() { return caller_; }
  protocol::Dispatch& long_calls() { return long_calls_; }
  // Takes over what the settings say about connections.
  void look_at_settings();
  // Ends what the user may not have going on any more.
  void look_at_rights();
  bool open_to_all() const;  // no password is needed
  // True when the password is right; else the error is in the reply, or the session ends.
  io::Task<bool> log_in(std::string user, std::string password);
  const std::string& user() const { return user_; }
  // What the connection has written so far, as WAITAOF asks for it.
  const protocol::Promise& written() const { return written_; }
  // What the server itself writes; waits until it is as durable as replies promise.
  io::Task<Status> write_internal(keyspace::LocalBatch& batch);
  void close_after_reply() { closing_ = true; }
  void reset();
  void monitor();
  void set_no_evict(bool on);
  void set_no_touch(bool on);
  // What the running command set (CONFIG SET) takes effect when its batch is over.
  void apply_settings_after_batch() { settings_changed_ = true; }

  unsigned node() const { return node_; }
  // Where clients of a cluster reach its nodes: the address that this one has reached.
  std::string node_host() const;
  void set_reads_replicas(bool reads) { reads_replicas_ = reads; }

  bool in_transaction() const { return in_transaction_; }
  void begin_transaction();
  void discard_transaction();
  void execute_transaction();
  void watch(std::string_view key);
  void unwatch();

  void subscribe(ChannelKind kind, std::string_view name);
  void unsubscribe(ChannelKind kind, std::string_view name);
  const std::set<std::string, std::less<>>& subscriptions(ChannelKind kind) const {
    return subscriptions_[static_cast<std::size_t>(kind)];
  }
  std::size_t subscription_count() const;

  // CLIENT TRACKING and CACHING, for their handlers, which run with the keyspace's mutex held.
  const std::optional<TrackingMode>& tracking() const { return tracking_; }
  void track(TrackingMode mode);
  void stop_tracking();
  // The next call, or transaction, goes against what the mode says.
  void make_exception() { exception_ = Exception::coming; }
  bool makes_exception() const { return exception_ != Exception::none; }

  // --- Replicas of this server; session_replica.cc ---
  ReplicaTraits& replica_traits() { return replica_traits_; }
  // What it is sent as a replica; null: it is none.
  ReplicaFeed* feed() { return feed_.get(); }
  // From here on the client is sent the stream of effects, and no replies. `id` and `offset`: where
  // it wants to go on; an empty id: nowhere. `announces`: it is told what it gets (PSYNC).
  void begin_feed(std::string_view id, std::uint64_t offset, bool announces);
  // Whether the batch is what EXEC runs.
  bool in_exec() const { return !executing_.empty(); }

  enum class ReplyMode : std::uint8_t { on, off, skip_next, skip };
  void set_reply_mode(ReplyMode mode) { reply_mode_ = mode; }

 private:
  struct QueuedCall {
    const keyspace::CommandSpec* spec;
    unsigned db;
    std::vector<std::string> args;
    const DialogueCommand* before = nullptr;  // it runs before the transaction
    std::string reply = {};                   // of that
  };

  // What has to happen after a request was looked at.
  enum class Next : std::uint8_t {
    more,      // nothing: the next request may join the batch
    run,       // the batch is complete
    alone,     // the batch, then the request in a batch of its own
    prepared,  // the same, of a write whose value is made before it is logged
    queue,     // the batch, then what a transaction queues is copied elsewhere
    dialogue,  // the batch, then the dialogue command `pending_`
    again,     // the batch, then the request is accepted anew
    wait,      // the request must wait for its turn, then be accepted
  };

  // session.cc
  io::Task<bool> handle_input();
  bool turn_is_over() const;
  Next look_at(keyspace::Args args);
  Next accept(const keyspace::CommandSpec& spec, keyspace::Args args);
  void add_call(const keyspace::CommandSpec& spec, unsigned db, keyspace::Args args);
  void queue(const keyspace::CommandSpec& spec, std::vector<std::string> args);
  void reject(std::string_view error);
  void reject(const keyspace::CommandSpec& spec, keyspace::Args args, std::string_view error);
  void note_error(std::string_view text);
  std::string denial(const keyspace::CommandSpec& spec, keyspace::Args args);
  bool may_listen();
  bool must_wait(const keyspace::CommandSpec& spec, keyspace::Args args) const;
  bool pauses_as_write(const keyspace::CommandSpec& spec, keyspace::Args args) const;
  std::string_view held_up(const keyspace::CommandSpec& spec, keyspace::Args args) const;
  bool changes_data(const keyspace::CommandSpec& spec) const;
  bool needs_memory(const keyspace::CommandSpec& spec) const;
  std::size_t bytes_to_come(keyspace::Args args) const;
  void reject_or_discard(const keyspace::CommandSpec& spec, std::string_view error);
  bool batch_is_full() const;
  std::size_t held_bytes() const;
  bool brings_awaited_keys(const keyspace::CommandSpec& spec, keyspace::Args args) const;
  bool must_run_apart(const keyspace::CommandSpec& spec, keyspace::Args args) const;
  bool is_long_write(const keyspace::CommandSpec& spec, keyspace::Args args) const;
  std::string refused_as_copy(const keyspace::CommandSpec& spec, keyspace::Args args) const;
  std::string redirection(const keyspace::CommandSpec& spec, keyspace::Args args);
  void show_to_monitors(const keyspace::CommandSpec& spec, unsigned db, keyspace::Args args);

  // session_run.cc
  io::Task<void> proceed(Next next);
  io::Task<void> run_batch();
  io::Task<void> run_pending();
  io::Task<void> run_before_transaction();
  void end_published();
  bool watched_keys_hold();
  bool mixes_role_and_writes() const;
  void dialogue_called(const keyspace::CommandSpec& row, keyspace::Args args,
                       std::int64_t started_ns);
  template <class Job>
  io::Task<void> run_apart_if_large(std::size_t bytes, Job& job);
  io::Task<void> queue_large(const keyspace::CommandSpec& spec);
  io::Task<void> show_calls();
  io::Task<void> show_call(const keyspace::CommandSpec& spec, keyspace::Args args);
  bool may_run_anywhere() const;
  protocol::Job long_call(const keyspace::CommandSpec& spec, keyspace::Args args);
  bool may_submit_at_once() const;
  void note_written();
  io::Task<void> submit();
  io::Task<void> submit_in_turn();
  io::Task<void> submit_prepared();
  io::Task<void> run_deferred();

  // session_script.cc
  io::Task<void> run_scripts();
  io::Task<bool> wait_for_script_room(RunningScripts::Entry& entry);
  io::Task<Status> run_scripts_apart(ScriptRun& run, bool& refused);
  io::Task<bool> commit_effects(BytesView bytes, bool in_turn);

  // session_run.cc
  io::Task<bool> wait_for_turn(const keyspace::CommandSpec& spec);
  io::Task<bool> make_room(std::size_t bytes);
  io::Task<void> remove_met_expired();
  protocol::Promise promise() const;
  io::Task<void> refuse_writes(Error error);
  io::Task<void> apply_settings();
  void take_replies(bool pushed = false);
  void adapt_batches(std::size_t reply_bytes, std::int64_t duration_ns);
  void end_replies();
  void called(const keyspace::CommandSpec& spec, keyspace::Args args, std::int64_t duration_ns,
              bool failed) override;
  void called_together(const keyspace::CommandSpec& spec, std::size_t count, std::size_t failed,
                       std::int64_t duration_ns) override;
  void time_calls();
  void count_call(const keyspace::CommandSpec& spec, keyspace::Args args, std::int64_t duration_ns,
                  bool failed);
  void note_if_slow(const keyspace::CommandSpec& spec, keyspace::Args args,
                    std::int64_t duration_ns);
  void was_read(const keyspace::CommandSpec& spec, unsigned db, keyspace::Args args) override;

  // session_wait.cc
  io::Task<void> wait_for_keys();
  io::Task<void> let_waiters_try();
  io::Task<bool> try_keys(BlockedClientPtr client, std::span<const std::string_view> args,
                          std::int64_t until_ns);
  void fail_wait(std::string_view error);
  void end_wait(const BlockedClient& client, bool timed_out);

  // session_state.cc
  std::string flags() const;
  void show_flags();
  void become(std::string_view user);
  void note_denial(AclDenial::Reason reason, std::string_view object, std::string_view user);

  ServiceState& service_;
  protocol::Connection& connection_;
  protocol::Dispatch long_calls_;      // on the service's threads for them
  protocol::Dispatch script_threads_;  // likewise
  RequestParser parser_;
  std::string replies_;
  engine::Caller caller_;
  keyspace::LocalBatch batch_;
  std::optional<Submission> submission_;  // made anew after a large batch
  std::deque<std::string> own_replies_;   // bytes of replies that the session itself put in line
  const keyspace::CommandSpec* spec_ = nullptr;  // of the request that `Next` is about
  const DialogueCommand* pending_ = nullptr;
  std::vector<std::string_view> pending_args_;

  const unsigned node_;
  bool reads_replicas_ = false;
  std::optional<unsigned> queued_slot_;  // of what a transaction has queued

  unsigned db_ = 0;
  int protocol_ = 2;
  bool authenticated_ = false;
  std::string user_{kDefaultUser};
  std::shared_ptr<const AclUser> acl_;
  std::uint64_t acl_version_ = 0;  // of the rights that `acl_` is of
  std::string address_;
  std::size_t reply_mark_ = 0;  // where the reply of the call that runs next begins
  bool closing_ = false;
  bool settings_changed_ = false;
  bool must_prepare_ = false;  // the batch is one long write
  bool monitoring_ = false;
  bool no_evict_ = false;
  bool no_touch_ = false;
  protocol::Promise written_;  // by this connection
  ReplyMode reply_mode_ = ReplyMode::on;
  std::size_t max_batch_calls_ = kFirstBatchCalls;
  std::optional<TrackingMode> tracking_;
  enum class Exception : std::uint8_t { none, coming, now };  // `coming`: after the running batch
  Exception exception_ = Exception::none;

  bool in_transaction_ = false;
  bool transaction_failed_ = false;
  unsigned queued_db_ = 0;  // of the next queued call: SELECT may be among them
  std::vector<QueuedCall> queued_;
  std::size_t queued_bytes_ = 0;       // of their arguments
  std::size_t queued_memory_ = 0;      // what they take
  std::vector<QueuedCall> executing_;  // what the batch's arguments view
  std::deque<std::string> refusals_;   // as those
  std::vector<keyspace::WatchGuard> watched_;
  std::size_t watched_memory_ = 0;

  ReplicaTraits replica_traits_;
  std::unique_ptr<ReplicaFeed> feed_;

  const keyspace::CommandSpec* blocking_spec_ = nullptr;  // of the batch's last call
  BlockedClientPtr waiting_;                              // for keys

  MailboxPtr mailbox_;
  std::set<std::string, std::less<>> subscriptions_[3];
  std::size_t subscribed_memory_ = 0;
  io::Reachable<Session> reachable_;
};

}  // namespace octavo::redis
