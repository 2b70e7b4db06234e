#include "protocol/mysql/language/session_transaction.h"

#include <utility>

#include "dialect/sql/error/error.h"
#include "protocol/common/durable.h"
#include "protocol/mysql/language/execution.h"

namespace octavo::mysql {
namespace {

// There are no dirty reads: who asks for them reads what is committed. At the strictest level plain
// reads lock rows as well (`RowLocker`).
engine::Isolation isolation_of(sql::IsolationLevel level) {
  switch (level) {
    case sql::IsolationLevel::read_uncommitted:
    case sql::IsolationLevel::read_committed: return engine::Isolation::read_committed;
    case sql::IsolationLevel::repeatable_read: return engine::Isolation::repeatable_read;
    case sql::IsolationLevel::serializable: return engine::Isolation::serializable;
  }
  return engine::Isolation::repeatable_read;
}

}  // namespace

bool SessionTransaction::begins_with_a_table() const {
  return open_ == nullptr && !state_.settings().autocommit;
}

sql::Characteristics SessionTransaction::characteristics() const {
  if (open_ != nullptr) return state_.transaction.is;
  return state_.next_transaction.over(state_.settings().transactions);
}

void SessionTransaction::begin(const Begin& begin) {
  const sql::NextCharacteristics next =
      std::exchange(state_.next_transaction, sql::NextCharacteristics());
  sql::Characteristics is = begin.chained.value_or(next.over(state_.settings().transactions));
  if (begin.read_only) is.read_only = *begin.read_only;
  state_.transaction = {.open = true,
                        .is_explicit = begin.is_explicit,
                        .with_snapshot = begin.with_snapshot,
                        .named = next.isolation.has_value() || begin.chained.has_value(),
                        .access = begin.read_only ? begin.read_only : next.read_only,
                        .is = is};
  written_.clear();
  // What may not be written is refused here: one that only reads may lock rows, shared.
  open_ = engine_.begin({.isolation = isolation_of(is.isolation), .view_now = begin.with_snapshot});
}

void SessionTransaction::add_write(const catalog::TableDefinition& table) {
  written_.insert(table.id);
  state_.transaction.has_written = true;
}

std::unique_ptr<engine::Transaction> SessionTransaction::take() {
  state_.transaction = sql::Transaction();
  written_.clear();
  return std::exchange(open_, nullptr);
}

io::Task<Status> SessionTransaction::commit(Execution& execution) {
  execution.leave_transaction();
  if (open_ != nullptr && !open_->has_to_commit()) open_->rollback();
  auto ending = take();
  if (ending == nullptr || ending->ended()) co_return Status();
  execution.running().begin_waits(state_.settings().row_lock_time);
  const Durability durability = ending->durability();
  auto work = [&] { return ending->commit(execution.running().context()); };
  const auto lsn =
      co_await execution.here_or_on_worker(true, std::move(work), protocol::Weight::urgent);
  if (!lsn) co_return std::unexpected(execution.told(lsn.error()));
  protocol::Promise promise;
  promise.add(*lsn, durability);
  const Status durable = co_await protocol::wait_durable(engine_, promise);
  if (!durable) co_return std::unexpected(execution.told(durable.error()));
  co_return Status();
}

// Much may have been written: what is to be forgotten is not the connection's thread's work.
io::Task<Status> SessionTransaction::rollback(Execution& execution) {
  execution.leave_transaction();
  auto ending = take();
  if (ending == nullptr || !ending->has_written()) co_return Status();
  auto work = [&]() -> Status {
    ending->rollback();
    return {};
  };
  const Status done = co_await execution.on_worker(std::move(work), protocol::Weight::urgent);
  // Where no worker takes it, its end does the same.
  if (!done) ending.reset();
  co_return Status();
}

void SessionTransaction::drop() { take(); }

void SessionTransaction::look_at_end() {
  if (open_ != nullptr && open_->ended()) take();
}

}  // namespace octavo::mysql
