#pragma once

// A transaction as the engine has it.

#include <string>
#include <utility>
#include <vector>

#include "engine/transaction.h"
#include "txn/sequencer.h"

namespace octavo::engine {

class OpenTransaction final : public Transaction {
 public:
  OpenTransaction(txn::Sequencer& sequencer, TransactionOptions options)
      : sequencer_(sequencer), options_(options) {}

  const TransactionOptions& options() const override { return options_; }
  bool ended() const override { return ended_; }
  bool has_written() const override { return false; }
  void begin_statement() override {}
  void undo_statement() override {}
  Status savepoint(std::string_view name) override;
  Status rollback_to(std::string_view name) override;
  Status release(std::string_view name) override;
  Result<Lsn> commit(exec::QueryContext& context) override;
  void rollback() override { ended_ = true; }

 private:
  Status still_open() const;

  txn::Sequencer& sequencer_;
  TransactionOptions options_;
  bool ended_ = false;
  std::vector<std::string> savepoints_;
};

}  // namespace octavo::engine
