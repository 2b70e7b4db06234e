#include "log/local_log.h"

#include <fmt/format.h>

#include <algorithm>
#include <thread>

#include "base/assert.h"
#include "base/condition.h"
#include "base/mutex.h"
#include "base/thread.h"
#include "log/delivery.h"
#include "log/group_sync.h"
#include "log/local_reader.h"
#include "log/recovery.h"
#include "log/segment_store.h"

namespace octavo::log {
namespace {

constexpr std::uint64_t kMinSegmentBytes = 8 * kKiB;
// Read through at every start, newest first; what is older is checked when it is read.
constexpr std::uint64_t kVerifyBytes = 256 * kMiB;
constexpr std::uint64_t kProgressBytes = 4 * kMiB;

class LocalLogImpl final : public LocalLog {
 public:
  LocalLogImpl(io::FileSystem& files, Clock& clock, LocalOptions options,
               std::unique_ptr<io::FileLock> lock, const Recovery& recovery)
      : files_(files),
        clock_(clock),
        options_(std::move(options)),
        lock_(std::move(lock)),
        identity_(recovery.identity),
        store_(files, options_.directory, identity_.cluster, identity_.generation,
               {.first_bytes = std::max(options_.first_segment_bytes, kMinSegmentBytes),
                .full_bytes = std::max(options_.segment_bytes, kMinSegmentBytes),
                .reserve_bytes = options_.reserve_bytes}),
        sync_(store_, clock),
        delivery_(lsn_at(identity_.generation, recovery.next_start)) {}

  ~LocalLogImpl() override { stop(); }

  Status open(const Recovery& recovery);

  Status start(Lsn from, Consumer& consumer, ReplayProgress progress) override;
  bool delivers_inline() const override { return true; }
  Result<std::uint64_t> append(const AppendRequest& request) override;
  void when_durable(Lsn lsn, Durability durability, DurableCallback done) override;
  bool is_durable(Lsn lsn, Durability durability) const override;
  void sync_here() override;
  Result<std::unique_ptr<Reader>> read(Lsn from) override;
  Lsn head() const override { return at(store_.head()); }
  Lsn tail() const override { return delivery_.tail(); }
  std::uint64_t bytes_between(Lsn from, Lsn to) const override;
  Status trim(Lsn upto) override;
  Lsn retention_point(const RetentionPolicy& policy, std::int64_t now_ns) const override;
  void fence(FenceCallback done) override;
  const ClusterId& cluster() const override { return identity_.cluster; }
  LogStats stats() const override;
  void stop() override;
  void run_background() override { background_turn(true); }
  Status writable() const override {
    TRY_STATUS(delivery_.failure());
    return disk_full_ ? store_.check_room() : Status();
  }
  Lsn durable_tail() const override { return at(sync_.durable()); }

 private:
  Lsn at(std::uint64_t offset) const { return lsn_at(identity_.generation, offset); }
  Result<std::uint64_t> first_offset(Lsn from) const;
  std::unexpected<Error> never_given_out(Lsn lsn) const {
    return fail(Code::out_of_range,
                fmt::format("log position {} was never given out by this log, or its record was "
                            "lost in a power cut; the log ends at {}",
                            format_lsn(lsn), format_lsn(tail())));
  }
  Status replay(std::uint64_t from, ReplayProgress progress);
  Result<std::uint64_t> append_record(const AppendRequest& request);
  Status begin_first();
  Status claim();
  Status incarnate();
  Status make_room(std::uint64_t size);
  void note_full(const Error& error, std::uint64_t size);
  void note_room();
  void request_spare_when_half_full();

  void background_loop();
  void background_turn(bool sync_unasked);
  bool sync_turn() OCTAVO_REQUIRES(sync_mutex_);
  void wake_background();
  void notify(const Notice& notice) const {
    if (options_.on_notice) options_.on_notice(notice);
  }

  io::FileSystem& files_;
  Clock& clock_;
  const LocalOptions options_;
  const std::unique_ptr<io::FileLock> lock_;
  Identity identity_;
  SegmentStore store_;
  GroupSync sync_;
  Delivery delivery_;

  // The appender's own.
  Stamper stamper_;
  SegmentPointer live_;           // null: none could be begun since the start, for want of room
  std::uint64_t next_start_ = 0;  // of the first segment of this process
  bool incarnated_ = false;
  std::atomic<bool> disk_full_{false};  // until an append finds room again; read by anyone
  bool spare_requested_ = false;

  std::atomic<bool> started_{false};
  std::atomic<std::uint64_t> appended_{kFirstOffset};  // log offset after the last record
  std::atomic<std::uint64_t> appended_records_{0};
  std::atomic<std::uint64_t> appended_bytes_{0};
  Mutex trim_mutex_;  // one trim at a time
  Mutex sync_mutex_;  // one turn of `sync_` at a time; taken before all others

  Mutex thread_mutex_;
  Condition thread_wake_;
  bool work_ OCTAVO_GUARDED_BY(thread_mutex_) = false;
  bool prepare_ OCTAVO_GUARDED_BY(thread_mutex_) = false;
  bool stopping_ OCTAVO_GUARDED_BY(thread_mutex_) = false;
  std::thread thread_;
};

Status LocalLogImpl::open(const Recovery& recovery) {
  store_.adopt(recovery);
  stamper_.advance_clock(recovery.clock_ns);
  appended_ = recovery.tail;
  next_start_ = recovery.next_start;
  sync_.start_at(recovery.next_start);
  if (recovery.continue_last) {
    TRY_STATUS(store_.continue_last());
    TRY_STATUS(claim());
    live_ = store_.live();
  } else if (const Status begun = begin_first(); !begun) {
    // A full disk is no reason not to start, if there is something to read: an append tries again.
    const bool full = begun.error().code == Code::resource_exhausted;
    if (!full || recovery.segments.empty()) return begun;
    note_full(begun.error(), kSegmentHeaderSize);
  }
  for (const Notice& notice : recovery.notices) notify(notice);
  if (options_.background_thread) thread_ = std::thread([this] { background_loop(); });
  return {};
}

// The first segment of this process, where the last one's cannot go on.
Status LocalLogImpl::begin_first() {
  TRY_STATUS(store_.begin(
      {.start = next_start_, .previous_end = appended_, .base_time_ns = stamper_.clock_ns()}));
  TRY_STATUS(store_.live()->file->sync_data());
  TRY_STATUS(store_.sync_directory());
  (void)store_.take_directory_changed();  // it was synced just now
  TRY_STATUS(claim());
  live_ = store_.live();
  appended_ = next_start_;
  return {};
}

// From here on records may be written: a crash must not be taken for a clean stop.
Status LocalLogImpl::claim() {
  Identity mine = identity_;
  mine.clean = false;
  mine.tail = 0;
  mine.boot_id = files_.boot_id();
  ++mine.incarnation;
  TRY_STATUS(write_identity(files_, options_.directory, mine));
  identity_ = mine;
  stamper_.begin(identity_.cluster, identity_.generation, options_.node, identity_.incarnation);
  return {};
}

Result<std::uint64_t> LocalLogImpl::first_offset(Lsn from) const {
  if (from == Lsn::zero()) return kFirstOffset;
  if (from.partition() != 0 || generation_of(from) != identity_.generation || from > tail()) {
    return never_given_out(from);
  }
  return offset_of(from);
}

Status LocalLogImpl::start(Lsn from, Consumer& consumer, ReplayProgress progress) {
  ASSERT(!started_);
  TRY(const std::uint64_t offset, first_offset(from));
  delivery_.set_consumer(&consumer);
  TRY_STATUS(replay(offset, std::move(progress)));
  started_ = true;
  Status incarnated = incarnate();
  // Whatever is read can be read on a full disk as well.
  if (!incarnated && incarnated.error().code != Code::resource_exhausted) return incarnated;
  return delivery_.failure();
}

Status LocalLogImpl::replay(std::uint64_t from, ReplayProgress progress) {
  const std::uint64_t until = appended_;
  LocalReader reader(store_, delivery_, at(from));
  reader.set_limit(until);
  TRY_STATUS(reader.seek());
  delivery_.reset_tail(at(from));
  std::uint64_t next_report = from + kProgressBytes;
  for (;;) {
    TRY(const auto record, reader.next());
    if (!record) break;
    stamper_.observe(record->header);
    TRY_STATUS(delivery_.deliver(*record));
    if (progress && offset_of(record->next) >= next_report) {
      progress(record->next, at(until));
      next_report = offset_of(record->next) + kProgressBytes;
    }
  }
  delivery_.reset_tail(at(until));
  return {};
}

Result<std::uint64_t> LocalLogImpl::append(const AppendRequest& request) {
  ASSERT(!delivery_.delivering());
  if (!started_) return fail(Code::unavailable, "the log is not started yet");
  if (!incarnated_) TRY_STATUS(incarnate());
  return append_record(request);
}

// The first record of this process, before all others of it.
Status LocalLogImpl::incarnate() {
  TRY_STATUS(append_record({.kind = RecordKind::incarnate, .wall_ns = clock_.wall_ns()}));
  incarnated_ = true;
  return {};
}

Result<std::uint64_t> LocalLogImpl::append_record(const AppendRequest& request) {
  TRY_STATUS(delivery_.failure());
  TRY(const std::uint32_t payload_bytes, payload_size(request.payload));
  const std::uint64_t size = record_size(payload_bytes);
  TRY_STATUS(make_room(size));

  const std::uint64_t offset = appended_.load(std::memory_order_relaxed);
  const RecordHeader header = stamper_.next(request, payload_bytes);
  char* target = live_->at(offset);
  std::uint64_t end = offset + kRecordHeaderSize;
  for (const BytesView piece : request.payload) {
    live_->store(end, piece);
    end += piece.size();
  }
  seal_record(target, header, request.payload, record_seed(live_->header.salt, offset));
  stamper_.took(header);
  appended_.store(offset + size);
  appended_records_.fetch_add(1, std::memory_order_relaxed);
  appended_bytes_.fetch_add(size, std::memory_order_relaxed);
  request_spare_when_half_full();

  RecordView view;
  view.lsn = at(offset);
  view.next = at(offset + size);
  view.header = header;
  view.payload = BytesView(target + kRecordHeaderSize, payload_bytes);
  view.token = request.token;
  // The record is in the log whatever the consumer says; its error ends the log, not this call.
  (void)delivery_.deliver(view);
  return header.origin.sequence;
}

Status LocalLogImpl::make_room(std::uint64_t size) {
  if (live_ == nullptr) {
    TRY_STATUS(begin_first());
    note_room();
  }
  const std::uint64_t tail = appended_.load(std::memory_order_relaxed);
  if (size <= live_->capacity_end - tail) return {};
  Status begun = store_.begin({.start = tail,
                               .previous_end = tail,
                               .base_time_ns = stamper_.clock_ns(),
                               .record_bytes = size});
  if (!begun) {
    if (begun.error().code == Code::resource_exhausted) note_full(begun.error(), size);
    return begun;
  }
  note_room();
  live_ = store_.live();
  spare_requested_ = false;
  return {};
}

void LocalLogImpl::note_full(const Error& error, std::uint64_t size) {
  if (disk_full_.exchange(true)) return;
  notify({.kind = Notice::Kind::disk_full,
          .file = options_.directory,
          .lsn = at(appended_.load()),
          .bytes = size,
          .text = fmt::format("Writes are refused until there is room: {}.", error.what)});
}

void LocalLogImpl::note_room() {
  if (!disk_full_.exchange(false)) return;
  notify({.kind = Notice::Kind::disk_full_over,
          .file = options_.directory,
          .lsn = at(appended_.load()),
          .text = "There is room on the disk again; writes go on."});
}

void LocalLogImpl::request_spare_when_half_full() {
  if (spare_requested_) return;
  const std::uint64_t used = appended_.load(std::memory_order_relaxed) - live_->header.start;
  if (used < (live_->capacity_end - live_->header.start) / 2) return;
  spare_requested_ = true;
  const MutexLock lock(thread_mutex_);
  prepare_ = true;
  work_ = true;
  thread_wake_.notify_one();
}

void LocalLogImpl::when_durable(Lsn lsn, Durability durability, DurableCallback done) {
  // A copy into the mapping has reached the operating system when `append` returns.
  if (offset_of(lsn) >= appended_.load()) return done(never_given_out(lsn));
  if (durability != Durability::disk) return done({});
  sync_.wait(offset_of(lsn), std::move(done));
  if (sync_.has_waiters()) wake_background();
}

bool LocalLogImpl::is_durable(Lsn lsn, Durability durability) const {
  if (durability == Durability::disk) return offset_of(lsn) < sync_.durable();
  return offset_of(lsn) < appended_.load();
}

void LocalLogImpl::sync_here() {
  if (sync_.failed() || !sync_.is_quick()) return;
  if (!sync_mutex_.try_lock()) return;  // one is on its way; the next is the log's thread's
  (void)sync_turn();                    // who waits, and who asks, hear of an error
  sync_mutex_.unlock();
}

Result<std::unique_ptr<Reader>> LocalLogImpl::read(Lsn from) {
  TRY(const std::uint64_t offset, first_offset(from));
  auto reader = std::make_unique<LocalReader>(store_, delivery_, at(offset));
  TRY_STATUS(reader->seek());
  return reader;
}

Status LocalLogImpl::trim(Lsn upto) {
  const MutexLock lock(trim_mutex_);
  return store_.trim(std::min(offset_of(upto), sync_.durable()));
}

Lsn LocalLogImpl::retention_point(const RetentionPolicy& policy, std::int64_t now_ns) const {
  const auto segments = store_.all();
  std::uint64_t point = segments.front()->header.start;
  std::uint64_t bytes = 0;
  for (std::size_t i = segments.size(); i-- > 0;) {
    const Segment& segment = *segments[i];
    const std::uint64_t end = std::min<std::uint64_t>(segment.sealed_end, appended_.load());
    bytes += end - segment.header.start;
    const bool live = i + 1 == segments.size();
    if (live) continue;
    // Nothing in a segment is younger than the beginning of the next.
    const std::int64_t age_ns = now_ns - segments[i + 1]->header.base_time_ns;
    const bool too_old = policy.max_age_ns > 0 && age_ns > policy.max_age_ns;
    const bool too_much = policy.max_bytes > 0 && bytes > policy.max_bytes;
    if (too_old || too_much) {
      point = segments[i + 1]->header.start;
      break;
    }
  }
  return at(point);
}

void LocalLogImpl::fence(FenceCallback done) {
  // Nobody else appends here, and what was appended was delivered by whoever appended it.
  if (Status failed = delivery_.failure(); !failed) return done(fail(std::move(failed).error()));
  done(tail());
}

// Of what is there: not what was trimmed away, nor the offsets that a power cut left out.
std::uint64_t LocalLogImpl::bytes_between(Lsn from, Lsn to) const {
  std::uint64_t bytes = 0;
  for (const SegmentPointer& segment : store_.all()) {
    const std::uint64_t end = std::min<std::uint64_t>(segment->sealed_end, appended_.load());
    const Lsn first = std::max(at(segment->header.start), from);
    const Lsn last = std::min(at(end), to);
    if (first < last) bytes += offset_of(last) - offset_of(first);
  }
  return bytes;
}

LogStats LocalLogImpl::stats() const {
  LogStats stats;
  stats.appended_records = appended_records_.load();
  stats.appended_bytes = appended_bytes_.load();
  stats.syncs = sync_.syncs();
  for (const SegmentPointer& segment : store_.all()) {
    ++stats.segments;
    stats.retained_bytes +=
        std::min<std::uint64_t>(segment->sealed_end, appended_.load()) - segment->header.start;
  }
  return stats;
}

void LocalLogImpl::wake_background() {
  {
    const MutexLock lock(thread_mutex_);
    work_ = true;
  }
  thread_wake_.notify_one();  // not under the mutex, which the thread wants first
}

void LocalLogImpl::background_loop() {
  begin_thread("log", ThreadPriority::serving);  // whoever waits for the disk waits for it
  using SteadyClock = std::chrono::steady_clock;
  const bool ticks = options_.sync_interval.count() > 0;
  auto next_tick = SteadyClock::now() + options_.sync_interval;
  MutexLock lock(thread_mutex_);
  for (;;) {
    while (!work_ && !stopping_) {
      if (!ticks) {
        thread_wake_.wait(thread_mutex_);
      } else if (!thread_wake_.wait_until(thread_mutex_, next_tick)) {
        break;
      }
    }
    if (stopping_) return;
    work_ = false;
    const bool tick = ticks && SteadyClock::now() >= next_tick;
    lock.unlock();
    background_turn(tick);
    if (tick) next_tick = SteadyClock::now() + options_.sync_interval;
    lock.lock();
  }
}

void LocalLogImpl::background_turn(bool sync_unasked) {
  // A consumer that failed is no reason not to sync: what was appended before is in the log.
  if (sync_.failed()) return;
  if (sync_unasked || sync_.has_waiters()) {
    const MutexLock lock(sync_mutex_);
    if (!sync_turn()) return;
    if (sync_unasked) sync_.store_mark(true);
  }
  bool prepare = false;
  {
    const MutexLock lock(thread_mutex_);
    std::swap(prepare, prepare_);
  }
  // A full disk is told when an append really needs the room; there may be some by then.
  if (prepare) (void)store_.prepare_spare();
}

// False: the log takes nothing any more.
bool LocalLogImpl::sync_turn() {
  const Status synced = sync_.turn(appended_.load());
  if (synced) return true;
  const std::string text =
      fmt::format("{}: the log is read-only until a restart", synced.error().what);
  delivery_.fail_with({Code::unavailable, text});
  sync_.fail_all({Code::unavailable, text});
  notify({.kind = Notice::Kind::sync_failed,
          .file = options_.directory,
          .lsn = at(sync_.durable()),
          .text = text});
  return false;
}

void LocalLogImpl::stop() {
  {
    const MutexLock lock(thread_mutex_);
    if (stopping_) return;
    stopping_ = true;
    thread_wake_.notify_one();
  }
  if (thread_.joinable()) thread_.join();
  if (next_start_ == 0) return;  // never opened
  delivery_.fail_with({Code::unavailable, "the log is stopped"});
  const MutexLock lock(sync_mutex_);
  if (live_ != nullptr && !sync_.failed() && sync_.turn(appended_.load())) {
    sync_.store_mark(true);
    identity_.clean = true;
    identity_.tail = appended_;
    // Without it the next start is that after a kill: slower, and not wrong.
    (void)write_identity(files_, options_.directory, identity_);
  }
  sync_.fail_all({Code::unavailable, "the log is stopped"});
  delivery_.wakers().wake_all();
}

}  // namespace

Result<std::unique_ptr<LocalLog>> open_local_log(io::FileSystem& files, Clock& clock,
                                                 LocalOptions options) {
  TRY_STATUS(files.create_directories(options.directory));
  TRY(auto lock, files.lock(io::join_path(options.directory, kLockFile)));
  TRY(const Recovery recovery, recover_log(files, options.directory,
                                           {.cut_damaged_tail = options.cut_damaged_tail,
                                            .verify_bytes = kVerifyBytes,
                                            .clock = &clock}));
  auto log =
      std::make_unique<LocalLogImpl>(files, clock, std::move(options), std::move(lock), recovery);
  TRY_STATUS(log->open(recovery));
  return log;
}

}  // namespace octavo::log
