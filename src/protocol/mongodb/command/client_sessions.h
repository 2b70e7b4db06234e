#pragma once

// Sessions of clients ("logical sessions"): what a client says once and means for all its
// connections. They begin when they are first named and end by themselves after kSessionMinutes of
// silence. One has at most one transaction, and remembers the results of its last retryable write,
// which the log keeps longer.

#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/cancel.h"
#include "base/clock.h"
#include "base/durability.h"
#include "base/lsn.h"
#include "base/mutex.h"
#include "base/result.h"
#include "engine/engine.h"
#include "engine/transaction.h"
#include "io/event.h"
#include "io/task.h"
#include "protocol/mongodb/command/cursors.h"
#include "protocol/mongodb/command/session_key.h"
#include "value/value.h"

namespace octavo::mongodb {

constexpr int kSessionMinutes = 30;
constexpr std::size_t kMostSessions = 1'000'000;

// A transaction of a session: what it reads is of now.
std::unique_ptr<engine::Transaction> begin_in_view_of_now(engine::Engine& engine);

enum class TransactionState : std::uint8_t { none, in_progress, committed, aborted };

// A call that names a transaction number has it for itself (ClientSessions::check_out); what
// follows is for that call alone.
class ClientSession {
 public:
  explicit ClientSession(SessionKey key) : key_(std::move(key)) {}

  const SessionKey& key() const { return key_; }

  // --- The number of its transaction, or retryable write. ---
  std::int64_t number() const { return number_; }  // -1: none yet
  TransactionState state() const { return state_; }
  engine::Transaction* transaction() { return transaction_.get(); }
  // No document was read or written in it yet.
  bool is_untouched() const { return untouched_; }
  void touch() { untouched_ = false; }

  // A higher number than before. No transaction is open.
  void begin_write(std::int64_t number);
  void begin_transaction(std::int64_t number, std::unique_ptr<engine::Transaction> transaction,
                         std::int64_t now_ns);
  // It ends here, whatever comes of it: the caller commits what it gets.
  std::unique_ptr<engine::Transaction> end_transaction(TransactionState how);

  // --- Results of the statements of the last retryable write, by their numbers. ---
  const value::Value* find_result(std::int32_t statement) const;
  // `in_log`: its record has it too, so that a large one is read again where it is asked for.
  void keep_result(std::int32_t statement, value::Value result, bool in_log);
  // What was written under its number, for the reply to a retry.
  void wrote(const Lsn& lsn, Durability of_table) { promise_ = {lsn, of_table}; }
  const std::optional<std::pair<Lsn, Durability>>& promise() const { return promise_; }

  // --- What the log knows of it from before (retry_record.h). ---
  struct Past {
    std::int64_t number = -1;
    std::map<std::int32_t, value::Value> results;
    bool committed = false;  // a transaction
  };
  // Before a call with this number: there may be something that is not here.
  bool has_to_recall(std::int64_t number) const {
    return !recalled_ || (number == number_ && left_in_log_);
  }
  void recall(Past past);

 private:
  friend class ClientSessions;
  const SessionKey key_;
  std::int64_t number_ = -1;
  TransactionState state_ = TransactionState::none;
  std::unique_ptr<engine::Transaction> transaction_;
  std::int64_t transaction_began_ns_ = 0;
  bool untouched_ = false;
  std::map<std::int32_t, value::Value> results_;
  std::optional<std::pair<Lsn, Durability>> promise_;
  bool recalled_ = false;
  bool left_in_log_ = false;  // some of the results
  // By the table's mutex:
  bool busy_ = false;
  bool killed_ = false;
  std::int64_t last_use_ns_ = 0;
  std::function<void()> stop_;                     // of whoever has it
  std::list<std::shared_ptr<io::Event>> waiters_;  // first come, first served
};

// Thread-safe. What ends here takes its cursors with it, which go before its transaction.
class ClientSessions {
 public:
  // Both outlive it.
  ClientSessions(Clock& clock, Cursors& cursors) : clock_(clock), cursors_(cursors) {}

  // One of them for one call, until this is destroyed.
  class Lease {
   public:
    Lease() = default;
    Lease(Lease&& other) noexcept : all_(other.all_), session_(std::move(other.session_)) {
      other.session_ = nullptr;
    }
    Lease& operator=(Lease&& other) noexcept {
      std::swap(all_, other.all_);
      std::swap(session_, other.session_);
      return *this;
    }
    ~Lease() {
      if (session_ != nullptr) all_->give_back(*session_);
    }
    ClientSession* get() const { return session_.get(); }

   private:
    friend class ClientSessions;
    Lease(ClientSessions& all, std::shared_ptr<ClientSession> session)
        : all_(&all), session_(std::move(session)) {}
    ClientSessions* all_ = nullptr;
    std::shared_ptr<ClientSession> session_;
  };

  // It is named: it begins, or its time begins anew. 261: there are too many.
  Status touch(const SessionKey& key);
  // For a call that `stop` ends, from any thread; waits while another has it. An empty one: `over`
  // came first. 261. On an executor.
  io::Task<Result<Lease>> check_out(SessionKey key, std::function<void()> stop, CancelToken over);

  // Rolls back what the session of the caller's lease has open, if anything.
  void abandon(ClientSession& session);
  // What is open in it ends; a call that has it is stopped.
  void end(const SessionKey& key);
  // Those of a user; null: of all.
  void end_all(const std::string* user);
  // Those that were silent for too long, and transactions that took longer than that.
  void drop_old(Nanoseconds transaction_time);

  std::size_t size() const;
  std::vector<SessionKey> list() const;

 private:
  using Gone = std::vector<std::shared_ptr<ClientSession>>;
  using Sessions = std::map<SessionKey, std::shared_ptr<ClientSession>>;

  // Transactions whose cursors are to go first.
  struct Open {
    SessionKey key;
    std::unique_ptr<engine::Transaction> transaction;
  };

  // Null: there are too many.
  std::shared_ptr<ClientSession> find(const SessionKey& key) OCTAVO_REQUIRES(mutex_);
  Sessions::iterator end_one(Sessions::iterator at, Gone& gone) OCTAVO_REQUIRES(mutex_);
  void give_back(ClientSession& session);
  void let_go(const Gone& gone);

  Clock& clock_;
  Cursors& cursors_;
  mutable Mutex mutex_;
  Sessions sessions_ OCTAVO_GUARDED_BY(mutex_);
};

}  // namespace octavo::mongodb
