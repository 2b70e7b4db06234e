#pragma once

// The engine behind the facade, for its own sources. What it does is in several files:
//   engine_start.cc        opens and replays, in order; ends in the reverse
//   engine_definitions.cc  changes of definitions, and who is told of them
//   engine_alter.cc        changes that lock tables and move rows
//   engine_reads.cc        what a statement sees
//   engine_writes.cc       rows, locks, numbers
//   engine_upkeep.cc       the thread that expires, saves and trims
// Public functions may be called from any thread.

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "base/complaint.h"
#include "base/condition.h"
#include "base/forward_clock.h"
#include "base/logging.h"
#include "base/mutex.h"
#include "catalog/edit.h"
#include "engine/alterations.h"
#include "engine/data_memory.h"
#include "engine/engine.h"
#include "engine/feeds.h"
#include "engine/metrics.h"
#include "engine/number_leases.h"
#include "engine/open_transaction.h"
#include "engine/row_expiry.h"
#include "engine/running_query.h"
#include "engine/table_statistics.h"
#include "exec/spill_space.h"
#include "exec/statement_reads.h"
#include "index/maintainer.h"
#include "layout/row/write.h"
#include "txn/lock_table.h"
#include "txn/poller.h"
#include "txn/retries.h"

namespace octavo::engine {

// How often a change of definitions is tried again when others change them, too.
inline constexpr int kMaxDefineAttempts = 100;
std::unexpected<Error> kept_conflicting();

class EngineImpl final : public Engine, public ExpiresRows, public KnowsStatistics {
 public:
  explicit EngineImpl(Options options) : options_(std::move(options)) {
    RunningQuery::show_metric();  // from the start
  }
  ~EngineImpl() override {
    if (const Status closed = close(); !closed) {
      log_error("not everything was saved", {{"reason", closed.error().what}});
    }
  }

  Status start();
  Status close() override;

  std::string instance_uuid() const override;
  Access& access() override { return access_; }
  catalog::CatalogPtr catalog() const override { return definitions_.current(); }
  Result<Lsn> define(std::string_view user, const Decide& decide) override;
  Result<Lsn> alter(const catalog::DecideAlteration& decide, exec::QueryContext& context,
                    std::optional<catalog::Violation>& violation) override;
  Result<std::uint64_t> take_numbers(TableId table, ColumnId column, std::uint64_t count,
                                     exec::QueryContext& context) override;
  std::uint64_t next_number(TableId table) override;
  void when_index_ready(TableId table, IndexId index,
                        std::move_only_function<void(Status)> done) override {
    builds_->when_ready(table, index, std::move(done));
  }
  std::optional<IndexProgress> index_progress(IndexId index) const override {
    return builds_->progress(index);
  }
  std::span<const index::KindRow> index_kinds() const override { return index::kinds(); }

  Result<std::unique_ptr<Query>> query(const algebra::PlanPtr& plan,
                                       exec::QueryContext& context) override;
  Result<std::optional<value::Value>> get(TableId table, const value::Value& key,
                                          exec::QueryContext& context) override;
  Result<exec::RowWritesDone> write(const exec::RowWrites& writes,
                                    exec::QueryContext& context) override;
  Result<std::optional<RetriedSession>> retried(BytesView session) const override {
    return txn::retried_session(*rows_, options_.clock->wall_ns(), session);
  }
  Result<std::uint64_t> estimate_count(TableId table, exec::QueryContext& context) override;
  RowExpiryControl& row_expiry() override { return expiry_control_; }
  TableStatistics& statistics() override { return *statistics_; }
  std::unique_ptr<Transaction> begin(const TransactionOptions& options) override;
  Result<std::vector<bool>> lock_rows(TableId table, std::span<const value::Value> keys,
                                      LockMode mode, exec::QueryContext& context) override;
  Result<std::unique_ptr<exec::HeldTables>> hold_tables(std::span<const TableLock> locks,
                                                        exec::QueryContext& context) override;
  std::unique_ptr<VirtualTableSets::Entry> add(const VirtualTables& tables) override {
    return virtual_tables_.add(tables);
  }
  ProcessMemory& memory() override { return *options_.memory; }
  Result<stream::SubscriptionPtr> subscribe(stream::FeedKind kind, const algebra::PlanPtr& plan,
                                            stream::FeedOptions options,
                                            exec::QueryContext& context) override;

  void when_durable(Lsn lsn, Durability durability,
                    std::move_only_function<void(Status)> done) override {
    log_->when_durable(lsn, durability, std::move(done));
  }
  bool is_durable(Lsn lsn, Durability durability) const override {
    return log_->is_durable(lsn, durability);
  }
  void sync_here() override { log_->sync_here(); }
  Lsn tail() const override { return log_->tail(); }
  std::uint64_t log_place() const override { return raw(log_->tail().order()); }
  Lsn last_commit() const override { return sequencer_->tip(); }

  std::optional<Error> writes_refused() const override;

  KeyspaceFacade& keyspace() override { return *keyspace_; }
  bool keyspace_in_use() const override;
  void save_keyspace(std::move_only_function<void(Status)> done) override {
    saver_->request(std::move(done));
  }
  KeyspaceSaves keyspace_saves() const override { return saver_->saves(); }

 private:
  Status open_log();
  Status open_rows();
  Status open_spill();
  Status open_keyspace();
  void open_statistics();
  Status replay();
  Status ensure_defaults();
  Result<Lsn> change_definitions(const Decide& decide);
  Status may_change(std::string_view user, const catalog::CatalogState& state,
                    std::vector<catalog::Change>& changes, bool checks_references = true);
  Status may_refer(std::string_view user, const catalog::CatalogState& state,
                   std::span<const catalog::Change> changes);
  Result<txn::Verdict> commit_changes(const catalog::Changes& changes, const Lsn& snapshot,
                                      txn::TransactionBuilder& builder);
  void carry_number(const catalog::CatalogState& state, const catalog::RowsMoved& moved,
                    catalog::Changes& changes);
  Status wait_for_indexes(const catalog::Changes& changes, exec::QueryContext& context);
  Status wait_for_index(TableId table, IndexId index, std::optional<std::int64_t> deadline_ns,
                        exec::QueryContext& context);
  Status wait_to_write(TableId table, IndexId index, exec::QueryContext& context);
  Result<bool> wait_for_parents(const catalog::CatalogState& state,
                                const catalog::Alteration& alteration, exec::QueryContext& context);
  Status begin_read(const algebra::PlanPtr& plan, exec::QueryContext& context) const;
  Status begin_read(TableId table, exec::QueryContext& context) const;
  std::optional<TableId> opened_by(TableId table) const;
  // With the rights that `allowed` asks for again before a commit.
  Result<exec::RowWritesDone> write_allowed(
      const exec::RowWrites& writes, const std::shared_ptr<const catalog::TableDefinition>& table,
      const std::function<Status()>& allowed, exec::QueryContext& context);
  Result<exec::RowWritesDone> write_alone(const layout::WriteTarget& target,
                                          const catalog::TableDefinition& table,
                                          const exec::RowWrites& writes,
                                          exec::QueryContext& context);
  Result<exec::RowWritesDone> write_virtual(const exec::RowWrites& writes,
                                            exec::QueryContext& context);
  void warn_if_keys_exceed_share();
  void raise_clock_to_log();
  std::unique_ptr<const exec::Source> make_source(kv::View view,
                                                  const catalog::CatalogPtr& definitions,
                                                  catalog::CatalogPtr older = nullptr);
  OpenTransaction::Moment one_moment();
  Status begin_read_in(OpenTransaction& transaction, std::span<const TableId> tables,
                       exec::QueryContext& context) const;
  std::unique_ptr<const exec::Source> source_for(exec::QueryContext& context);
  std::shared_ptr<exec::StatementReads> reads_of(exec::QueryContext& context);
  Status lock_changed_tables(const catalog::CatalogState& state, const catalog::Changes& changes,
                             txn::LockOwner& owner, exec::QueryContext& context);
  void tell_feeds(const catalog::CatalogState& before, const catalog::CatalogState& after);
  void definitions_changed(const catalog::CatalogState& before, const catalog::CatalogState& after);
  Status mark_index_ready(TableId table, IndexId index);
  void housekeeping();
  void checkpoint_if_due();
  void trim_log();

  Options options_;
  ForwardClock clock_{*options_.clock};  // what records, and so expiry, go by
  Definitions definitions_;
  Access access_{definitions_};
  VirtualTableSets virtual_tables_;
  index::IndexSets indexes_;
  layout::RuleSets rules_;
  txn::LockTable locks_;
  std::unique_ptr<log::CommitLog> log_;
  std::unique_ptr<kv::Store> rows_;
  std::optional<exec::SpillSpace> spill_;
  std::unique_ptr<index::Maintainer> maintainer_;
  std::unique_ptr<layout::KeyspaceSnapshots> snapshots_;
  std::unique_ptr<KeyspaceFacade> keyspace_;
  std::optional<DataMemory> data_memory_;  // from before the log is replayed
  std::unique_ptr<txn::Sequencer> sequencer_;
  std::optional<txn::Poller> poller_;  // if the log delivers later
  std::optional<NumberLeases> numbers_;
  std::shared_ptr<EngineFeeds> feeds_;
  std::unique_ptr<IndexBuilds> builds_;
  std::unique_ptr<KeyspaceSaver> saver_;  // once everything was replayed
  std::optional<Metrics> metrics_;        // reads the parts above

  mutable Mutex mutex_;
  Condition changed_;
  bool stopping_ OCTAVO_GUARDED_BY(mutex_) = false;
  RowExpiryControl expiry_control_;
  std::optional<RowExpiry> row_expiry_;  // the housekeeper's
  std::optional<TableStatistics> statistics_;
  std::thread housekeeper_;
  Complaint checkpoints_{"checkpoint failed"};  // the housekeeper's
  std::atomic<bool> closed_{false};
};

}  // namespace octavo::engine
