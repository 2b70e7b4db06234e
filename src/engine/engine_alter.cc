#include <algorithm>
#include <chrono>

#include "base/waits.h"
#include "catalog/references.h"
#include "engine/engine_impl.h"
#include "layout/row/references.h"

namespace octavo::engine {
namespace {

constexpr auto kAnswerInterval = std::chrono::milliseconds(100);

// Tables that take the places of tables which the client has locked are locked for it from the
// beginning; no more, if nothing comes of the change.
class FollowedTables {
 public:
  FollowedTables(exec::HeldTables* held, const catalog::CatalogState& state,
                 const catalog::Changes& changes)
      : held_(held) {
    if (held_ == nullptr) return;
    for (const catalog::Change& change : changes) {
      const auto* const put = std::get_if<catalog::PutTable>(&change);
      if (put == nullptr || state.find_table(put->table.id) != nullptr) continue;
      const auto* const before = state.find_table(put->table.database, put->table.name);
      if (before == nullptr || !held_->has(before->id)) continue;
      held_->follow(before->id, put->table.id);
      if (held_->has(put->table.id)) {
        tables_.push_back(put->table.id);
      } else {
        taken_ = put->table.id;
      }
    }
  }
  ~FollowedTables() {
    for (const TableId table : tables_) held_->leave(table);
  }
  FollowedTables(const FollowedTables&) = delete;
  FollowedTables& operator=(const FollowedTables&) = delete;
  void keep() { tables_.clear(); }
  // One whose number another change of definitions has taken.
  std::optional<TableId> taken() const { return taken_; }

 private:
  exec::HeldTables* const held_;
  std::vector<TableId> tables_;
  std::optional<TableId> taken_;
};

}  // namespace

// The tables that change are locked: transactions that have written to them end first, and those
// that write rows which are moved, who find their table gone.
Result<Lsn> EngineImpl::alter(const catalog::DecideAlteration& decide, exec::QueryContext& context,
                              std::optional<catalog::Violation>& violation) {
  if (!context.may_wait)
    return fail(Code::would_block, "A change of definitions may have to wait.");
  if (context.transaction != nullptr) {
    return fail(Code::invalid_argument, "Definitions are not changed within a transaction.");
  }
  context.lock_refusal = exec::LockRefusal::none;
  txn::LockOwner owner(locks_, TransactionId{});
  for (int attempt = 0; attempt < kMaxDefineAttempts; ++attempt) {
    TRY_STATUS(context.check());
    const Lsn snapshot = sequencer_->read_point();
    const auto state = definitions_.current();
    TRY(catalog::Alteration alteration, decide(*state));
    if (alteration.changes.empty()) return snapshot;
    TRY_STATUS(may_change(context.user, *state, alteration.changes, alteration.checks_references));
    const std::size_t held = owner.held();
    TRY_STATUS(lock_changed_tables(*state, alteration.changes, owner, context));
    if (owner.held() != held) continue;  // what was waited for may have changed them
    TRY(const bool waited, wait_for_parents(*state, alteration, context));
    if (waited) continue;
    txn::TransactionBuilder builder;
    const AlterationParts parts{*rows_, *sequencer_, *numbers_, indexes_};
    FollowedTables followed(context.held_tables, *state, alteration.changes);
    if (const auto taken = followed.taken()) {
      TRY_STATUS(layout::take_table_lock(locks_, owner, *taken, txn::LockMode::exclusive, context));
      locks_.release(owner, layout::table_lock_key(*taken));
      continue;
    }
    if (alteration.rows) {
      TRY_STATUS(layout::take_table_lock(locks_, owner, alteration.rows->to,
                                         txn::LockMode::exclusive, context));
      carry_number(*state, *alteration.rows, alteration.changes);
      TRY_STATUS(move_rows(parts, *state, alteration, builder, context, violation));
    }
    TRY_STATUS(look_at_references(parts, *state, alteration, context, violation));
    TRY(const txn::Verdict verdict, commit_changes(alteration.changes, snapshot, builder));
    if (!verdict.status) continue;
    followed.keep();
    // Rows that were moved are not written to before their unique indexes are there.
    if (!alteration.rows) locks_.release_all(owner);
    TRY_STATUS(wait_for_indexes(alteration.changes, context));
    return verdict.lsn;
  }
  return kept_conflicting();
}

// Those that are there already. What is locked stays so; `owner` may have more at other attempts.
Status EngineImpl::lock_changed_tables(const catalog::CatalogState& state,
                                       const catalog::Changes& changes, txn::LockOwner& owner,
                                       exec::QueryContext& context) {
  std::vector<TableId> changed;
  for (const catalog::Change& change : changes) {
    if (const auto* put = std::get_if<catalog::PutTable>(&change)) changed.push_back(put->table.id);
    if (const auto* drop = std::get_if<catalog::DropTable>(&change)) changed.push_back(drop->id);
  }
  std::ranges::sort(changed);
  for (const TableId id : changed) {
    if (state.find_table(id) == nullptr) continue;
    TRY_STATUS(layout::take_table_lock(locks_, owner, id, txn::LockMode::exclusive, context));
  }
  return {};
}

// Numbers go on where they were.
void EngineImpl::carry_number(const catalog::CatalogState& state, const catalog::RowsMoved& moved,
                              catalog::Changes& changes) {
  const catalog::TableDefinition* before = state.find_table(moved.from);
  const auto* column = before == nullptr ? nullptr : before->auto_increment();
  if (column == nullptr) return;
  auto* const table = find_put(changes, moved.to);
  const auto* now = table == nullptr ? nullptr : table->auto_increment();
  if (now == nullptr || now->id != column->id) return;
  table->first_number = std::max(table->first_number, numbers_->next(*before, *column));
}

Status EngineImpl::wait_for_indexes(const catalog::Changes& changes, exec::QueryContext& context) {
  WaitScope waiting(context.evaluation.pacer);
  [[maybe_unused]] const Status begun = waiting.begin();  // else on the worker: it is too late now
  for (const catalog::Change& change : changes) {
    const auto* put = std::get_if<catalog::PutTable>(&change);
    if (put == nullptr) continue;
    for (const auto& index : put->table.indexes) {
      if (!index.ready) TRY_STATUS(wait_for_index(put->table.id, index.id, {}, context));
    }
  }
  return {};
}

Status EngineImpl::wait_for_index(TableId table, IndexId index,
                                  std::optional<std::int64_t> deadline_ns,
                                  exec::QueryContext& context) {
  struct Answer {
    Mutex mutex;
    Condition given;
    std::optional<Status> status OCTAVO_GUARDED_BY(mutex);
  };
  const auto answer = std::make_shared<Answer>();
  builds_->when_ready(table, index, [answer](Status status) {
    const MutexLock lock(answer->mutex);
    answer->status = std::move(status);
    answer->given.notify_all();
  });
  for (;;) {
    TRY_STATUS(context.evaluation.check_now());
    if (deadline_ns && system_clock().monotonic_ns() >= *deadline_ns) {
      context.lock_refusal = exec::LockRefusal::timed_out;
      return fail(Code::timed_out, "timed out while waiting for an index");
    }
    const MutexLock lock(answer->mutex);
    if (!answer->status) answer->given.wait_for(answer->mutex, kAnswerInterval);
    if (answer->status) return *answer->status;
  }
}

// As for a lock. Where the index is gone, the table is another by now.
Status EngineImpl::wait_to_write(TableId table, IndexId index, exec::QueryContext& context) {
  if (!context.may_wait) return fail(Code::would_block, "An index may have to be waited for.");
  WaitScope waiting(context.evaluation.pacer);
  TRY_STATUS(waiting.begin());
  const Status ready = wait_for_index(table, index, context.lock_wait.deadline_ns, context);
  return !ready && ready.error().code == Code::not_found ? Status() : ready;
}

// Whether it waited for an index by which rows are held against a new key.
Result<bool> EngineImpl::wait_for_parents(const catalog::CatalogState& state,
                                          const catalog::Alteration& alteration,
                                          exec::QueryContext& context) {
  for (const auto& added : alteration.new_references) {
    const auto* child = find_table(state, alteration.changes, added.table);
    const auto* key = child == nullptr ? nullptr : catalog::find_foreign_key(*child, added.key);
    const auto* parent = key == nullptr ? nullptr : state.find_table(key->parent);
    if (parent == nullptr) continue;
    const auto over = catalog::key_over(*parent, key->parent_columns);
    if (!over || over->index == nullptr || over->index->ready) continue;
    TRY_STATUS(wait_to_write(parent->id, over->index->id, context));
    return true;
  }
  return false;
}

}  // namespace octavo::engine
