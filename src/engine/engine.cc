#include "engine/engine.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <optional>
#include <thread>

#include "base/complaint.h"
#include "base/condition.h"
#include "base/forward_clock.h"
#include "base/logging.h"
#include "base/mutex.h"
#include "base/progress.h"
#include "base/thread.h"
#include "base/uuid.h"
#include "base/waits.h"
#include "catalog/edit.h"
#include "catalog/references.h"
#include "engine/administrator.h"
#include "engine/alterations.h"
#include "engine/column_query.h"
#include "engine/data_memory.h"
#include "engine/feeds.h"
#include "engine/guarded_feed.h"
#include "engine/layout_source.h"
#include "engine/metrics.h"
#include "engine/number_leases.h"
#include "engine/open_transaction.h"
#include "engine/plan_tables.h"
#include "engine/row_expiry.h"
#include "exec/column_rows.h"
#include "exec/operators.h"
#include "exec/spill_space.h"
#include "exec/statement_reads.h"
#include "index/maintainer.h"
#include "io/file.h"
#include "layout/keyspace/write.h"
#include "layout/row/references.h"
#include "layout/row/write.h"
#include "log/open.h"
#include "txn/lock_table.h"
#include "txn/poller.h"
#include "txn/retries.h"
#include "txn/row_counts.h"

namespace octavo::engine {
namespace {

constexpr auto kHousekeepingInterval = std::chrono::milliseconds(100);
constexpr std::size_t kExpireAtOnce = 1000;
constexpr std::chrono::seconds kNotableLead{2};
constexpr int kMaxDefineAttempts = 100;
constexpr int kViewAttempts = 4;
constexpr std::string_view kSpill = "spill";  // in the data directory
constexpr auto kAnswerInterval = std::chrono::milliseconds(100);

// Of contents of keys, kept from one change to the next, within the memory of feeds.
std::size_t contents_limit(const ProcessMemory& memory) {
  return std::min(memory.shares.feeds / 4, 32 * kMiB);
}

constexpr MetricRow kQueries{"octavo_queries_total", "Plans run over tables, by any protocol."};

Counter& queries_total() {
  static Counter& counter = process_metrics().counter(kQueries);
  return counter;
}

// A query, the snapshot it reads and the operators over it.
class RunningQuery final : public Query, public ColumnQuery {
 public:
  RunningQuery(std::shared_ptr<exec::StatementReads> reads, const Access& access,
               exec::QueryContext& context)
      : reads_(std::move(reads)), access_(access), context_(context) {
    queries_total().add();
  }

  Status start(const algebra::PlanPtr& plan) {
    TRY(top_, exec::build(plan, exec::OperatorContext{reads_->source(), context_}));
    return {};
  }
  Status next(std::size_t max_rows, exec::Rows& out) override {
    TRY_STATUS(top_->next(max_rows, out));
    return access_.still_allowed(context_);  // which may have taken long
  }
  Result<bool> begin_columns() override {
    columns_ = dynamic_cast<exec::ColumnRows*>(top_.get());
    return columns_ == nullptr ? Result<bool>(false) : columns_->begin_columns();
  }
  Result<std::size_t> next_columns() override {
    TRY(const std::size_t rows, columns_->next_columns());
    TRY_STATUS(access_.still_allowed(context_));
    return rows;
  }
  const value::Batch& columns() const override { return columns_->columns(); }

 private:
  const std::shared_ptr<exec::StatementReads> reads_;
  const Access& access_;
  exec::QueryContext& context_;
  exec::OperatorPtr top_;
  exec::ColumnRows* columns_ = nullptr;  // it, where columns are asked for
};

class EngineImpl final : public Engine, public ExpiresRows {
 public:
  explicit EngineImpl(Options options) : options_(std::move(options)) {
    queries_total();  // shown from the start
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
                                            exec::QueryContext& context) override {
    TRY_STATUS(begin_read(plan, context));
    if (std::ranges::any_of(tables_of(plan), catalog::is_virtual)) {
      return fail(Code::unsupported, "Feeds on virtual tables are not supported yet.");
    }
    auto feed = stream::subscribe(kind, plan, std::move(options), feeds_);
    if (feed && context.user != catalog::kAdminName) {
      feed = std::make_unique<GuardedFeed>(*std::move(feed), access_, context);
    }
    // Its topic is there now: closing from here on ends the feed, and before it would not have.
    if (closed_) return fail(Code::unavailable, "The server is shutting down.");
    return feed;
  }

  void when_durable(Lsn lsn, Durability durability,
                    std::move_only_function<void(Status)> done) override {
    log_->when_durable(lsn, durability, std::move(done));
  }
  bool is_durable(Lsn lsn, Durability durability) const override {
    return log_->is_durable(lsn, durability);
  }
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
  std::thread housekeeper_;
  Complaint checkpoints_{"checkpoint failed"};  // the housekeeper's
  std::atomic<bool> closed_{false};
};

Status EngineImpl::open_log() {
  log::OpenOptions options;
  options.delivery_delay = options_.log_delay;
  options.local.directory = options_.directory + "/log";
  options.local.segment_bytes = options_.log_segment_bytes;
  options.local.on_notice = [](const log::Notice& notice) {
    log_warning("log notice",
                {{"file", notice.file}, {"lsn", format_lsn(notice.lsn)}, {"text", notice.text}});
  };
  TRY(log_, log::open(*options_.file_system, *options_.clock, std::move(options)));
  return {};
}

Status EngineImpl::open_rows() {
  if (options_.rows_in_memory) {
    rows_ = kv::open_memory_store();
  } else {
    kv::StoreOptions options;
    options.path = options_.directory + "/rows";
    options.memory_bytes = memory().shares.rows_most;
    options.files = options_.file_system;
    options.on_notice = [](const std::string& text) {
      log_warning("rows notice", {{"text", text}});
    };
    TRY(rows_, kv::Store::open(std::move(options)));
  }
  return {};
}

Status EngineImpl::open_spill() {
  spill_.emplace(*options_.file_system,
                 exec::SpillSpace::Options{
                     .directory = options_.spill_directory.empty()
                                      ? io::join_path(options_.directory, std::string(kSpill))
                                      : options_.spill_directory,
                     .limit_bytes = options_.spill_limit_bytes,
                     .query_bytes = memory().shares.query,
                     .queries = &memory().queries});
  return spill_->open();
}

Status EngineImpl::open_keyspace() {
  snapshots_ = std::make_unique<layout::KeyspaceSnapshots>(
      *options_.file_system,
      io::join_path(options_.directory, std::string(layout::kSnapshotDirectory)), &memory().copies);
  TRY_STATUS(snapshots_->open());
  constexpr std::uint64_t kParts = 1000;
  Progress progress("loading the keyspace", kParts, *options_.clock);
  TRY(auto state, snapshots_->load(Lsn::last(log_->tail().partition()), [&](double done) {
    progress.advance_to(static_cast<std::uint64_t>(done * kParts));
    return true;
  }));
  progress.finish();
  keyspace_ = std::make_unique<KeyspaceFacade>(clock_, std::move(state));
  keyspace_->room().set_share(static_cast<std::int64_t>(memory().shares.keyspace));
  data_memory_.emplace(memory(), *rows_, keyspace_->keyspace());
  data_memory_->start();
  return {};
}

// Each step needs those before it.
Status EngineImpl::start() {
  if (options_.memory == nullptr) options_.memory = std::make_shared<ProcessMemory>(0);
  TRY_STATUS(options_.file_system->create_directories(options_.directory));
  // The log first: it takes the lock of the data directory.
  TRY_STATUS(open_log());
  TRY_STATUS(open_rows());
  TRY_STATUS(open_spill());
  // As of the rows' position. Replay brings them up to the log's end and tells the listener, which
  // finds neither feeds nor index builds to tell in turn.
  TRY_STATUS(definitions_.load(*rows_));
  definitions_.set_listener(
      [this](const auto& before, const auto& after) { definitions_changed(before, after); });
  maintainer_ =
      std::make_unique<index::Maintainer>(indexes_, [this] { return definitions_.current(); });
  TRY_STATUS(open_keyspace());
  txn::SequencerOptions sequencing;
  if (!log_->delivers_inline()) {
    sequencing.authority = txn::Authority::shared;
    poller_.emplace();
    sequencing.on_ready = [this] { poller_->wake(); };
  }
  sequencer_ = std::make_unique<txn::Sequencer>(
      *log_, *rows_, clock_,
      txn::Hooks{.rows = maintainer_.get(), .ddl = &definitions_, .keyspace = keyspace_.get()},
      std::move(sequencing));
  if (poller_) poller_->start(*sequencer_);
  numbers_.emplace(*rows_, *sequencer_);
  keyspace_->connect(*sequencer_, memory().connections);
  keyspace_->set_scratch(*spill_);
  feeds_ = std::make_shared<EngineFeeds>(FeedParts{definitions_, indexes_, *rows_, *log_,
                                                   *sequencer_, *keyspace_, *snapshots_, memory()});
  // Before feeds listen: what is replayed was told to them, or to their cursors, before.
  TRY_STATUS(replay());
  warn_if_keys_exceed_share();
  // Before the first record of this run: the times of records ascend.
  raise_clock_to_log();
  saver_ = std::make_unique<KeyspaceSaver>(
      SaverParts{*snapshots_, *keyspace_, *sequencer_, *log_, *options_.clock},
      options_.checkpoint_log_bytes, [this] { trim_log(); });
  sequencer_->add_listener(*feeds_);
  keyspace_->changes().set_account(feeds_->changes_account(), contents_limit(memory()));
  keyspace_->set_interest({[this] { return !feeds_->hub().idle(); },
                           [this](TableId table) { return feeds_->interests(table); }});
  // Takes up the indexes that were not ready at the end of the last run.
  builds_ = std::make_unique<IndexBuilds>(
      definitions_, indexes_, *rows_, *sequencer_,
      [this](TableId table, IndexId index) { return mark_index_ready(table, index); });
  TRY_STATUS(ensure_defaults());
  metrics_.emplace(
      MetricParts{*log_, *sequencer_, locks_, *rows_, keyspace_->keyspace(), memory(), *spill_});
  row_expiry_.emplace(*this, indexes_, clock_, expiry_control_);
  housekeeper_ = std::thread([this] { housekeeping(); });
  return {};
}

// The log may end in the future, as the clock of an earlier run told it.
void EngineImpl::raise_clock_to_log() {
  clock_.raise(sequencer_->tip_time_ns());
  const auto lead = std::chrono::duration_cast<std::chrono::seconds>(clock_.lead());
  if (lead < kNotableLead) return;
  log_warning("the clock was set back",
              {{"log_ahead_s", std::to_string(lead.count())},
               {"text",
                "Keys expire by the clock of the log, which runs a tenth slower until the "
                "system's clock has caught up."}});
}

// `memory` may be lower than it was. Nothing is lost of that.
void EngineImpl::warn_if_keys_exceed_share() {
  if (!keyspace_->room().full(0)) return;
  const auto mib = [](std::int64_t bytes) {
    return std::to_string(bytes / static_cast<std::int64_t>(kMiB));
  };
  log_warning("keys take more than their share of the memory",
              {{"keys_mib", mib(keyspace_->keyspace().used_bytes())},
               {"share_mib", mib(keyspace_->room().limit())},
               {"text",
                "Commands that need memory are refused until keys are removed, a maxmemory-policy "
                "evicts some, or the setting `memory` is raised."}});
}

Status EngineImpl::replay() {
  const Lsn from = std::min(rows_->applied(), keyspace_->applied());
  const std::uint64_t total = log_->bytes_between(from, log_->tail());
  Progress progress("replaying the log", total, *options_.clock);
  TRY_STATUS(sequencer_->start(
      [&](Lsn done, Lsn) { progress.advance_to(log_->bytes_between(from, done)); }));
  progress.advance_to(total);
  progress.finish();
  return {};
}

// A new data directory gets the administrator, without a password, and the default database.
Status EngineImpl::ensure_defaults() {
  TRY_STATUS(change_definitions(first_definitions));
  TRY_STATUS(change_definitions(without_temporary));
  return {};
}

// Who writes is stopped before the sequencer, the sequencer before what it was applied to is saved,
// and the log last: a flush of rows waits until the log that they came from is on the disk.
Status EngineImpl::close() {
  // A feed that is being opened sees this, or its topic is there and is closed below.
  if (closed_.exchange(true)) return {};
  metrics_.reset();  // reads the parts that go
  if (feeds_ != nullptr) {
    feeds_->hub().close_all({Code::unavailable, "Subscription destroyed (shutting down?)."});
  }
  {
    const MutexLock lock(mutex_);
    stopping_ = true;
    changed_.notify_all();
  }
  if (row_expiry_) row_expiry_->stop();
  if (saver_ != nullptr) saver_->stop();
  if (housekeeper_.joinable()) housekeeper_.join();
  row_expiry_.reset();
  if (builds_ != nullptr) builds_->stop();
  Status flushed;
  if (saver_ != nullptr && numbers_) flushed = numbers_->give_back();
  if (sequencer_ != nullptr) {
    sequencer_->stop();
    // A start that failed has nothing to save, and knows positions that the log may lack.
    if (saver_ != nullptr) {
      const Status rows = sequencer_->checkpoint();
      if (flushed) flushed = rows;
      const Status saved = saver_->save_last(options_.close_snapshot_limit);
      if (!saved && flushed) flushed = saved;
      trim_log();
    }
    if (feeds_ != nullptr) sequencer_->remove_listener(*feeds_);
  }
  if (log_ != nullptr) log_->stop();
  return flushed;
}

Status EngineImpl::may_change(std::string_view user, const catalog::CatalogState& state,
                              std::vector<catalog::Change>& changes, bool checks_references) {
  TRY_STATUS(access_.require(user, state, changes));
  TRY_STATUS(catalog::settle_references(state, changes, checks_references));
  TRY_STATUS(may_refer(user, state, changes));
  TRY_STATUS(prepare_new_indexes(state, changes));
  return check_administrator(changes, options_.public_addresses);
}

// The table as it was; one that takes another's place has its uuid.
const catalog::TableDefinition* table_before(const catalog::CatalogState& state,
                                             std::span<const catalog::Change> changes,
                                             const catalog::TableDefinition& table) {
  if (const auto* same = state.find_table(table.id)) return same;
  for (const catalog::Change& change : changes) {
    const auto* drop = std::get_if<catalog::DropTable>(&change);
    const auto* dropped = drop == nullptr ? nullptr : state.find_table(drop->id);
    if (dropped != nullptr && dropped->uuid == table.uuid) return dropped;
  }
  return nullptr;
}

// Who makes a table refer to another has a say in what may become of that one's rows. Where that is
// not there yet, nobody will be asked when it is.
Status EngineImpl::may_refer(std::string_view user, const catalog::CatalogState& state,
                             std::span<const catalog::Change> changes) {
  for (const catalog::Change& change : changes) {
    const auto* put = std::get_if<catalog::PutTable>(&change);
    if (put == nullptr) continue;
    const auto* before = table_before(state, changes, put->table);
    for (const auto& key : put->table.foreign_keys) {
      const auto* old = before == nullptr ? nullptr : catalog::find_foreign_key(*before, key.id);
      if (old != nullptr && old->parent == key.parent && old->absent == key.absent) continue;
      if (key.absent && old == nullptr) {
        const auto* database = state.find_database(key.absent->database);
        TRY_STATUS(access_.require(user, catalog::Permission::config,
                                   database == nullptr ? std::nullopt : std::optional(database->id),
                                   std::nullopt));
      }
      const auto* parent = state.find_table(key.parent);
      if (parent == nullptr) continue;  // made by the same changes, or absent
      TRY_STATUS(access_.require(user, catalog::Permission::config, parent->database, parent->id));
    }
  }
  return {};
}

Result<Lsn> EngineImpl::define(std::string_view user, const Decide& decide) {
  return change_definitions(
      [&](const catalog::CatalogState& state) -> Result<std::vector<catalog::Change>> {
        TRY(auto changes, decide(state));
        TRY_STATUS(may_change(user, state, changes));
        return changes;
      });
}

Result<txn::Verdict> EngineImpl::commit_changes(const catalog::Changes& changes,
                                                const Lsn& snapshot,
                                                txn::TransactionBuilder& builder) {
  builder.set_snapshot(snapshot);
  builder.ddl(catalog::encode_changes(changes));
  for (const txn::KeyHash key : keys_written(changes)) builder.write_key(key);
  TRY(const auto* const transaction, builder.finish());
  txn::Verdict verdict = sequencer_->commit(*transaction);
  const bool again = !verdict.status && verdict.status.error().code == Code::conflict;
  if (!verdict.status && !again) return fail(verdict.status.error());
  return verdict;
}

std::unexpected<Error> kept_conflicting() {
  return fail(Code::conflict,
              fmt::format("The change kept conflicting with other changes of definitions; gave up "
                          "after {} attempts.",
                          kMaxDefineAttempts));
}

Result<Lsn> EngineImpl::change_definitions(const Decide& decide) {
  for (int attempt = 0; attempt < kMaxDefineAttempts; ++attempt) {
    const Lsn snapshot = sequencer_->read_point();
    const auto state = definitions_.current();
    TRY(const auto changes, decide(*state));
    if (changes.empty()) return snapshot;
    txn::TransactionBuilder builder;
    TRY(const txn::Verdict verdict, commit_changes(changes, snapshot, builder));
    if (verdict.status) return verdict.lsn;
  }
  return kept_conflicting();
}

namespace {

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

Result<std::uint64_t> EngineImpl::take_numbers(TableId table, ColumnId column, std::uint64_t count,
                                               exec::QueryContext& context) {
  const auto definition = definitions_.current()->share_table(table);
  if (definition == nullptr) return fail(Code::not_found, "The table does not exist any more.");
  TRY_STATUS(
      access_.require(context, catalog::Permission::write, definition->database, definition->id));
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

void EngineImpl::definitions_changed(const catalog::CatalogState& before,
                                     const catalog::CatalogState& after) {
  if (!after.has_rights_of(before)) access_.changed();
  if (feeds_ != nullptr && !feeds_->hub().idle()) tell_feeds(before, after);
  if (builds_ != nullptr) builds_->look();
  if (numbers_) numbers_->keep_only(after);
}

void EngineImpl::tell_feeds(const catalog::CatalogState& before,
                            const catalog::CatalogState& after) {
  for (const auto* table : before.all_tables()) {
    const auto* now = after.find_table(table->id);
    if (now == nullptr) {
      feeds_->hub().close(table->id, {Code::not_found, "The table was dropped."});
    } else if (now != table) {
      feeds_->hub().wake(table->id);
    }
  }
  if (!after.has_rights_of(before)) feeds_->hub().wake_all();
}

Status EngineImpl::mark_index_ready(TableId table, IndexId index) {
  TRY_STATUS(change_definitions([&](const catalog::CatalogState& state) {
    return catalog::edit_table(state, table, [&](catalog::TableDefinition& edited) -> Status {
      for (auto& definition : edited.indexes) {
        if (definition.id == index) definition.ready = true;
      }
      return {};
    });
  }));
  return {};
}

std::unique_ptr<const exec::Source> EngineImpl::make_source(kv::View view,
                                                            const catalog::CatalogPtr& definitions,
                                                            catalog::CatalogPtr older) {
  return std::make_unique<LayoutSource>(
      layout::RowSource(index::TableReader(std::move(view)), definitions, indexes_,
                        std::move(older)),
      layout::KeyspaceSource(keyspace_->keyspace(), keyspace_->now_ms()), virtual_tables_,
      definitions);
}

// Definitions that are older than the rows have indexes whose entries are gone already, and newer
// ones indexes whose entries are not there yet.
OpenTransaction::Moment EngineImpl::one_moment() {
  for (int attempt = 0; attempt < kViewAttempts; ++attempt) {
    auto definitions = definitions_.settled();
    txn::ReadPoint point = sequencer_->snapshot();
    if (definitions != nullptr && definitions_.settled() == definitions) {
      return {std::move(point.snapshot), std::move(definitions), point.lsn};
    }
  }
  OpenTransaction::Moment moment;  // they keep changing: this waits for its turn
  sequencer_->run_exclusive([&](Lsn) {
    txn::ReadPoint point = sequencer_->snapshot();
    moment = {std::move(point.snapshot), definitions_.current(), point.lsn};
  });
  return moment;
}

// Of tables that a transaction reads: what it wrote to them must fit the definitions of now.
Status EngineImpl::begin_read_in(OpenTransaction& transaction, std::span<const TableId> tables,
                                 exec::QueryContext& context) const {
  TRY_STATUS(transaction.may_run());
  context.definition_changed = false;
  const auto definitions = definitions_.current();
  for (const TableId table : tables) {
    const auto* definition = definitions->find_table(table);
    if (definition == nullptr || !transaction.rows().has_written(table)) continue;
    TRY_STATUS(transaction.rows().check_table(*definition, context));
  }
  return transaction.reads_tables(tables);
}

// Rows as the context's statement sees them. In a transaction by the definitions of now: those are
// what plans are made for.
std::unique_ptr<const exec::Source> EngineImpl::source_for(exec::QueryContext& context) {
  auto* const transaction = OpenTransaction::of(context);
  if (transaction == nullptr) {
    OpenTransaction::Moment moment = one_moment();
    return make_source({*rows_, std::move(moment.rows)}, moment.definitions);
  }
  OpenTransaction::Moment moment = transaction->view_of(context);
  const auto definitions = definitions_.current();
  const bool same = moment.definitions == definitions;
  layout::RowTransaction& rows = transaction->rows();
  kv::View view = rows.watch() == nullptr
                      ? rows.view(*rows_, std::move(moment.rows))
                      : rows.watched_view(*rows_, std::move(moment.rows), moment.at);
  return make_source(std::move(view), definitions, same ? nullptr : std::move(moment.definitions));
}

std::shared_ptr<exec::StatementReads> EngineImpl::reads_of(exec::QueryContext& context) {
  if (context.statement_reads != nullptr) return context.statement_reads;
  const auto may_read = [this, &context](const algebra::PlanPtr& plan) {
    return begin_read(plan, context);
  };
  auto reads = std::make_shared<exec::StatementReads>(source_for(context), context, may_read);
  if (context.one_version) {
    context.statement_reads = reads;
    context.evaluation.subplans = reads.get();
  }
  return reads;
}

Status EngineImpl::begin_read(const algebra::PlanPtr& plan, exec::QueryContext& context) const {
  if (auto* const transaction = OpenTransaction::of(context)) {
    TRY_STATUS(begin_read_in(*transaction, tables_of(plan), context));
  }
  if (context.user == catalog::kAdminName) return {};
  for (const TableId table : tables_of(plan)) TRY_STATUS(begin_read(table, context));
  return {};
}

// The table whose grants open a virtual one; none: it is open to all. Itself where its owner
// is not there: refused, it looks like any other.
std::optional<TableId> EngineImpl::opened_by(TableId table) const {
  const auto held = virtual_tables_.find(table);
  return held ? held->opened_by(table) : table;
}

Status EngineImpl::begin_read(TableId table, exec::QueryContext& context) const {
  if (!catalog::is_virtual(table)) return access_.begin_read(context, table);
  const std::optional<TableId> granted = opened_by(table);
  return granted ? access_.begin_read(context, *granted) : Status();
}

std::unexpected<Error> not_in_transactions() {
  return fail(Code::unsupported, "Rows of this table cannot be written within a transaction.");
}

Result<std::unique_ptr<Query>> EngineImpl::query(const algebra::PlanPtr& plan,
                                                 exec::QueryContext& context) {
  TRY_STATUS(begin_read(plan, context));
  context.spill = &*spill_;
  auto query = std::make_unique<RunningQuery>(reads_of(context), access_, context);
  TRY_STATUS(query->start(plan));
  return query;
}

Result<std::optional<value::Value>> EngineImpl::get(TableId table, const value::Value& key,
                                                    exec::QueryContext& context) {
  TRY_STATUS(begin_read(table, context));
  if (auto* const transaction = OpenTransaction::of(context)) {
    TRY_STATUS(begin_read_in(*transaction, std::span(&table, 1), context));
    return source_for(context)->get(table, key, context);
  }
  return make_source({*rows_, nullptr}, definitions_.current())->get(table, key, context);
}

Result<exec::RowWritesDone> EngineImpl::write(const exec::RowWrites& writes,
                                              exec::QueryContext& context) {
  auto* const transaction = OpenTransaction::of(context);
  context.lock_refusal = exec::LockRefusal::none;
  context.definition_changed = false;
  if (transaction != nullptr) TRY_STATUS(transaction->may_run());
  if (catalog::is_virtual(writes.table)) {
    return transaction == nullptr ? write_virtual(writes, context) : not_in_transactions();
  }
  const auto table = definitions_.current()->share_table(writes.table);
  if (table == nullptr) return fail(Code::not_found, "The table does not exist any more.");
  const auto allowed = [&] {
    return access_.require(context, catalog::Permission::write, table->database, table->id);
  };
  TRY_STATUS(allowed());
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
  TRY_STATUS(access_.require(
      context, mode == LockMode::exclusive ? catalog::Permission::write : catalog::Permission::read,
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
    TRY_STATUS(access_.require(context,
                               writes ? catalog::Permission::write : catalog::Permission::read,
                               table->database, lock.table));
  }
  context.lock_refusal = exec::LockRefusal::none;
  auto hold = std::make_unique<TableHold>(locks_);
  TRY_STATUS(hold->lock(locks, context));
  return hold;
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

Result<std::uint64_t> EngineImpl::estimate_count(TableId table, exec::QueryContext& context) {
  TRY_STATUS(begin_read(table, context));
  const auto definition = definitions_.current()->share_table(table);
  if (definition != nullptr && definition->layout == catalog::Layout::row) {
    return txn::row_count(*rows_, table);
  }
  const algebra::Scan all{.table = table, .index = {}, .order = {}};
  return make_source({*rows_, nullptr}, definitions_.current())->count(all, context);
}

std::string EngineImpl::instance_uuid() const {
  const auto& bytes = log_->cluster().bytes;
  return format_uuid(BytesView(bytes.data(), bytes.size()));
}

std::optional<Error> EngineImpl::writes_refused() const {
  if (Status log = log_->writable(); !log) return std::move(log).error();
  if (Status rows = rows_->write_error(); !rows) return std::move(rows).error();
  return std::nullopt;
}

bool EngineImpl::keyspace_in_use() const {
  auto& keyspace = keyspace_->keyspace();
  const auto lock = keyspace.lock();
  for (unsigned n = 0; n < keyspace.database_count(); ++n) {
    if (keyspace.database(n).size() > 0) return true;
  }
  return false;
}

void EngineImpl::housekeeping() {
  begin_thread("housekeeping", ThreadPriority::working);
  bool rows_are_due = false;  // not all of those whose time has come are gone
  for (;;) {
    {
      const MutexLock lock(mutex_);
      if (!stopping_ && !rows_are_due) changed_.wait_for(mutex_, kHousekeepingInterval);
      if (stopping_) return;
    }
    while (keyspace_->expire_some(kExpireAtOnce)) {
    }
    rows_are_due = row_expiry_->step();
    // The limit may have been lowered, and nobody writes.
    while (keyspace_->evict_some()) {
    }
    while (keyspace_->keyspace().free_garbage()) {
    }
    // Asked for its effect: room is found again although nobody writes. `writes_refused` tells.
    (void)rows_->writable();
    feeds_->settle();
    checkpoint_if_due();
  }
}

void EngineImpl::checkpoint_if_due() {
  const Lsn from = sequencer_->rows_replay_from();
  if (log_->bytes_between(from, log_->tail()) < options_.checkpoint_log_bytes) return;
  checkpoints_.note(sequencer_->checkpoint());
  trim_log();
}

// Gives up what neither a restart, nor the older snapshot, nor the wish for history needs.
void EngineImpl::trim_log() {
  const log::RetentionPolicy policy{.max_bytes = options_.log_retention_bytes,
                                    .max_age_ns = options_.log_retention_age_ns};
  const Lsn upto = std::min({sequencer_->rows_replay_from(), snapshots_->log_needed_from(),
                             log_->retention_point(policy, options_.clock->wall_ns())});
  if (upto <= log_->head()) return;
  if (const Status trimmed = log_->trim(upto); !trimmed) {
    log_warning("the log could not be trimmed", {{"reason", trimmed.error().what}});
  }
}

}  // namespace

Result<std::unique_ptr<Engine>> Engine::open(Options options) {
  auto engine = std::make_unique<EngineImpl>(std::move(options));
  TRY_STATUS(engine->start());
  return engine;
}

}  // namespace octavo::engine
