#pragma once

// The statements of one client: its session, and the way of each statement from text to answer.

#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "dialect/sql/ast/tree.h"
#include "dialect/sql/bind/context.h"
#include "dialect/sql/function/named_locks.h"
#include "dialect/sql/parser/parse.h"
#include "dialect/sql/state/session_state.h"
#include "protocol/common/connection.h"
#include "protocol/common/dispatch.h"
#include "protocol/common/statement.h"
#include "protocol/mysql/language/kept_statement.h"
#include "protocol/mysql/language/language_state.h"
#include "protocol/mysql/language/locked_tables.h"
#include "protocol/mysql/language/session_transaction.h"
#include "protocol/mysql/language/temporary_tables.h"
#include "protocol/mysql/statements.h"

namespace octavo::mysql {

struct StatementRow;

class SqlSession final : public Statements {
 public:
  SqlSession(LanguageState& shared, protocol::Connection& connection, const ClientResponse& client);

  // --- Statements ---
  io::Task<Result<Answer>> run(std::string_view text, std::vector<Parameter> attributes) override;
  io::Task<Result<PreparedAnswer>> prepare(std::string_view text) override;
  io::Task<Status> use(std::string database) override;
  io::Task<Result<std::vector<Field>>> fields(std::string table, std::string pattern) override;
  io::Task<void> reset() override;
  io::Task<void> become(const ClientResponse& client) override;
  void allow_multi_statements(bool allow) override { several_ = allow; }
  void kill() override { running_.stop_all(protocol::End::killed); }
  std::uint16_t status() const override;
  std::size_t warnings() const override { return keeps_notes_ ? 0 : state_.notes().count(); }
  std::vector<StateChange> take_changes() override;
  Nanoseconds wait_timeout() const override { return state_.settings().idle_time; }

  // --- For those who run statements ---
  sql::SessionState& state() { return state_; }
  LanguageState& shared() { return shared_; }
  protocol::Connection& connection() { return connection_; }
  protocol::Dispatch& dispatch() { return dispatch_; }
  protocol::Statements& running() { return running_; }
  // Whose rights count, and who the client said that it is.
  const std::string& account() const { return account_; }
  const std::string& client_user() const { return client_.user; }
  const std::string& client_host() const { return connection_.info().peer.host; }
  // UPDATE counts the rows that it found, and not those that it changed.
  // A command that runs, by its number (command_counts.h).
  void count(std::size_t command);
  bool counts_found_rows() const { return (client_.capabilities & capability::kFoundRows) != 0; }

  // A tree of this text: of a query, behind which others may follow where the client sends several,
  // or of a statement that is prepared, whose `?` stand for values.
  enum class ReadAs : std::uint8_t { query, prepared };
  io::Task<Result<KeptStatementPtr>> read(std::string text, ReadAs as);
  // The whole of a statement: what it leaves in the session as well.
  io::Task<Result<Answer>> execute(const KeptStatement& statement,
                                   std::vector<sql::Constant> parameters);
  // The same within another statement, which tells its errors.
  io::Task<Result<Answer>> perform(const KeptStatement& statement,
                                   std::span<const sql::Constant> parameters);
  // Around what a statement of these flags (statement_rows.h) does, within the transaction that is
  // open, if one is, which is what the first one returns: an error takes back what it wrote.
  engine::Transaction* begin_within(std::uint8_t flags);
  void end_within(Execution& execution, std::uint8_t flags, const engine::Transaction* before,
                  const Result<Answer>& answer);
  // Columns of the result that it will have; none: it has no rows.
  io::Task<Result<std::vector<Column>>> columns_of(const KeptStatement& statement,
                                                   std::vector<sql::Type>& parameters);

  void set_database(std::optional<std::string> name);
  void tell(StateChange change) { changes_.push_back(std::move(change)); }
  SessionTransaction& transaction() { return transaction_; }
  TemporaryTables& temporary() { return temporary_; }
  LockedTables& locked_tables() { return locked_tables_; }
  // With its temporary tables.
  catalog::CatalogPtr definitions() { return temporary_.over(shared_.service.engine.catalog()); }
  // The statement reads or writes a table that is stored.
  void meet_table(Execution& execution);
  // It reads a table to change another one: what it read must be so when it writes, after it has
  // waited for locks.
  void read_for_edit();
  // Nothing of the kind was read, nor will be: what that began is not needed.
  void write_without_reads(Execution& execution);

  // PREPARE and EXECUTE, by lower case name.
  std::map<std::string, NamedStatement, std::less<>> named;
  // What the client has run.
  CommandCounts commands;

 private:
  void start(const ClientResponse& client);
  io::Task<void> end_transaction();
  // Whether it has begun a transaction for the next statement alone, and its end.
  bool begin_alone();
  io::Task<Result<Answer>> end_alone(Execution& execution, Result<Answer> answer);
  void told(const Error& error);

  LanguageState& shared_;
  protocol::Connection& connection_;
  protocol::Dispatch dispatch_;
  protocol::Statements running_;
  sql::SessionState state_;
  LockedTables locked_tables_;
  TemporaryTables temporary_;  // goes after the transaction that may write to them
  SessionTransaction transaction_;
  std::optional<sql::SessionLocks> locks_;  // by name
  ClientResponse client_;
  std::string account_;
  bool several_ = false;       // statements in one text
  bool is_alone_ = false;      // the open transaction was begun for the statement that runs
  bool is_for_reads_ = false;  // of it: begun for what the statement reads
  bool met_table_ = false;     // the statement that runs has
  bool keeps_notes_ = false;   // the last statement was about those of the one before
  std::vector<StateChange> changes_;
};

}  // namespace octavo::mysql
