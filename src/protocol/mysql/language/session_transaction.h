#pragma once

// The transaction of a session: begun by BEGIN, or with autocommit off by the first statement that
// meets a table. Statements run in it, what they write is committed with it.

#include <memory>
#include <optional>
#include <set>

#include "base/id.h"
#include "catalog/model.h"
#include "dialect/sql/state/session_state.h"
#include "engine/engine.h"
#include "protocol/mysql/statements.h"

namespace octavo::mysql {

class Execution;

class SessionTransaction {
 public:
  // Both outlive it.
  SessionTransaction(engine::Engine& engine, sql::SessionState& state)
      : engine_(engine), state_(state) {}

  // Null: none is open, each statement commits by itself.
  engine::Transaction* open() { return open_.get(); }
  bool is_open() const { return open_ != nullptr; }
  // With autocommit off, and none open: the next statement that meets a table begins one.
  bool begins_with_a_table() const;
  // As the next transaction will be, or the one that is open is; also of a statement by itself.
  sql::Characteristics characteristics() const;

  struct Begin {
    bool is_explicit = false;
    bool with_snapshot = false;
    std::optional<bool> read_only = {};  // said by BEGIN
    // Of the transaction before, that this one follows (AND CHAIN).
    std::optional<sql::Characteristics> chained = {};
  };
  // None is open.
  void begin(const Begin& begin);
  // A statement that commits by itself is over: SET TRANSACTION was about it.
  void end_single() { state_.next_transaction = sql::NextCharacteristics(); }

  // Rows of the table were written.
  void add_write(const catalog::TableDefinition& table);
  bool has_written(TableId table) const { return written_.contains(table); }

  // Nothing where none is open. Ended whatever comes of it.
  io::Task<Status> commit(Execution& execution);
  io::Task<Status> rollback(Execution& execution);
  // At once, where nothing else runs: of a session that ends.
  void drop();
  // It may have ended by an error of a statement: a deadlock.
  void look_at_end();

 private:
  std::unique_ptr<engine::Transaction> take();

  engine::Engine& engine_;
  sql::SessionState& state_;
  std::unique_ptr<engine::Transaction> open_;
  std::set<TableId> written_;
};

}  // namespace octavo::mysql
