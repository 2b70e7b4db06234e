#include "engine/engine_impl.h"
#include "engine/write_rights.h"
#include "layout/keyspace/write.h"
#include "layout/row/references.h"

namespace octavo::engine {
namespace {

std::unexpected<Error> not_in_transactions() {
  return fail(Code::unsupported, "Rows of this table cannot be written within a transaction.");
}

}  // namespace

Result<exec::RowWritesDone> EngineImpl::write(const exec::RowWrites& asked,
                                              exec::QueryContext& context) {
  auto* const transaction = OpenTransaction::of(context);
  context.lock_refusal = exec::LockRefusal::none;
  context.definition_changed = false;
  if (transaction != nullptr) TRY_STATUS(transaction->may_run());
  if (catalog::is_virtual(asked.table)) {
    return transaction == nullptr ? write_virtual(asked, context) : not_in_transactions();
  }
  const auto table = definitions_.current()->share_table(asked.table);
  if (table == nullptr) return fail(Code::not_found, "The table does not exist any more.");
  const auto allowed = [&] { return require_some_write(access_, context, *table); };
  TRY_STATUS(allowed());
  if (const auto limited = writes_within_rights(access_, context, *table, asked)) {
    return write_allowed(*limited, table, allowed, context);
  }
  return write_allowed(asked, table, allowed, context);
}

Result<exec::RowWritesDone> EngineImpl::write_allowed(
    const exec::RowWrites& writes, const std::shared_ptr<const catalog::TableDefinition>& table,
    const std::function<Status()>& allowed, exec::QueryContext& context) {
  auto* const transaction = OpenTransaction::of(context);
  if (table->layout == catalog::Layout::keyspace) {
    if (transaction != nullptr) return not_in_transactions();
    if (keyspace_->keyspace().is_copy()) {
      return fail(Code::unsupported,
                  "The keys are a copy of another server's, and cannot be written.");
    }
    const auto commit = [&](keyspace::LocalBatch& batch) -> Result<Lsn> {
      TRY_STATUS(allowed());
      return keyspace_->commit(batch);
    };
    const auto make_room = [this](std::size_t bytes) { return keyspace_->make_room(bytes); };
    TRY(auto done, layout::write_keyspace_rows({keyspace_->keyspace(), clock_, commit, make_room},
                                               writes, context));
    done.durability = table->durability;
    return done;
  }
  statistics_->changed(table->id, writes.keys.size());
  const auto definition = [this](TableId id) { return definitions_.current()->share_table(id); };
  layout::WriteTarget target{*sequencer_, locks_,  *rows_,
                             indexes_,    rules_,  *numbers_,
                             definition,  allowed, layout::has_rules(*table)};
  target.wait_for_index = [this, &context](TableId of, IndexId index) {
    return wait_to_write(of, index, context);
  };
  if (transaction == nullptr) return write_alone(target, *table, writes, context);
  target.transaction = &transaction->rows();
  auto done = layout::write_rows(target, writes, context);
  if (context.lock_refusal == exec::LockRefusal::deadlock) transaction->rollback();
  return done;
}

// Committed at once. Whether the table has references may change while its lock is waited for.
Result<exec::RowWritesDone> EngineImpl::write_alone(const layout::WriteTarget& target,
                                                    const catalog::TableDefinition& table,
                                                    const exec::RowWrites& writes,
                                                    exec::QueryContext& context) {
  exec::RowWritesDone done;
  if (!context.checks_references || !layout::has_references(table)) {
    TRY(done, layout::write_rows(target, writes, context));
    if (!context.definition_changed) return done;
    context.definition_changed = false;
  }
  return layout::write_referring_rows(target, writes, std::move(done), memory().queries,
                                      memory().shares.query, context);
}

Result<exec::RowWritesDone> EngineImpl::write_virtual(const exec::RowWrites& writes,
                                                      exec::QueryContext& context) {
  if (const std::optional<TableId> granted = opened_by(writes.table)) {
    TRY_STATUS(access_.require(context.user, catalog::Permission::write, catalog::kSystemDatabase,
                               *granted));
  }
  const auto define_for = [&](const Decide& decide) { return define(context.user, decide); };
  TRY(auto done, write_virtual_rows(virtual_tables_, define_for, writes, context));
  done.durability = Durability::disk;  // as that of definitions
  return done;
}

std::unique_ptr<Transaction> EngineImpl::begin(const TransactionOptions& options) {
  const auto definition = [this](TableId id) { return definitions_.current()->share_table(id); };
  return std::make_unique<OpenTransaction>(
      OpenTransaction::Parts{locks_,
                             memory(),
                             [this] { return one_moment(); },
                             {*sequencer_, *rows_, indexes_, definition}},
      options);
}

Result<std::vector<bool>> EngineImpl::lock_rows(TableId table, std::span<const value::Value> keys,
                                                LockMode mode, exec::QueryContext& context) {
  auto* const transaction = OpenTransaction::of(context);
  if (transaction == nullptr) {
    return fail(Code::invalid_argument, "Rows are locked within a transaction.");
  }
  TRY_STATUS(transaction->may_run());
  context.lock_refusal = exec::LockRefusal::none;
  const auto definition = definitions_.current()->share_table(table);
  if (definition == nullptr) return fail(Code::not_found, "The table does not exist any more.");
  if (definition->layout != catalog::Layout::row) {
    return fail(Code::unsupported, "Rows of this table cannot be locked.");
  }
  TRY_STATUS(mode == LockMode::exclusive ? require_some_write(access_, context, *definition)
                                         : access_.require(context, catalog::Permission::read,
                                                           definition->database, table));
  auto locked = transaction->rows().lock(table, keys, mode, context);
  if (context.lock_refusal == exec::LockRefusal::deadlock) transaction->rollback();
  return locked;
}

Result<std::unique_ptr<exec::HeldTables>> EngineImpl::hold_tables(std::span<const TableLock> locks,
                                                                  exec::QueryContext& context) {
  const auto definitions = definitions_.current();
  for (const TableLock& lock : locks) {
    const catalog::TableDefinition* const table = definitions->find_table(lock.table);
    if (table == nullptr) return fail(Code::not_found, "The table does not exist any more.");
    if (table->layout != catalog::Layout::row) {
      return fail(Code::unsupported, "This table cannot be locked.");
    }
    const bool writes = lock.mode == LockMode::exclusive;
    TRY_STATUS(
        writes ? require_some_write(access_, context, *table)
               : access_.require(context, catalog::Permission::read, table->database, lock.table));
  }
  context.lock_refusal = exec::LockRefusal::none;
  auto hold = std::make_unique<TableHold>(locks_);
  TRY_STATUS(hold->lock(locks, context));
  return hold;
}

Result<std::uint64_t> EngineImpl::take_numbers(TableId table, ColumnId column, std::uint64_t count,
                                               exec::QueryContext& context) {
  const auto definition = definitions_.current()->share_table(table);
  if (definition == nullptr) return fail(Code::not_found, "The table does not exist any more.");
  TRY_STATUS(
      access_.require(context, catalog::Permission::insert, definition->database, definition->id));
  const auto* found = definition->find_column(column);
  if (found == nullptr || !found->auto_increment) {
    return fail(Code::invalid_argument, "The column has no numbers.");
  }
  if (context.may_wait) return numbers_->take(*definition, *found, count);
  const auto first = numbers_->take_leased(*definition, *found, count);
  if (!first) return fail(Code::would_block, "Numbers have to be leased.");
  return *first;
}

std::uint64_t EngineImpl::next_number(TableId table) {
  const auto definition = definitions_.current()->share_table(table);
  const auto* column = definition == nullptr ? nullptr : definition->auto_increment();
  return column == nullptr ? 1 : numbers_->next(*definition, *column);
}

}  // namespace octavo::engine
