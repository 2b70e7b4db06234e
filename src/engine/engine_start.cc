#include <algorithm>
#include <chrono>

#include "base/progress.h"
#include "engine/administrator.h"
#include "engine/definitions.h"
#include "engine/engine_impl.h"
#include "io/file.h"
#include "log/open.h"

namespace octavo::engine {
namespace {

constexpr std::chrono::seconds kNotableLead{2};
constexpr std::string_view kSpill = "spill";  // in the data directory
constexpr std::string_view kStatistics = "statistics";

// Of contents of keys, kept from one change to the next, within the memory of feeds.
std::size_t contents_limit(const ProcessMemory& memory) {
  return std::min(memory.shares.feeds / 4, 32 * kMiB);
}

}  // namespace

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
  open_statistics();
  row_expiry_.emplace(*this, indexes_, clock_, expiry_control_);
  housekeeper_ = std::thread([this] { housekeeping(); });
  return {};
}

void EngineImpl::open_statistics() {
  statistics_.emplace(TableStatistics::Parts{
      .definitions = [this] { return definitions_.current(); },
      .source =
          [this] {
            OpenTransaction::Moment moment = one_moment();
            return make_source({*rows_, std::move(moment.rows)}, moment.definitions);
          },
      .rows = *rows_,
      .memory = memory(),
      .files = *options_.file_system,
      .path = io::join_path(options_.directory, std::string(kStatistics)),
      .clock = *options_.clock});
  statistics_->start();
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
  if (statistics_) statistics_->stop();
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

}  // namespace octavo::engine
