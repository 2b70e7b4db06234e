#include "layout/row/locking.h"

#include "base/waits.h"

namespace octavo::layout {
namespace {

Status wait_for_lock(txn::LockTable& locks, txn::LockOwner& owner, txn::KeyHash key,
                     txn::LockMode mode, exec::QueryContext& query) {
  if (!query.may_wait) return fail(Code::would_block, "A lock may have to be waited for.");
  const function::EvalContext& evaluation = query.evaluation;
  std::optional<std::int64_t> deadline = query.lock_wait.deadline_ns;
  const bool ends_sooner =
      evaluation.deadline_ns != 0 && (!deadline || evaluation.deadline_ns < *deadline);
  if (ends_sooner) deadline = evaluation.deadline_ns;
  WaitScope waiting(evaluation.pacer);
  TRY_STATUS(waiting.begin());
  Status taken = locks.lock_wait(owner, key, mode, deadline, evaluation.cancel);
  if (taken) return {};
  if (taken.error().code == Code::conflict) query.lock_refusal = exec::LockRefusal::deadlock;
  if (taken.error().code == Code::timed_out && !ends_sooner) {
    query.lock_refusal = exec::LockRefusal::timed_out;
  }
  return taken;
}

}  // namespace

Status take_lock(txn::LockTable& locks, txn::LockOwner& owner, txn::KeyHash key, txn::LockMode mode,
                 exec::QueryContext& query) {
  if (locks.try_lock(owner, key, mode)) return {};
  if (query.lock_wait.how != exec::LockWait::How::wait) {
    query.lock_refusal = exec::LockRefusal::not_free;
    return fail(Code::conflict, "Another transaction has locked the row.");
  }
  return wait_for_lock(locks, owner, key, mode, query);
}

txn::KeyHash table_lock_key(TableId table) { return txn::named_hash("table", raw(table)); }

Status take_table_lock(txn::LockTable& locks, txn::LockOwner& owner, TableId table,
                       txn::LockMode mode, exec::QueryContext& query) {
  if (query.held_tables != nullptr && query.held_tables->has(table)) return {};
  const txn::KeyHash key = table_lock_key(table);
  if (locks.try_lock(owner, key, mode)) return {};
  return wait_for_lock(locks, owner, key, mode, query);
}

}  // namespace octavo::layout
