#pragma once

// A transaction as the engine has it: what it reads, by its isolation, and what it has written.

#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "catalog/model.h"
#include "engine/process_memory.h"
#include "engine/transaction.h"
#include "layout/row/transaction.h"

namespace octavo::engine {

class OpenTransaction final : public Transaction {
 public:
  // Rows at one place of the log, and what was defined there.
  struct Moment {
    kv::SnapshotPointer rows;
    catalog::CatalogPtr definitions;
    Lsn at;
  };
  struct Parts {
    txn::LockTable& locks;
    ProcessMemory& memory;
    std::function<Moment()> now;
    layout::RowTransaction::Target commit_to;
  };

  OpenTransaction(Parts parts, TransactionOptions options);
  ~OpenTransaction() override;

  // The engine makes all that there are.
  static OpenTransaction* of(const exec::QueryContext& context) {
    return static_cast<OpenTransaction*>(context.transaction);
  }

  const TransactionOptions& options() const override { return options_; }
  bool ended() const override { return ended_; }
  bool has_written() const override { return !ended_ && rows_.has_written(); }
  Durability durability() const override { return rows_.durability(); }
  bool has_to_commit() const override;
  void begin_reading() override;
  void end_reading() override;
  void begin_statement() override;
  void undo_statement() override;
  Status savepoint(std::string_view name) override;
  Status rollback_to(std::string_view name) override;
  Status release(std::string_view name) override;
  void set_retry(RetryToken token) override { rows_.set_retry(std::move(token)); }
  Result<Lsn> commit(exec::QueryContext& context) override;
  void rollback() override;

  Status may_run() const;  // it has not ended
  // What a read of the context's statement looks at.
  Moment view_of(const exec::QueryContext& context);
  // Before rows of tables are read, where SERIALIZABLE is judged by the record alone: on a shared
  // log.
  Status reads_tables(std::span<const TableId> tables);
  layout::RowTransaction& rows() { return rows_; }
  const layout::RowTransaction& rows() const { return rows_; }

 private:
  struct Savepoint {
    std::uint64_t number = 0;
    layout::RowTransaction::Mark mark{};
  };
  using Savepoints = std::map<std::string, Savepoint, std::less<>>;

  Result<Savepoints::iterator> find(std::string_view name);
  void forget_from(std::uint64_t number);
  void forget(Savepoints::iterator at);
  void end();

  Parts parts_;
  const TransactionOptions options_;
  bool ended_ = false;
  layout::RowTransaction rows_;
  std::optional<Moment> view_;  // of the transaction, or of the statement at READ COMMITTED
  bool in_statements_ = false;  // `begin_statement` is called
  Lsn statement_began_;         // not after any view of it
  std::optional<layout::RowTransaction::Mark> statement_;  // where it began
  Savepoints savepoints_;
  std::map<std::uint64_t, Savepoints::iterator> in_order_;  // by their numbers
  std::uint64_t next_number_ = 0;
};

}  // namespace octavo::engine
