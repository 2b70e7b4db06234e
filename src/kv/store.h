#pragma once

// Sorted keys and values on disk. There is no write-ahead log here: the commit log is the one, and
// each batch says which log position it applied (key `applied` of `meta`, same batch), so that
// after a restart the log is replayed from there. Column families are flushed together.
//
// Thread rules: `apply` belongs to one thread at a time (the sequencer role); everything else may
// be called from any thread. Snapshots and cursors must be gone before the store is.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/limits.h"
#include "base/lsn.h"
#include "base/result.h"
#include "io/file.h"
#include "kv/write_batch.h"

namespace octavo::kv {

// A frozen state. Cheap to take (below a microsecond); old ones keep old versions on disk.
class Snapshot {
 public:
  virtual ~Snapshot() = default;
  // The last log position whose changes are visible.
  Lsn applied() const { return applied_; }

 protected:
  explicit Snapshot(Lsn applied) : applied_(applied) {}

 private:
  Lsn applied_;
};
using SnapshotPointer = std::shared_ptr<const Snapshot>;

enum class ReadTier : std::uint8_t {
  any,
  cache_only,  // `would_block` instead of touching the disk
};

struct ReadOptions {
  const Snapshot* snapshot = nullptr;  // null reads the newest state
  ReadTier tier = ReadTier::any;
  bool fill_cache = true;  // false for long scans
};

struct CursorOptions {
  ReadOptions read;
  Bytes lower;                      // inclusive; empty is unbounded
  Bytes upper;                      // exclusive; empty is unbounded
  std::size_t readahead_bytes = 0;  // 0: grows by itself as a scan goes on
};

// Starts invalid; seek first. Without a snapshot it sees the state of when it was made. `key` and
// `value` are valid until the cursor moves. Bounds hold for every movement.
class Cursor {
 public:
  virtual ~Cursor() = default;
  virtual void seek(BytesView target) = 0;           // first key >= target
  virtual void seek_for_prev(BytesView target) = 0;  // last key <= target
  virtual void seek_to_first() = 0;
  virtual void seek_to_last() = 0;
  virtual void next() = 0;
  virtual void prev() = 0;
  virtual bool valid() const = 0;
  virtual BytesView key() const = 0;
  virtual BytesView value() const = 0;
  // Ask when `valid()` turned false: the end, or `would_block`, or `corrupt`. After `would_block`
  // the position is lost: seek again.
  virtual Status status() const = 0;
};

struct StoreStats {
  std::uint64_t memtable_bytes = 0;
  std::uint64_t cache_bytes = 0;  // without the write buffers that are charged to the cache
  std::uint64_t cache_capacity_bytes = 0;
  std::uint64_t table_reader_bytes = 0;  // filters and indexes outside the cache
  std::uint64_t table_file_bytes = 0;
  std::uint64_t table_files = 0;
  std::uint64_t pending_compaction_bytes = 0;
  std::uint64_t estimated_keys = 0;
  std::uint64_t snapshots = 0;
  std::uint64_t flushes = 0;
  std::uint64_t compactions = 0;
  bool writes_stopped = false;
};

// Called before changes up to `applied` become durable here, from whichever thread flushes: the log
// must be durable up to there first, or a power cut would leave rows of a future that the log
// does not know. Returns when it is; on an error nothing of it becomes durable, nor anything later,
// until the store is opened again.
using FlushBarrier = std::function<Status(Lsn applied)>;

struct StoreOptions {
  std::string path;
  std::size_t memory_bytes = 64 * kMiB;  // block cache and write buffers together
  io::FileSystem* files = &io::posix_file_system();
  int background_jobs = 2;
  // A full disk stops flushes first; below this much free space it is not even tried again.
  std::uint64_t reserve_bytes = 8 * kMiB;
  // For `octavo check`: nothing on the disk is changed, and `apply` and `flush` are refused.
  bool read_only = false;
  std::function<void(const std::string&)> on_notice;  // complete sentences, from any thread
};

class Store {
 public:
  virtual ~Store() = default;

  // The store on disk. Takes the directory's lock.
  static Result<std::unique_ptr<Store>> open(StoreOptions options);

  // All of `batch` and the fact that `applied` is done, atomically. `resource_exhausted` while the
  // disk is full: nothing was changed, and a later try may succeed.
  virtual Status apply(const WriteBatch& batch, Lsn applied) = 0;
  // OK if `apply` may be expected to succeed; one relaxed load when all is well.
  virtual Status writable() = 0;
  // Why `apply` would be refused, as far as is known; tries nothing and never blocks.
  virtual Status write_error() const { return {}; }
  virtual Lsn applied() const = 0;
  // What a restart after a power cut would find: the log before it is no longer needed here.
  virtual Lsn durable_applied() const = 0;
  virtual void set_flush_barrier(FlushBarrier barrier) = 0;

  // Another budget in place of `memory_bytes`, up to what it was at the start. The cache shrinks at
  // once, write buffers as they are flushed. From any thread.
  virtual void set_memory(std::size_t bytes) { static_cast<void>(bytes); }
  // What cache and write buffers take now. Cheap enough to be asked often.
  virtual std::size_t memory_bytes() const { return 0; }

  virtual SnapshotPointer snapshot() = 0;

  // True, with the value in `value` (whose memory is reused), if the key is there.
  virtual Result<bool> get(Family family, BytesView key, Bytes& value,
                           const ReadOptions& options = {}) const = 0;
  // `values[i]` for `keys[i]`; faster than single reads when they have to touch the disk.
  virtual Status multi_get(Family family, std::span<const BytesView> keys,
                           std::span<std::optional<Bytes>> values,
                           const ReadOptions& options = {}) const = 0;
  virtual std::unique_ptr<Cursor> cursor(Family family, CursorOptions options = {}) const = 0;

  // Makes everything applied so far durable. Blocks; not for an I/O thread.
  virtual Status flush() = 0;
  // Rewrites [begin, end), so that what was erased gives its space back. Empty `end`: to the end.
  virtual Status compact(Family family, BytesView begin, BytesView end) = 0;

  // An estimate, for planning. Empty `end`: to the end of the family.
  virtual std::uint64_t approximate_bytes(Family family, BytesView begin, BytesView end) const = 0;
  virtual StoreStats stats() const = 0;
};

// The in-memory twin: std::map with versions. Its "disk" outlives it, so that a test may
// drop the store without `flush` and open what a crash would have left.
class MemoryDisk;
std::shared_ptr<MemoryDisk> make_memory_disk();
std::unique_ptr<Store> open_memory_store(std::shared_ptr<MemoryDisk> disk = nullptr);

struct CheckReport {
  bool absent = false;  // nothing there: a start would begin with no rows
  std::uint64_t files = 0;
  std::uint64_t bytes = 0;
  Lsn applied;
  std::vector<std::string> errors;  // each names a file
  bool ok() const { return errors.empty(); }
};

// Reads every table file of a stopped store and verifies its checksums, without changing anything.
Result<CheckReport> check(io::FileSystem& files, const std::string& path);

}  // namespace octavo::kv
