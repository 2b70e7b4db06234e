#include "engine/engine.h"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <limits>
#include <optional>
#include <thread>

#include "base/forward_clock.h"
#include "base/logging.h"
#include "base/progress.h"
#include "base/uuid.h"
#include "catalog/edit.h"
#include "catalog/scram.h"
#include "engine/feeds.h"
#include "engine/metrics.h"
#include "exec/keyspace_write.h"
#include "exec/layout_source.h"
#include "exec/operators.h"
#include "index/maintainer.h"
#include "io/file.h"
#include "log/local_log.h"
#include "txn/lock_table.h"

namespace octavo::engine {
namespace {

constexpr std::string_view kDefaultDatabase = "test";
constexpr auto kHousekeepingInterval = std::chrono::milliseconds(100);
constexpr auto kSnapshotInterval = std::chrono::seconds(1);
constexpr std::size_t kExpireAtOnce = 1000;
constexpr std::chrono::seconds kNotableLead{2};
constexpr int kMaxDefineAttempts = 100;
// A start replays this much in no time, so no snapshot is worth saving it.
constexpr std::uint64_t kQuickReplayBytes = 16 * kMiB;

// Whether the same users may do the same.
bool same_rights(const catalog::CatalogState& a, const catalog::CatalogState& b) {
  const auto same_grant = [](const catalog::Grant& x, const catalog::Grant& y) {
    return x.database == y.database && x.table == y.table && x.permissions == y.permissions;
  };
  const auto same_user = [&](const catalog::User* x, const catalog::User* y) {
    return x->name == y->name && std::ranges::equal(x->grants, y->grants, same_grant);
  };
  return std::ranges::equal(a.users(), b.users(), same_user);
}

std::size_t machine_memory() {
  const long pages = sysconf(_SC_PHYS_PAGES);
  const long page_bytes = sysconf(_SC_PAGESIZE);
  return static_cast<std::size_t>(pages) * static_cast<std::size_t>(page_bytes);
}

// Says when something that is tried again and again begins to fail, not each time.
class Complaint {
 public:
  explicit Complaint(const char* message) : message_(message) {}
  void note(const Status& outcome) {
    if (!outcome && !failing_) log_warning(message_, {{"reason", outcome.error().what}});
    failing_ = !outcome;
  }

 private:
  const char* message_;
  bool failing_ = false;
};

constexpr MetricRow kQueries{"octavo_queries_total", "Plans run over tables, by any door."};

// A query, the snapshot it reads and the operators over it.
class RunningQuery final : public Query {
 public:
  RunningQuery(std::unique_ptr<const exec::Source> source, exec::QueryContext& context)
      : source_(std::move(source)), context_(context) {
    static Counter& queries = process_metrics().counter(kQueries);
    queries.add();
  }

  Status start(const algebra::PlanPtr& plan) {
    TRY(top_, exec::build(plan, exec::Pipeline{*source_, context_}));
    return {};
  }
  Status next(std::size_t max_rows, exec::Rows& out) override { return top_->next(max_rows, out); }

 private:
  std::unique_ptr<const exec::Source> source_;
  exec::QueryContext& context_;
  exec::OperatorPtr top_;
};

class EngineImpl final : public Engine {
 public:
  explicit EngineImpl(Options options) : options_(std::move(options)) {}
  ~EngineImpl() override { (void)close(); }

  Status start();
  Status close() override;

  std::string instance_uuid() const override;
  catalog::CatalogPtr catalog() const override { return definitions_.current(); }
  Result<Lsn> define(const Decide& decide) override;
  void when_index_ready(TableId table, IndexId index,
                        std::move_only_function<void(Status)> done) override {
    builds_->when_ready(table, index, std::move(done));
  }
  std::optional<IndexProgress> index_progress(IndexId index) const override {
    return builds_->progress(index);
  }

  Result<std::unique_ptr<Query>> query(const algebra::PlanPtr& plan,
                                       exec::QueryContext& context) override;
  Result<std::optional<value::Value>> get(TableId table, const value::Value& key,
                                          exec::QueryContext& context) override;
  Result<exec::RowWritesDone> write(const exec::RowWrites& writes,
                                    exec::QueryContext& context) override;
  Result<std::uint64_t> estimate_count(TableId table) override;
  std::size_t query_memory() const override { return share_out(options_.memory).query; }
  Result<stream::SubscriptionPtr> subscribe(stream::FeedKind kind, const algebra::PlanPtr& plan,
                                            stream::FeedOptions options) override {
    auto feed = stream::subscribe(kind, plan, std::move(options), feeds_);
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
  Lsn last_commit() const override { return pipeline_->tip(); }

  std::optional<Error> writes_refused() const override;

  KeyspaceDoor& keyspace() override { return *keyspace_; }
  bool keyspace_in_use() const override;
  void save_keyspace(std::move_only_function<void(Status)> done) override;
  KeyspaceSaves keyspace_saves() const override;

 private:
  Status open_log();
  Status open_rows();
  Status open_keyspace();
  Status replay();
  Status ensure_defaults();
  void meet_log_clock();
  std::unique_ptr<const exec::Source> make_source(kv::SnapshotPointer snapshot);
  void tell_feeds(const catalog::CatalogState& before, const catalog::CatalogState& after);
  void definitions_changed(const catalog::CatalogState& before, const catalog::CatalogState& after);
  Status mark_index_ready(TableId table, IndexId index);
  void housekeeping();
  void checkpoint_if_due();
  bool is_behind_by(std::uint64_t bytes, const Lsn& from) const;
  void snapshot_when_due();
  Status save();
  Status write_snapshot(const keyspace::SnapshotProgress& go_on);
  Status write_last_snapshot();
  void trim_log();

  Options options_;
  ForwardClock clock_{*options_.clock};  // what records, and so expiry, go by
  Definitions definitions_;
  index::IndexSets indexes_;
  txn::LockTable locks_;
  std::unique_ptr<log::LocalLog> log_;
  std::unique_ptr<kv::Engine> rows_;
  std::unique_ptr<index::Maintainer> maintainer_;
  std::unique_ptr<KeyspaceSnapshots> snapshots_;
  std::unique_ptr<KeyspaceDoor> keyspace_;
  std::unique_ptr<txn::Pipeline> pipeline_;
  std::shared_ptr<EngineFeeds> feeds_;
  std::unique_ptr<IndexBuilds> builds_;
  std::optional<Metrics> metrics_;  // reads the parts above

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;
  std::vector<std::move_only_function<void(Status)>> save_requests_;
  KeyspaceSaves saves_;
  bool started_ = false;  // everything was replayed
  std::thread housekeeper_;
  std::thread snapshot_writer_;
  Complaint checkpoints_{"checkpoint failed"};             // the housekeeper's
  Complaint snapshot_writes_{"keyspace snapshot failed"};  // the snapshot writer's
  std::atomic<bool> closed_{false};
};

Status EngineImpl::open_log() {
  log::LocalOptions options;
  options.directory = options_.directory + "/log";
  options.segment_bytes = options_.log_segment_bytes;
  options.on_notice = [](const log::Notice& notice) {
    log_warning("log notice",
                {{"file", notice.file}, {"lsn", format_lsn(notice.lsn)}, {"text", notice.text}});
  };
  TRY(log_, log::open_local_log(*options_.file_system, *options_.clock, std::move(options)));
  return {};
}

Status EngineImpl::open_rows() {
  if (options_.rows_in_memory) {
    rows_ = kv::open_memory_engine();
  } else {
    kv::EngineOptions options;
    options.path = options_.directory + "/rows";
    options.memory_bytes = share_out(options_.memory).rows;
    // On the real disk RocksDB's own file access is the faster one.
    if (options_.file_system != &io::posix_file_system()) options.files = options_.file_system;
    options.on_notice = [](const std::string& text) {
      log_warning("rows notice", {{"text", text}});
    };
    TRY(rows_, kv::Engine::open(std::move(options)));
  }
  return {};
}

Status EngineImpl::open_keyspace() {
  snapshots_ = std::make_unique<KeyspaceSnapshots>(
      *options_.file_system, io::join_path(options_.directory, std::string(kSnapshotDirectory)));
  TRY_STATUS(snapshots_->open());
  constexpr std::uint64_t kParts = 1000;
  Progress progress("loading the keyspace", kParts, *options_.clock);
  const Lsn any{.generation = std::numeric_limits<std::uint16_t>::max()};
  TRY(auto state, snapshots_->load(any, [&](double done) {
    progress.advance_to(static_cast<std::uint64_t>(done * kParts));
    return true;
  }));
  progress.finish();
  keyspace_ = std::make_unique<KeyspaceDoor>(clock_, std::move(state));
  return {};
}

Status EngineImpl::start() {
  if (options_.file_system == nullptr) options_.file_system = &io::posix_file_system();
  if (options_.memory == 0) options_.memory = machine_memory() / 2;
  TRY_STATUS(options_.file_system->create_directories(options_.directory));
  TRY_STATUS(open_log());
  TRY_STATUS(open_rows());
  TRY_STATUS(definitions_.load(*rows_));
  definitions_.set_listener(
      [this](const auto& before, const auto& after) { definitions_changed(before, after); });
  maintainer_ =
      std::make_unique<index::Maintainer>(indexes_, [this] { return definitions_.current(); });
  TRY_STATUS(open_keyspace());
  pipeline_ = std::make_unique<txn::Pipeline>(
      *log_, *rows_, clock_,
      txn::Hooks{.rows = maintainer_.get(), .ddl = &definitions_, .keyspace = keyspace_.get()});
  keyspace_->connect(*pipeline_);
  feeds_ = std::make_shared<EngineFeeds>(
      FeedParts{definitions_, indexes_, *rows_, *log_, *pipeline_, *keyspace_, *snapshots_,
                share_out(options_.memory)});
  TRY_STATUS(replay());
  meet_log_clock();
  started_ = true;
  pipeline_->add_listener(*feeds_);
  keyspace_->set_interest({[this] { return !feeds_->hub().idle(); },
                           [this](TableId table) { return feeds_->hub().find(table) != nullptr; }});
  builds_ = std::make_unique<IndexBuilds>(
      definitions_, indexes_, *rows_, *pipeline_,
      [this](TableId table, IndexId index) { return mark_index_ready(table, index); });
  TRY_STATUS(ensure_defaults());
  metrics_.emplace(*log_, *pipeline_, *rows_, keyspace_->keyspace());
  housekeeper_ = std::thread([this] { housekeeping(); });
  saves_.last_wall_ns = options_.clock->wall_ns();
  snapshot_writer_ = std::thread([this] { snapshot_when_due(); });
  return {};
}

// The log may end in the future, as the clock of an earlier run told it.
void EngineImpl::meet_log_clock() {
  clock_.raise(pipeline_->tip_time_ns());
  const auto lead = std::chrono::duration_cast<std::chrono::seconds>(clock_.lead());
  if (lead < kNotableLead) return;
  log_warning("the clock was set back",
              {{"log_ahead_s", std::to_string(lead.count())},
               {"text",
                "Keys expire by the clock of the log, which runs a tenth slower until the "
                "system's clock has caught up."}});
}

Status EngineImpl::replay() {
  const Lsn needed = std::min(rows_->applied(), keyspace_->applied());
  const std::uint64_t from = std::max(needed.offset, log_->head().offset);
  const std::uint64_t until = log_->tail().offset;
  const std::uint64_t total = until - std::min(from, until);
  Progress progress("replaying the log", total, *options_.clock);
  TRY_STATUS(pipeline_->start(
      [&](Lsn done, Lsn) { progress.advance_to(done.offset - std::min(from, done.offset)); }));
  progress.advance_to(total);
  progress.finish();
  return {};
}

// A new data directory gets the administrator, without a password, and the default database.
Status EngineImpl::ensure_defaults() {
  if (catalog()->find_user(catalog::kAdminName) != nullptr) return {};
  const auto decide =
      [](const catalog::CatalogState& state) -> Result<std::vector<catalog::Change>> {
    catalog::User admin;
    admin.name = catalog::kAdminName;
    admin.credentials = catalog::make_credentials("");
    TRY(auto changes, catalog::put_user(state, std::move(admin)));
    if (state.find_database(kDefaultDatabase) == nullptr) {
      TRY(auto database, catalog::create_database(state, kDefaultDatabase));
      changes.insert(changes.end(), database.begin(), database.end());
    }
    return changes;
  };
  TRY_STATUS(define(decide));
  return {};
}

Status EngineImpl::close() {
  if (closed_.exchange(true)) return {};
  metrics_.reset();
  if (feeds_ != nullptr) {
    feeds_->hub().close_all({Code::unavailable, "Subscription destroyed (shutting down?)."});
  }
  {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
    changed_.notify_all();
  }
  if (housekeeper_.joinable()) housekeeper_.join();
  if (snapshot_writer_.joinable()) snapshot_writer_.join();
  if (builds_ != nullptr) builds_->stop();
  Status flushed;
  if (pipeline_ != nullptr) {
    pipeline_->stop();
    flushed = pipeline_->checkpoint();
    if (started_) {
      if (const Status written = write_last_snapshot(); !written && flushed) flushed = written;
      trim_log();
    }
    if (feeds_ != nullptr) pipeline_->remove_listener(*feeds_);
  }
  if (log_ != nullptr) log_->stop();
  return flushed;
}

Result<Lsn> EngineImpl::define(const Decide& decide) {
  for (int attempt = 0; attempt < kMaxDefineAttempts; ++attempt) {
    const Lsn snapshot = pipeline_->read_point();
    const auto state = definitions_.current();
    TRY(const auto changes, decide(*state));
    if (changes.empty()) return snapshot;
    txn::TransactionBuilder builder;
    builder.set_snapshot(snapshot);
    builder.ddl(catalog::encode_changes(changes));
    for (const txn::KeyHash key : keys_written(changes)) builder.write_key(key);
    TRY(const auto* const transaction, builder.finish());
    const auto verdict = pipeline_->commit(*transaction);
    if (verdict.status) return verdict.lsn;
    if (verdict.status.error().code != Code::conflict) return fail(verdict.status.error());
  }
  return fail(Code::conflict, "Definitions were changed by others again and again.");
}

void EngineImpl::definitions_changed(const catalog::CatalogState& before,
                                     const catalog::CatalogState& after) {
  if (feeds_ != nullptr && !feeds_->hub().idle()) tell_feeds(before, after);
  if (builds_ != nullptr) builds_->look();
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
  if (!same_rights(before, after)) feeds_->hub().wake_all();
}

Status EngineImpl::mark_index_ready(TableId table, IndexId index) {
  TRY_STATUS(define([&](const catalog::CatalogState& state) {
    return catalog::edit_table(state, table, [&](catalog::TableDefinition& edited) -> Status {
      for (auto& definition : edited.indexes) {
        if (definition.id == index) definition.ready = true;
      }
      return {};
    });
  }));
  return {};
}

// All tables at the snapshot (null: the newest state).
std::unique_ptr<const exec::Source> EngineImpl::make_source(kv::SnapshotPointer snapshot) {
  auto definitions = definitions_.current();
  return std::make_unique<exec::LayoutSource>(
      exec::RowSource(index::TableReader(*rows_, std::move(snapshot)), definitions, indexes_),
      exec::KeyspaceSource(keyspace_->keyspace(), keyspace_->now_ms()), definitions);
}

Result<std::unique_ptr<Query>> EngineImpl::query(const algebra::PlanPtr& plan,
                                                 exec::QueryContext& context) {
  auto source = make_source(pipeline_->snapshot().snapshot);
  auto query = std::make_unique<RunningQuery>(std::move(source), context);
  TRY_STATUS(query->start(plan));
  return query;
}

Result<std::optional<value::Value>> EngineImpl::get(TableId table, const value::Value& key,
                                                    exec::QueryContext& context) {
  return make_source(nullptr)->get(table, key, context);
}

Result<exec::RowWritesDone> EngineImpl::write(const exec::RowWrites& writes,
                                              exec::QueryContext& context) {
  const auto table = definitions_.current()->share_table(writes.table);
  if (table == nullptr) return fail(Code::not_found, "The table does not exist any more.");
  if (table->layout == catalog::Layout::keyspace) {
    const auto commit = [this](keyspace::LocalBatch& batch) { return keyspace_->commit(batch); };
    return exec::write_keyspace_rows({keyspace_->keyspace(), clock_, commit}, writes, context);
  }
  const auto definition = [this](TableId id) { return definitions_.current()->share_table(id); };
  return exec::write_rows({*pipeline_, locks_, *rows_, definition}, writes, context);
}

Result<std::uint64_t> EngineImpl::estimate_count(TableId table) {
  exec::QueryContext context;
  const algebra::Scan all{.table = table, .index = {}, .order = {}};
  return make_source(nullptr)->count(all, context);
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
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      changed_.wait_for(lock, kHousekeepingInterval, [this] { return stopping_; });
      if (stopping_) return;
    }
    while (keyspace_->expire_some(kExpireAtOnce)) {
    }
    while (keyspace_->keyspace().free_garbage()) {
    }
    // Room is found again although nobody writes.
    (void)rows_->writable();
    checkpoint_if_due();
  }
}

// Whether a restart would have to replay at least as much from `from`.
bool EngineImpl::is_behind_by(std::uint64_t bytes, const Lsn& from) const {
  const Lsn tail = log_->tail();
  if (tail.generation != from.generation) return true;
  return tail.offset - std::min(tail.offset, from.offset) >= bytes;
}

void EngineImpl::checkpoint_if_due() {
  if (!is_behind_by(options_.checkpoint_log_bytes, pipeline_->rows_replay_from())) return;
  checkpoints_.note(pipeline_->checkpoint());
  trim_log();
}

// A thread of its own: a large keyspace takes its time, and expiry must not wait for it.
void EngineImpl::snapshot_when_due() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait_for(lock, kSnapshotInterval,
                      [this] { return stopping_ || !save_requests_.empty(); });
    auto requests = std::exchange(save_requests_, {});
    const bool due = is_behind_by(options_.checkpoint_log_bytes, snapshots_->newest());
    if (!stopping_ && (!requests.empty() || due)) {
      saves_.running = true;
      lock.unlock();
      const Status written = save();
      for (auto& done : requests) done(written);
      lock.lock();
      continue;
    }
    if (!stopping_) continue;
    lock.unlock();
    for (auto& done : requests) done(fail(Code::unavailable, "the server is stopping"));
    return;
  }
}

// One snapshot, with what there is to tell of it.
Status EngineImpl::save() {
  std::uint64_t changes = 0;
  {
    const auto lock = keyspace_->keyspace().lock();
    changes = keyspace_->keyspace().stats().changes;
  }
  const Status written = write_snapshot([this](double) { return !closed_; });
  if (written || written.error().code != Code::cancelled) snapshot_writes_.note(written);
  trim_log();
  const std::scoped_lock lock(mutex_);
  saves_.running = false;
  saves_.last_failed = !written;
  if (written) {
    saves_.last_wall_ns = options_.clock->wall_ns();
    saves_.changes_by_then = changes;
  }
  return written;
}

void EngineImpl::save_keyspace(std::move_only_function<void(Status)> done) {
  {
    const std::scoped_lock lock(mutex_);
    if (!stopping_) {
      save_requests_.push_back(std::move(done));
      changed_.notify_all();
      return;
    }
  }
  done(fail(Code::unavailable, "the server is stopping"));
}

KeyspaceSaves EngineImpl::keyspace_saves() const {
  const std::scoped_lock lock(mutex_);
  KeyspaceSaves saves = saves_;
  saves.running = saves.running || !save_requests_.empty();
  return saves;
}

// Given up when `go_on` says no.
Status EngineImpl::write_snapshot(const keyspace::SnapshotProgress& go_on) {
  return snapshots_->write(*pipeline_, keyspace_->keyspace(), go_on);
}

// When nothing is being committed any more.
Status EngineImpl::write_last_snapshot() {
  const bool changed = keyspace_->applied() > snapshots_->newest();
  if (!changed && !is_behind_by(kQuickReplayBytes, snapshots_->newest())) return {};
  const std::int64_t until_ns =
      options_.clock->monotonic_ns() + options_.close_snapshot_limit.count();
  const Status written =
      write_snapshot([&](double) { return options_.clock->monotonic_ns() < until_ns; });
  if (written || written.error().code != Code::cancelled) return written;
  log_info("keyspace snapshot given up, the next start replays the log");
  return {};
}

// Gives up what neither a restart, nor the older snapshot, nor the wish for history needs.
void EngineImpl::trim_log() {
  const log::RetentionPolicy policy{.max_bytes = options_.log_retention_bytes,
                                    .max_age_ns = options_.log_retention_age_ns};
  const Lsn upto = std::min({pipeline_->rows_replay_from(), snapshots_->log_needed_from(),
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
