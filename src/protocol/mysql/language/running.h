#pragma once

// What a statement runs with: who pays for it, what ends it, where it tells. On the connection's
// thread, but for what is handed to a worker.

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

  // An error as the client is told it: of what ended the statement, or with MySQL's number.
  Error told(Error error) const;

 private:
  protocol::Statement statement_;
  bool listed_ = false;
};

}  // namespace octavo::mysql
