#pragma once

// What a statement runs with: who pays for it, what ends it, where it tells. On the connection's
// thread, but for what is handed to a worker.

#include <memory>
#include <new>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "dialect/sql/state/session_state.h"
#include "protocol/common/statement.h"

namespace octavo::mysql {

class Running {
 public:
  Running(engine::Engine& engine, protocol::Statements& all, std::string_view user,
          sql::SessionState& session);

  protocol::Statement& statement() { return statement_; }
  exec::QueryContext& context() { return statement_.context(); }

  // A transaction of its own, where it runs in none: rows that it locks stay so until it is over.
  void require_transaction();
  bool has_own_transaction() const { return own_transaction_ != nullptr; }
  // On a worker. Commits what was written in a transaction of its own, and goes on without one.
  Status commit_own();
  // It reads and writes no more, and no query of it is left: the transaction may end.
  void leave_transaction();

  // Rows were read while it was bound.
  void set_read() { has_read_ = true; }
  bool has_read() const { return has_read_; }

  // From now on it waits so long for a lock of another transaction.
  void begin_waits(Nanoseconds most);

  // Lists it as a job of the server, once.
  void list(std::string_view text);

  // What `work` returns, a Result; memory that cannot be had becomes its error.
  template <class Work>
  std::invoke_result_t<Work&> paid(Work&& work) {
    const value::Account::Use use(&statement_.account());
    try {
      return work();
    } catch (const std::bad_alloc& failure) {
      return std::unexpected(value::out_of_memory(failure));
    }
  }

  // An error as the client is told it: of what ended the statement, of a lock that it did not get,
  // or with MySQL's number.
  Error told(Error error) const;

 private:
  engine::Engine& engine_;
  std::unique_ptr<engine::Transaction> own_transaction_;  // before what reads in it
  protocol::Statement statement_;
  bool listed_ = false;
  bool has_read_ = false;
};

}  // namespace octavo::mysql
