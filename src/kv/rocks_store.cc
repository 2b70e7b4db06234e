#include <fmt/format.h>
#include <rocksdb/cache.h>
#include <rocksdb/convenience.h>
#include <rocksdb/db.h>
#include <rocksdb/listener.h>
#include <rocksdb/perf_level.h>
#include <rocksdb/write_batch.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <thread>

#include "base/mutex.h"
#include "kv/entry_prefix.h"
#include "kv/rocks_options.h"
#include "kv/rocks_status.h"
#include "kv/store.h"

namespace octavo::kv {

namespace {

constexpr std::chrono::milliseconds kResumeInterval{250};
constexpr int kFlushAttempts = 100;
constexpr std::chrono::milliseconds kFlushRetryInterval{20};

rocksdb::Slice slice(BytesView bytes) { return {bytes.data(), bytes.size()}; }
BytesView view(const rocksdb::Slice& bytes) { return {bytes.data(), bytes.size()}; }

std::int64_t steady_ms() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

Result<Lsn> parse_applied(BytesView bytes) {
  ByteReader reader(bytes);
  const std::optional<Lsn> lsn = get_lsn(reader);
  if (!lsn || !reader.empty()) return fail(Code::corrupt, "storage: bad `applied` entry");
  return *lsn;
}

// Which log position RocksDB's sequence number stands for: written by the one applier, read by
// anyone (a sequence lock over three words).
class AppliedMark {
 public:
  struct Mark {
    std::uint64_t sequence = 0;
    Lsn applied;
  };
  void store(const Mark& mark) {
    const std::uint64_t version = version_.load(std::memory_order_relaxed);
    version_.store(version + 1, std::memory_order_relaxed);
    // Release on each word keeps them behind the odd version.
    sequence_.store(mark.sequence, std::memory_order_release);
    partition_.store(mark.applied.partition(), std::memory_order_release);
    order_.store(mark.applied.order(), std::memory_order_release);
    version_.store(version + 2, std::memory_order_release);
  }
  Mark load() const {
    while (true) {
      const std::uint64_t before = version_.load(std::memory_order_acquire);
      // Acquire on each word orders them before the second look at the version.
      Mark mark;
      mark.sequence = sequence_.load(std::memory_order_acquire);
      const std::uint16_t partition = partition_.load(std::memory_order_acquire);
      mark.applied = Lsn::of(partition, order_.load(std::memory_order_acquire));
      if (before % 2 == 0 && version_.load(std::memory_order_relaxed) == before) return mark;
    }
  }

 private:
  std::atomic<std::uint64_t> version_ = 0;
  std::atomic<std::uint64_t> sequence_ = 0;
  std::atomic<std::uint16_t> partition_ = 0;
  std::atomic<LsnOrder> order_{};
};

class RocksSnapshot final : public Snapshot {
 public:
  RocksSnapshot(rocksdb::DB& db, const rocksdb::Snapshot* snapshot, Lsn applied)
      : Snapshot(applied), db_(db), snapshot_(snapshot) {}
  ~RocksSnapshot() override { db_.ReleaseSnapshot(snapshot_); }
  const rocksdb::Snapshot* get() const { return snapshot_; }

 private:
  rocksdb::DB& db_;
  const rocksdb::Snapshot* snapshot_;
};

// Nobody reads RocksDB's counts of each thread, which it looks up several times for a row.
void count_nothing() {
  thread_local const bool done = [] {
    rocksdb::SetPerfLevel(rocksdb::PerfLevel::kDisable);
    return true;
  }();
  static_cast<void>(done);
}

rocksdb::ReadOptions read_options(const ReadOptions& options) {
  count_nothing();
  rocksdb::ReadOptions result;
  if (options.snapshot != nullptr) {
    result.snapshot = static_cast<const RocksSnapshot*>(options.snapshot)->get();
  }
  if (options.tier == ReadTier::cache_only) result.read_tier = rocksdb::kBlockCacheTier;
  result.fill_cache = options.fill_cache;
  return result;
}

class RocksCursor final : public Cursor {
 public:
  RocksCursor(rocksdb::DB& db, rocksdb::ColumnFamilyHandle* family, CursorOptions options)
      : options_(std::move(options)), lower_(slice(options_.lower)), upper_(slice(options_.upper)) {
    rocksdb::ReadOptions read = read_options(options_.read);
    if (!options_.lower.empty()) read.iterate_lower_bound = &lower_;
    if (!options_.upper.empty()) read.iterate_upper_bound = &upper_;
    // Else files and lists are left out whose filters say that they lack the prefix of a target.
    read.total_order_seek = !is_of_one_entry_key(options_.lower, options_.upper);
    read.readahead_size = options_.readahead_bytes;
    read.adaptive_readahead = true;
    iterator_.reset(db.NewIterator(read, family));
  }
  void seek(BytesView target) override { iterator_->Seek(slice(target)); }
  void seek_for_prev(BytesView target) override { iterator_->SeekForPrev(slice(target)); }
  void seek_to_first() override { iterator_->SeekToFirst(); }
  void seek_to_last() override { iterator_->SeekToLast(); }
  void next() override { iterator_->Next(); }
  void prev() override { iterator_->Prev(); }
  bool valid() const override { return iterator_->Valid(); }
  BytesView key() const override { return view(iterator_->key()); }
  BytesView value() const override { return view(iterator_->value()); }
  Status status() const override { return from_rocks(iterator_->status()); }

 private:
  CursorOptions options_;
  rocksdb::Slice lower_;
  rocksdb::Slice upper_;
  std::unique_ptr<rocksdb::Iterator> iterator_;
};

// What RocksDB tells from its background threads. Outlives the DB by shared ownership.
class Watcher final : public rocksdb::EventListener {
 public:
  // `closed` is set when a flush may not go on.
  explicit Watcher(std::shared_ptr<std::atomic<bool>> closed) : closed_(std::move(closed)) {}

  void OnFlushBegin(rocksdb::DB*, const rocksdb::FlushJobInfo&) override {
    const MutexLock lock(barrier_mutex);
    if (barrier && !barrier(applying.load().applied)) *closed_ = true;
  }
  void OnFlushCompleted(rocksdb::DB*, const rocksdb::FlushJobInfo& info) override {
    ++flushes;
    // Each batch ends with `applied`, in this family; families are flushed together.
    if (info.cf_name == rocksdb::kDefaultColumnFamilyName) raise_flushed(info.largest_seqno);
  }
  void OnCompactionCompleted(rocksdb::DB*, const rocksdb::CompactionJobInfo&) override {
    ++compactions;
  }
  void OnStallConditionsChanged(const rocksdb::WriteStallInfo& info) override {
    stopped = info.condition.cur == rocksdb::WriteStallCondition::kStopped;
  }
  void OnBackgroundError(rocksdb::BackgroundErrorReason, rocksdb::Status* status) override {
    const MutexLock lock(error_mutex_);
    error_ = from_rocks(*status);
    failed_ = true;
  }
  // `Store::writable` resumes, one way for all: RocksDB's own retries would race with it.
  void OnErrorRecoveryBegin(rocksdb::BackgroundErrorReason, rocksdb::Status,
                            bool* auto_recovery) override {
    *auto_recovery = false;
  }

  void raise_flushed(std::uint64_t sequence) {
    std::uint64_t seen = flushed_sequence.load();
    while (seen < sequence && !flushed_sequence.compare_exchange_weak(seen, sequence)) {
    }
  }
  void clear_error() {
    const MutexLock lock(error_mutex_);
    error_ = {};
    failed_ = false;
  }
  Status error() const {
    const MutexLock lock(error_mutex_);
    return error_;
  }
  bool failed() const { return failed_.load(std::memory_order_relaxed); }

  // Stored before the batch is written: never behind what a memtable holds.
  AppliedMark applying;
  Mutex barrier_mutex;  // held while the barrier runs
  FlushBarrier barrier OCTAVO_GUARDED_BY(barrier_mutex);
  std::atomic<std::uint64_t> flushes = 0;
  std::atomic<std::uint64_t> flushed_sequence = 0;  // everything up to here is in table files
  std::atomic<std::uint64_t> compactions = 0;
  std::atomic<bool> stopped = false;

 private:
  const std::shared_ptr<std::atomic<bool>> closed_;
  mutable Mutex error_mutex_;
  Status error_ OCTAVO_GUARDED_BY(error_mutex_);
  std::atomic<bool> failed_ = false;
};

// Without the file that names the newest manifest RocksDB begins anew, and removes the tables that
// it then knows nothing of.
Status expect_whole(io::FileSystem& files, const std::string& path) {
  TRY(const bool named, files.exists(io::join_path(path, "CURRENT")));
  if (named) return {};
  TRY(const auto names, files.list(path));
  for (const std::string& name : names) {
    if (!name.ends_with(".sst")) continue;
    return fail(Code::corrupt,
                fmt::format("storage: {}/CURRENT is missing, and there are tables ({}) that cannot "
                            "be read without it",
                            path, name));
  }
  return {};
}

class RocksStore final : public Store {
 public:
  explicit RocksStore(StoreOptions options)
      : options_(std::move(options)),
        tuning_(options_),
        watcher_(std::make_shared<Watcher>(tuning_.closed)) {
    tuning_.database->listeners.push_back(watcher_);
  }

  ~RocksStore() override {
    if (!db_) return;
    // The barrier belongs to a sequencer that is gone. Without it flushes may go on, and nothing is
    // flushed here: what was not is replayed from the log.
    set_flush_barrier(nullptr);
    latest_.reset();
    // Waits for those under way, which use the families.
    rocksdb::CancelAllBackgroundWork(db_.get(), true);
    for (rocksdb::ColumnFamilyHandle* family : families_) db_->DestroyColumnFamilyHandle(family);
    db_->Close().PermitUncheckedError();
  }

  Status open() {
    rocksdb::DB* db = nullptr;
    std::vector<rocksdb::ColumnFamilyHandle*> handles;
    if (options_.read_only) {
      tuning_.database->create_if_missing = false;
      tuning_.database->create_missing_column_families = false;
      TRY_STATUS(from_rocks(rocksdb::DB::OpenForReadOnly(*tuning_.database, options_.path,
                                                         tuning_.families, &handles, &db)));
    } else {
      TRY_STATUS(options_.files->create_directories(options_.path));
      TRY_STATUS(expect_whole(*options_.files, options_.path));
      TRY_STATUS(from_rocks(
          rocksdb::DB::Open(*tuning_.database, options_.path, tuning_.families, &handles, &db)));
    }
    db_.reset(db);
    ASSERT(handles.size() == kFamilyCount);
    std::copy(handles.begin(), handles.end(), families_.begin());
    Bytes bytes;
    TRY(const bool found, get(Family::meta, kAppliedKey, bytes, {}));
    Lsn applied;
    if (found) {
      TRY(applied, parse_applied(bytes));
    }
    watcher_->raise_flushed(db_->GetLatestSequenceNumber());
    watcher_->applying.store({db_->GetLatestSequenceNumber(), applied});
    mark_.store({db_->GetLatestSequenceNumber(), applied});
    return {};
  }

  Status apply(const WriteBatch& batch, Lsn applied) override {
    TRY_STATUS(from_rocks(translate(batch)));
    applied_bytes_.clear();
    put_lsn(applied_bytes_, applied);
    TRY_STATUS(from_rocks(batch_.Put(at(Family::meta), slice(kAppliedKey), slice(applied_bytes_))));

    watcher_->applying.store({0, applied});
    rocksdb::WriteOptions write;
    write.disableWAL = true;
    if (const rocksdb::Status written = db_->Write(write, &batch_); !written.ok()) {
      // A part of it may have taken numbers: snapshots must not wait for what nobody tells.
      mark_.store({db_->GetLatestSequenceNumber(), mark_.load().applied});
      return refused(written);
    }
    mark_.store({db_->GetLatestSequenceNumber(), applied});
    if (batch_.GetDataSize() > kKeptBatchBytes) batch_ = rocksdb::WriteBatch();
    return {};
  }

  Status writable() override {
    if (!watcher_->failed()) return {};
    return try_resume();
  }

  Status write_error() const override { return watcher_->failed() ? watcher_->error() : Status(); }

  Lsn applied() const override { return mark_.load().applied; }

  Lsn durable_applied() const override {
    rocksdb::ReadOptions read;
    read.read_tier = rocksdb::kPersistedTier;
    std::string bytes;
    const rocksdb::Status status = db_->Get(read, at(Family::meta), slice(kAppliedKey), &bytes);
    // Unreadable means nothing may be given up.
    const Result<Lsn> lsn = status.ok() ? parse_applied(bytes) : Result<Lsn>(Lsn::zero());
    return lsn.value_or(Lsn::zero());
  }

  void set_flush_barrier(FlushBarrier barrier) override {
    const MutexLock lock(watcher_->barrier_mutex);
    watcher_->barrier = std::move(barrier);
  }

  void set_memory(std::size_t bytes) override { tuning_.set_memory(bytes); }
  std::size_t memory_bytes() const override {
    return tuning_.cached_bytes() + tuning_.buffered_bytes();
  }

  SnapshotPointer snapshot() override {
    const MutexLock lock(snapshot_mutex_);
    AppliedMark::Mark mark = mark_.load();
    if (SnapshotPointer latest = latest_.lock()) {
      if (latest_sequence_ == mark.sequence) return latest;
    }
    // The mark is stored right after the write it tells of: a snapshot above the mark waits for
    // that store, one below it was overtaken and is taken again.
    while (true) {
      const rocksdb::Snapshot* const taken = db_->GetSnapshot();
      const std::uint64_t sequence = taken->GetSequenceNumber();
      while ((mark = mark_.load()).sequence < sequence) std::this_thread::yield();
      if (mark.sequence == sequence) {
        SnapshotPointer result = std::make_shared<RocksSnapshot>(*db_, taken, mark.applied);
        latest_ = result;
        latest_sequence_ = sequence;
        return result;
      }
      db_->ReleaseSnapshot(taken);
    }
  }

  Result<bool> get(Family family, BytesView key, Bytes& value,
                   const ReadOptions& options) const override {
    const rocksdb::Status status = db_->Get(read_options(options), at(family), slice(key), &value);
    if (status.ok()) return true;
    if (status.IsNotFound()) return false;
    return std::unexpected(from_rocks(status).error());
  }

  Status multi_get(Family family, std::span<const BytesView> keys,
                   std::span<std::optional<Bytes>> values,
                   const ReadOptions& options) const override {
    ASSERT(keys.size() == values.size());
    constexpr std::size_t kGroup = 64;
    std::array<rocksdb::Slice, kGroup> slices;
    std::array<rocksdb::Status, kGroup> statuses;
    std::array<rocksdb::PinnableSlice, kGroup> found;
    for (std::size_t start = 0; start < keys.size(); start += kGroup) {
      const std::size_t count = std::min(kGroup, keys.size() - start);
      for (std::size_t i = 0; i < count; ++i) slices[i] = slice(keys[start + i]);
      db_->MultiGet(read_options(options), at(family), count, slices.data(), found.data(),
                    statuses.data());
      for (std::size_t i = 0; i < count; ++i) {
        std::optional<Bytes>& value = values[start + i];
        value.reset();
        if (statuses[i].ok()) {
          value.emplace(view(found[i]));
        } else if (!statuses[i].IsNotFound()) {
          return from_rocks(statuses[i]);
        }
        found[i].Reset();
      }
    }
    return {};
  }

  std::unique_ptr<Cursor> cursor(Family family, CursorOptions options) const override {
    return std::make_unique<RocksCursor>(*db_, at(family), std::move(options));
  }

  // The log is trimmed by this promise, so its outcome is looked at rather than believed: after a
  // resume RocksDB's Flush returns while the flush is still under way. By its sequence number, as
  // entries of an index that is being built are new at a position that may be durable already.
  Status flush() override {
    const std::uint64_t wanted = mark_.load().sequence;
    for (int attempt = 0; attempt < kFlushAttempts; ++attempt) {
      TRY_STATUS(writable());
      const std::vector<rocksdb::ColumnFamilyHandle*> all(families_.begin(), families_.end());
      TRY_STATUS(from_rocks(db_->Flush(rocksdb::FlushOptions(), all)));
      if (watcher_->flushed_sequence >= wanted) return {};
      std::this_thread::sleep_for(kFlushRetryInterval);
    }
    return fail(Code::unavailable, "storage: a flush does not reach the disk");
  }

  Status compact(Family family, BytesView begin, BytesView end) override {
    const rocksdb::Slice first = slice(begin);
    const rocksdb::Slice last = slice(end);
    rocksdb::CompactRangeOptions options;
    options.exclusive_manual_compaction = false;
    return from_rocks(db_->CompactRange(options, at(family), begin.empty() ? nullptr : &first,
                                        end.empty() ? nullptr : &last));
  }

  std::uint64_t approximate_bytes(Family family, BytesView begin, BytesView end) const override {
    const Bytes beyond_all(64, '\xff');
    const rocksdb::Range range(slice(begin), slice(end.empty() ? BytesView(beyond_all) : end));
    rocksdb::SizeApproximationOptions options;
    options.include_memtables = true;
    std::uint64_t bytes = 0;
    const rocksdb::Status status = db_->GetApproximateSizes(options, at(family), &range, 1, &bytes);
    return status.ok() ? bytes : 0;
  }

  StoreStats stats() const override {
    StoreStats stats;
    stats.memtable_bytes = tuning_.buffered_bytes();
    stats.table_reader_bytes = sum("rocksdb.estimate-table-readers-mem");
    stats.table_file_bytes = sum("rocksdb.total-sst-files-size");
    stats.pending_compaction_bytes = sum("rocksdb.estimate-pending-compaction-bytes");
    stats.estimated_keys = sum("rocksdb.estimate-num-keys");
    db_->GetIntProperty("rocksdb.num-snapshots", &stats.snapshots);
    for (rocksdb::ColumnFamilyHandle* family : families_) {
      rocksdb::ColumnFamilyMetaData metadata;
      db_->GetColumnFamilyMetaData(family, &metadata);
      stats.table_files += metadata.file_count;
    }
    stats.cache_bytes = tuning_.cached_bytes();
    stats.cache_capacity_bytes = tuning_.cache->GetCapacity();
    stats.flushes = watcher_->flushes;
    stats.compactions = watcher_->compactions;
    stats.writes_stopped = watcher_->stopped || watcher_->failed();
    return stats;
  }

 private:
  static constexpr std::size_t kKeptBatchBytes = 4 * kMiB;
  static constexpr std::size_t kSortedBatch = 8;

  rocksdb::ColumnFamilyHandle* at(Family family) const {
    return families_[static_cast<std::size_t>(family)];
  }
  std::uint64_t sum(const char* property) const {
    std::uint64_t total = 0;
    for (rocksdb::ColumnFamilyHandle* family : families_) {
      std::uint64_t value = 0;
      if (db_->GetIntProperty(family, property, &value)) total += value;
    }
    return total;
  }

  // Neighbours in a memtable share their way through its skip list in the processor's cache, so
  // larger batches go in by key. The order of changes of one key stays; ranges depend on the order
  // of different keys, so these batches are left as they are.
  rocksdb::Status translate(const WriteBatch& batch) {
    batch_.Clear();
    entries_.clear();
    bool sortable = batch.count() >= kSortedBatch;
    batch.for_each([&](WriteBatch::Kind kind, Family family, BytesView key, BytesView value) {
      sortable = sortable && kind != WriteBatch::Kind::erase_range;
      entries_.push_back({kind, family, key, value});
    });
    if (sortable) {
      std::ranges::sort(entries_, [](const Entry& a, const Entry& b) {
        if (a.family != b.family) return a.family < b.family;
        const auto order = a.key <=> b.key;
        return order != 0 ? order < 0 : a.key.data() < b.key.data();  // as they came
      });
    }
    for (const Entry& entry : entries_) {
      rocksdb::ColumnFamilyHandle* const family = at(entry.family);
      rocksdb::Status status;
      switch (entry.kind) {
        case WriteBatch::Kind::put:
          status = batch_.Put(family, slice(entry.key), slice(entry.value));
          break;
        case WriteBatch::Kind::erase: status = batch_.Delete(family, slice(entry.key)); break;
        case WriteBatch::Kind::erase_range:
          status = batch_.DeleteRange(family, slice(entry.key), slice(entry.value));
          break;
      }
      if (!status.ok()) return status;
    }
    return rocksdb::Status::OK();
  }

  // After a failed write the disk is the only thing that can get better by itself.
  Status refused(const rocksdb::Status& status) {
    Status error = from_rocks(status);
    const Status background = watcher_->error();
    return background ? error : background;
  }

  // Full disks get room again; everything else needs the operator. Tried now and then only, since
  // a resume flushes.
  Status try_resume() {
    Status error = watcher_->error();
    if (error) return {};
    const std::int64_t now = steady_ms();
    std::int64_t last = last_resume_ms_.load();
    if (now - last < kResumeInterval.count() ||
        !last_resume_ms_.compare_exchange_strong(last, now)) {
      return error;
    }
    if (error.error().code != Code::resource_exhausted) return error;
    if (free_bytes() < options_.reserve_bytes) return error;
    const rocksdb::Status resumed = db_->Resume();
    if (!resumed.ok()) return watcher_->failed() ? error : Status{};
    watcher_->clear_error();
    if (options_.on_notice) {
      options_.on_notice("storage: there is room on the disk again, writes go on");
    }
    return {};
  }

  std::uint64_t free_bytes() const { return options_.files->free_bytes(options_.path).value_or(0); }

  StoreOptions options_;
  RocksTuning tuning_;
  std::shared_ptr<Watcher> watcher_;
  std::unique_ptr<rocksdb::DB> db_;
  std::array<rocksdb::ColumnFamilyHandle*, kFamilyCount> families_{};
  AppliedMark mark_;

  // Of the one applier.
  struct Entry {
    WriteBatch::Kind kind;
    Family family;
    BytesView key;
    BytesView value;
  };
  std::vector<Entry> entries_;
  rocksdb::WriteBatch batch_;
  Bytes applied_bytes_;

  Mutex snapshot_mutex_;
  std::weak_ptr<const Snapshot> latest_ OCTAVO_GUARDED_BY(snapshot_mutex_);
  std::uint64_t latest_sequence_ OCTAVO_GUARDED_BY(snapshot_mutex_) = 0;

  std::atomic<std::int64_t> last_resume_ms_ = 0;
};

}  // namespace

Result<std::unique_ptr<Store>> Store::open(StoreOptions options) {
  auto store = std::make_unique<RocksStore>(std::move(options));
  TRY_STATUS(store->open());
  return store;
}

}  // namespace octavo::kv
