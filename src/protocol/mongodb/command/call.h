#pragma once

// One call of a command, as the function that runs it sees it: what was asked, by whom, and what it
// may use. One thread at a time; it outlives the statement's waits.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/durability.h"
#include "base/lsn.h"
#include "catalog/model.h"
#include "engine/engine.h"
#include "io/remote_handle.h"
#include "protocol/common/statement.h"
#include "protocol/mongodb/command/command.h"
#include "protocol/mongodb/command/concern.h"
#include "protocol/mongodb/command/cursors.h"
#include "protocol/mongodb/command/session_key.h"
#include "value/value.h"

namespace octavo::mongodb {

struct Client;         // client.h
class ClientSession;   // client_sessions.h
struct CommandShared;  // shared.h

class CommandCall {
 public:
  // All that is given outlives it. `body`: the whole command, its first field first.
  CommandCall(const CommandRow& row, std::string database, value::Value body, CommandShared& shared,
              Client& client, protocol::Statement& statement)
      : row_(row),
        database_(std::move(database)),
        body_(std::move(body)),
        shared_(shared),
        client_(client),
        statement_(statement) {}
  CommandCall(const CommandCall&) = delete;
  CommandCall& operator=(const CommandCall&) = delete;

  // --- What was asked. Fields were checked by their rows. ---
  const CommandRow& row() const { return row_; }
  std::string_view name() const { return row_.name; }
  const std::string& database() const { return database_; }
  // Of Target::collection, and of Target::collection_or_one, where it is empty for 1.
  const std::string& collection() const { return collection_; }
  std::string ns() const { return database_ + "." + collection_; }
  // For a command over several collections: what follows is about that one.
  void turn_to(std::string database, std::string collection) {
    database_ = std::move(database);
    collection_ = std::move(collection);
  }
  const value::Value& body() const { return body_; }
  const value::Value& target() const { return body_.as_object().front().value; }
  // Null pointer: it is not there, or is null or undefined, unless null is a value of it.
  const value::Value* find(std::string_view field) const;
  std::string_view text(std::string_view field, std::string_view otherwise = {}) const;
  bool flag(std::string_view field, bool otherwise = false) const;
  std::optional<std::int64_t> integer(std::string_view field) const;
  // The same, which is to be in a range: 51024 "BSON field 'x' value must be >= 0, actual value
  // '-1'".
  Result<std::optional<std::int64_t>> integer_from(std::string_view field,
                                                   std::int64_t least) const;
  value::Value document(std::string_view field) const;      // an empty one where there is none
  value::ArrayView elements(std::string_view field) const;  // none where there is no array

  // --- What every command may say. ---
  const ReadConcern& read_concern() const { return read_concern_; }
  const WriteConcern& write_concern() const { return write_concern_; }
  const ApiVersion& api() const { return api_; }
  std::int64_t max_time_ms() const { return max_time_ms_; }  // 0: none; the statement has it too
  const value::Value* comment() const { return find("comment"); }
  std::optional<std::int64_t> txn_number() const { return txn_number_; }
  bool in_transaction() const { return in_transaction_; }
  // Of a write with a txnNumber and no transaction: its results are kept for a retry.
  bool is_retryable_write() const { return txn_number_.has_value() && !in_transaction_; }

  // In a transaction that has read and written nothing: what is defined by now can be used in it.
  // What it has before it, else: 112 from whatever needs the new definition.
  void renew_view();

  // --- What it may use. ---
  CommandShared& shared() { return shared_; }
  engine::Engine& engine();
  Client& client() { return client_; }
  const std::string& user() const { return statement_.context().user; }
  // The client's session. Nothing: it named none.
  const std::optional<SessionKey>& session_key() const { return session_key_; }
  // Of a call with a transaction number, which has the session for itself; else null.
  ClientSession* session() { return session_; }
  // Whose the cursors are that it opens, and that it may read.
  CursorOwner cursor_owner() const;
  protocol::Statement& statement() { return statement_; }
  // Of the statement: memory, deadline, end, and the transaction, if it runs in one.
  exec::QueryContext& context() { return statement_.context(); }
  // Where time is needed for waits.
  std::int64_t monotonic_ns() const;
  // Where the first call began: for commands that wait.
  std::int64_t started_ns() const { return statement_.started_ns(); }
  // Of a command that waits: until when, from its first call on. 0: it has not waited yet.
  std::int64_t wait_until_ns() const { return wait_until_ns_; }
  Reply wait(std::int64_t until_monotonic_ns) {
    wait_until_ns_ = until_monotonic_ns;
    return Reply::wait(until_monotonic_ns);
  }
  // It is to answer with what there is: its client or the server ends, or the time has come.
  bool waits_are_over() const;
  void end_waits() { waits_are_over_ = true; }  // for the dialogue
  // The client takes several replies to one request.
  bool exhaust_allowed() const { return exhaust_allowed_; }

  // What it leaves for its next call, where it waits.
  std::shared_ptr<void>& kept() { return kept_; }
  // Ends it, from any thread, as killOp does. Only of a call that runs on a worker.
  std::function<void()> stopper() const;
  // For the dialogue, on the connection's thread: there is a stopper from here on.
  void make_reachable(io::Executor& executor) {
    if (!reachable_) reachable_.emplace(executor, statement_);
  }

  // --- What it has done. ---
  // Something was written at this place, to a table that promises so much: the reply waits for it
  // as the write concern says, `j` for the disk. Not for what is written in a transaction.
  void wrote(const Lsn& lsn, Durability of_table);
  // It reads a change stream: errors say whether that may be opened again.
  void read_changes() { reads_changes_ = true; }
  bool reads_changes() const { return reads_changes_; }
  // The connection closes in place of the reply: for fail points.
  void lose_reply() { reply_is_lost_ = true; }
  bool reply_is_lost() const { return reply_is_lost_; }

 private:
  friend class CallChecks;  // checks.h, which fills in what follows

  const CommandRow& row_;
  std::string database_;
  const value::Value body_;
  CommandShared& shared_;
  Client& client_;
  protocol::Statement& statement_;
  std::string collection_;
  ReadConcern read_concern_;
  WriteConcern write_concern_;
  ApiVersion api_;
  std::int64_t max_time_ms_ = 0;
  std::optional<std::int64_t> txn_number_;
  bool in_transaction_ = false;
  std::optional<SessionKey> session_key_;
  bool starts_transaction_ = false;
  ClientSession* session_ = nullptr;
  std::int64_t wait_until_ns_ = 0;
  bool waits_are_over_ = false;
  bool exhaust_allowed_ = false;
  bool reads_changes_ = false;
  bool reply_is_lost_ = false;
  std::shared_ptr<void> kept_;
  std::optional<io::Reachable<protocol::Statement>> reachable_;
};

}  // namespace octavo::mongodb
