// The ends of transactions. They begin with any command that says so (checks.h).

#include <memory>

#include "dialect/mongodb/error/error.h"
#include "protocol/mongodb/command/call.h"
#include "protocol/mongodb/command/client_sessions.h"
#include "protocol/mongodb/command/retry_record.h"
#include "protocol/mongodb/command/shared.h"

namespace octavo::mongodb {
namespace {

Status require_transaction(const CommandCall& call) {
  if (call.in_transaction()) return {};
  return error(ErrorCode::command_failed, "{} must be run within a transaction", call.name());
}

std::unexpected<Error> no_transaction(const CommandCall& call) {
  return error(ErrorCode::no_such_transaction,
               "Transaction with {{ txnNumber: {} }} has been aborted.", *call.txn_number());
}

Status commit(CommandCall& call, ClientSession& session) {
  call.shared().cursors.kill_of(session.key(), session.number());
  const std::unique_ptr<engine::Transaction> transaction =
      session.end_transaction(TransactionState::committed);
  if (!transaction->has_to_commit()) return {};  // it goes, which rolls back nothing
  const bool wrote = transaction->has_written();
  const Durability promised = call.write_concern().promised(transaction->durability());
  transaction->set_retry(commit_token(session));
  auto committed = transaction->commit(call.context());
  if (!committed) {
    session.end_transaction(TransactionState::aborted);
    return std::unexpected(std::move(committed).error());
  }
  if (wrote) call.statement().promise.add(*committed, promised);
  return {};
}

Result<Reply> run_commit(CommandCall& call) {
  TRY_STATUS(require_transaction(call));
  ClientSession& session = *call.session();
  switch (session.state()) {
    case TransactionState::committed: return Reply();  // a retry
    case TransactionState::in_progress: break;
    case TransactionState::none:
    case TransactionState::aborted: return no_transaction(call);
  }
  if (session.transaction() == nullptr) return no_transaction(call);
  // A client that has gone before it began may come again.
  TRY_STATUS(call.context().evaluation.check_now());
  TRY_STATUS(commit(call, session));
  return Reply();
}

Result<Reply> run_abort(CommandCall& call) {
  TRY_STATUS(require_transaction(call));
  ClientSession& session = *call.session();
  if (session.state() == TransactionState::committed) {
    return error(ErrorCode::transaction_committed,
                 "Transaction with {{ txnNumber: {} }} has been committed.", *call.txn_number());
  }
  if (session.transaction() == nullptr) return no_transaction(call);
  call.shared().sessions.abandon(session);
  return Reply();
}

constexpr FieldRow kFields[] = {{"recoveryToken", field::kObject, FieldRule::ignored}};
constexpr CommandFlags kFlags = kAdminOnly | kWriteConcern | kEndsTransaction | kStableApi;

constexpr CommandRow kRows[] = {
    {.name = "commitTransaction",
     .flags = kFlags,
     .fields = kFields,
     .run = run_commit,
     .help = "Commits a transaction."},
    {.name = "abortTransaction",
     .flags = kFlags,
     .fields = kFields,
     .run = run_abort,
     .help = "Rolls a transaction back."},
};

}  // namespace

std::span<const CommandRow> transaction_commands() { return kRows; }

}  // namespace octavo::mongodb
