// The in-memory twin: one ordered map per family, each key with its versions, newest last.
// Written to be obviously right rather than fast; kv/store_test.cc runs both stores side by side.

#include <algorithm>
#include <array>
#include <atomic>
#include <map>
#include <set>

#include "base/mutex.h"
#include "kv/store.h"

namespace octavo::kv {

namespace {

using Sequence = std::uint64_t;
constexpr Sequence kNewest = ~Sequence{0};

struct Version {
  Sequence sequence;
  std::optional<Bytes> value;  // nothing: erased
};
using Versions = std::vector<Version>;
using Table = std::map<Bytes, Versions, std::less<>>;

const Bytes* visible(const Versions& versions, Sequence at) {
  for (auto version = versions.rbegin(); version != versions.rend(); ++version) {
    if (version->sequence <= at) return version->value ? &*version->value : nullptr;
  }
  return nullptr;
}

}  // namespace

class MemoryDisk {
 public:
  Mutex mutex;
  std::array<std::map<Bytes, Bytes>, kFamilyCount> tables OCTAVO_GUARDED_BY(mutex);
  Lsn applied OCTAVO_GUARDED_BY(mutex);
};

std::shared_ptr<MemoryDisk> make_memory_disk() { return std::make_shared<MemoryDisk>(); }

namespace {

// Shared with snapshots, which may be dropped by any thread.
struct State {
  mutable SharedMutex mutex;
  std::array<Table, kFamilyCount> tables OCTAVO_GUARDED_BY(mutex);
  Sequence sequence OCTAVO_GUARDED_BY(mutex) = 0;
  Lsn applied OCTAVO_GUARDED_BY(mutex);
  std::multiset<Sequence> pinned OCTAVO_GUARDED_BY(mutex);

  const Table& table(Family family) const OCTAVO_REQUIRES_SHARED(mutex) {
    return tables[static_cast<std::size_t>(family)];
  }
};

class MemorySnapshot final : public Snapshot {
 public:
  MemorySnapshot(std::shared_ptr<State> state, Sequence sequence, Lsn applied)
      : Snapshot(applied), state_(std::move(state)), sequence_(sequence) {}
  ~MemorySnapshot() override {
    const ExclusiveLock lock(state_->mutex);
    state_->pinned.erase(state_->pinned.find(sequence_));
  }
  Sequence sequence() const { return sequence_; }

 private:
  std::shared_ptr<State> state_;
  Sequence sequence_;
};

Sequence sequence_of(const ReadOptions& options) {
  return options.snapshot == nullptr
             ? kNewest
             : static_cast<const MemorySnapshot*>(options.snapshot)->sequence();
}

class MemoryCursor final : public Cursor {
 public:
  MemoryCursor(std::shared_ptr<State> state, Family family, CursorOptions options)
      : state_(std::move(state)), family_(family), options_(std::move(options)) {
    const ExclusiveLock lock(state_->mutex);
    sequence_ = std::min(sequence_of(options_.read), state_->sequence);
    state_->pinned.insert(sequence_);
  }
  ~MemoryCursor() override {
    const ExclusiveLock lock(state_->mutex);
    state_->pinned.erase(state_->pinned.find(sequence_));
  }

  void seek(BytesView target) override {
    const SharedLock lock(state_->mutex);
    const Table& table = state_->table(family_);
    forward(table.lower_bound(target < options_.lower ? BytesView(options_.lower) : target));
  }
  void seek_for_prev(BytesView target) override {
    const SharedLock lock(state_->mutex);
    const Table& table = state_->table(family_);
    const bool above = !options_.upper.empty() && target >= options_.upper;
    backward(above ? table.lower_bound(options_.upper) : table.upper_bound(target));
  }
  void seek_to_first() override { seek(options_.lower); }
  void seek_to_last() override {
    const SharedLock lock(state_->mutex);
    const Table& table = state_->table(family_);
    backward(options_.upper.empty() ? table.end() : table.lower_bound(options_.upper));
  }
  void next() override {
    ASSERT(valid_);
    const SharedLock lock(state_->mutex);
    forward(state_->table(family_).upper_bound(key_));
  }
  void prev() override {
    ASSERT(valid_);
    const SharedLock lock(state_->mutex);
    backward(state_->table(family_).lower_bound(key_));
  }
  bool valid() const override { return valid_; }
  BytesView key() const override { return key_; }
  BytesView value() const override { return value_; }
  Status status() const override { return {}; }

 private:
  // To the first visible key at or after `at`.
  void forward(Table::const_iterator at) OCTAVO_REQUIRES_SHARED(state_->mutex) {
    const Table& table = state_->table(family_);
    valid_ = false;
    for (; at != table.end(); ++at) {
      if (!options_.upper.empty() && at->first >= options_.upper) return;
      if (take(at)) return;
    }
  }
  // To the last visible key before `at`.
  void backward(Table::const_iterator at) OCTAVO_REQUIRES_SHARED(state_->mutex) {
    const Table& table = state_->table(family_);
    valid_ = false;
    while (at != table.begin()) {
      --at;
      if (at->first < options_.lower) return;
      if (take(at)) return;
    }
  }
  bool take(Table::const_iterator at) {
    const Bytes* value = visible(at->second, sequence_);
    if (value == nullptr) return false;
    key_ = at->first;
    value_ = *value;
    valid_ = true;
    return true;
  }

  std::shared_ptr<State> state_;
  Family family_;
  CursorOptions options_;
  Sequence sequence_ = 0;
  Bytes key_;
  Bytes value_;
  bool valid_ = false;
};

class MemoryStore final : public Store {
 public:
  explicit MemoryStore(std::shared_ptr<MemoryDisk> disk)
      : disk_(std::move(disk)), state_(std::make_shared<State>()) {
    const MutexLock lock(disk_->mutex);
    for (std::size_t i = 0; i < kFamilyCount; ++i) {
      for (const auto& [key, value] : disk_->tables[i]) {
        state_->tables[i].emplace(key, Versions{{0, value}});
      }
    }
    state_->applied = disk_->applied;
  }

  Status apply(const WriteBatch& batch, Lsn applied) override {
    const ExclusiveLock lock(state_->mutex);
    const Sequence sequence = ++state_->sequence;
    // Versions that no snapshot can see go away as their key is written again.
    const Sequence oldest = state_->pinned.empty() ? sequence : *state_->pinned.begin();
    Table* const tables = state_->tables.data();
    batch.for_each([&](WriteBatch::Kind kind, Family family, BytesView key, BytesView value) {
      Table& table = tables[static_cast<std::size_t>(family)];
      if (kind == WriteBatch::Kind::erase_range) {
        const auto end = table.lower_bound(value);
        for (auto at = table.lower_bound(key); at != end;) {
          add(table, at++, {sequence, std::nullopt}, oldest);
        }
        return;
      }
      const auto at = table.try_emplace(Bytes(key)).first;
      const bool put = kind == WriteBatch::Kind::put;
      add(table, at, {sequence, put ? std::optional<Bytes>(value) : std::nullopt}, oldest);
    });
    state_->applied = applied;
    return {};
  }

  Status writable() override { return {}; }
  Lsn applied() const override {
    const SharedLock lock(state_->mutex);
    return state_->applied;
  }
  Lsn durable_applied() const override {
    const MutexLock lock(disk_->mutex);
    return disk_->applied;
  }
  void set_flush_barrier(FlushBarrier barrier) override {
    const MutexLock lock(barrier_mutex_);
    barrier_ = std::move(barrier);
  }

  SnapshotPointer snapshot() override {
    const ExclusiveLock lock(state_->mutex);
    state_->pinned.insert(state_->sequence);
    return std::make_shared<MemorySnapshot>(state_, state_->sequence, state_->applied);
  }

  Result<bool> get(Family family, BytesView key, Bytes& value,
                   const ReadOptions& options) const override {
    const SharedLock lock(state_->mutex);
    const Table& table = state_->table(family);
    const auto found = table.find(key);
    if (found == table.end()) return false;
    const Bytes* const bytes = visible(found->second, sequence_of(options));
    if (bytes == nullptr) return false;
    value = *bytes;
    return true;
  }
  Status multi_get(Family family, std::span<const BytesView> keys,
                   std::span<std::optional<Bytes>> values,
                   const ReadOptions& options) const override {
    ASSERT(keys.size() == values.size());
    for (std::size_t i = 0; i < keys.size(); ++i) {
      Bytes value;
      TRY(const bool found, get(family, keys[i], value, options));
      values[i] = found ? std::optional<Bytes>(std::move(value)) : std::nullopt;
    }
    return {};
  }
  std::unique_ptr<Cursor> cursor(Family family, CursorOptions options) const override {
    return std::make_unique<MemoryCursor>(state_, family, std::move(options));
  }

  Status flush() override {
    const MutexLock barrier_lock(barrier_mutex_);
    const SharedLock lock(state_->mutex);
    if (barrier_) TRY_STATUS(barrier_(state_->applied));
    const MutexLock disk_lock(disk_->mutex);
    for (std::size_t i = 0; i < kFamilyCount; ++i) {
      disk_->tables[i].clear();
      for (const auto& [key, versions] : state_->tables[i]) {
        if (const Bytes* value = visible(versions, kNewest)) disk_->tables[i].emplace(key, *value);
      }
    }
    disk_->applied = state_->applied;
    ++flushes_;
    return {};
  }
  Status compact(Family, BytesView, BytesView) override { return {}; }

  std::uint64_t approximate_bytes(Family family, BytesView begin, BytesView end) const override {
    const SharedLock lock(state_->mutex);
    const Table& table = state_->table(family);
    const auto last = end.empty() ? table.end() : table.lower_bound(end);
    std::uint64_t bytes = 0;
    for (auto at = table.lower_bound(begin); at != last; ++at) {
      if (const Bytes* value = visible(at->second, kNewest))
        bytes += at->first.size() + value->size();
    }
    return bytes;
  }
  StoreStats stats() const override {
    const SharedLock lock(state_->mutex);
    StoreStats stats;
    for (const Table& table : state_->tables) stats.estimated_keys += table.size();
    stats.snapshots = state_->pinned.size();
    stats.flushes = flushes_;
    return stats;
  }

 private:
  static void add(Table& table, Table::iterator at, Version version, Sequence oldest) {
    Versions& versions = at->second;
    versions.push_back(std::move(version));
    // Keep the newest version at or below `oldest`, and all above it.
    std::size_t keep = versions.size() - 1;
    while (keep > 0 && versions[keep].sequence > oldest) --keep;
    versions.erase(versions.begin(), versions.begin() + static_cast<std::ptrdiff_t>(keep));
    if (versions.size() == 1 && !versions[0].value) table.erase(at);
  }

  std::shared_ptr<MemoryDisk> disk_;
  std::shared_ptr<State> state_;
  Mutex barrier_mutex_;
  FlushBarrier barrier_ OCTAVO_GUARDED_BY(barrier_mutex_);
  std::atomic<std::uint64_t> flushes_ = 0;
};

}  // namespace

std::unique_ptr<Store> open_memory_store(std::shared_ptr<MemoryDisk> disk) {
  return std::make_unique<MemoryStore>(disk ? std::move(disk) : make_memory_disk());
}

}  // namespace octavo::kv
