#pragma once

// All databases of one server, guarded by one mutex.
//
// `apply_local`, `apply_logged` and the functions that say so take the mutex; everything else
// must be called with it held (`auto lock = keyspace.lock();`). Handlers, observers and snapshot
// hooks run with it held.

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/bytes.h"
#include "base/mutex.h"
#include "base/result.h"
#include "keyspace/batch.h"
#include "keyspace/database.h"
#include "keyspace/key_scan.h"
#include "keyspace/observer.h"
#include "keyspace/pins.h"
#include "keyspace/type/limits.h"

namespace octavo::keyspace {

class CommandContext;
class Keyspace;

struct KeyRef {
  unsigned db = 0;
  std::string key;
};

// Fields of a hash.
struct FieldsRef {
  unsigned db = 0;
  std::string key;
  std::vector<std::string> fields;
};

// What has expired.
struct Expired {
  std::vector<KeyRef> keys;
  std::vector<FieldsRef> fields;
  bool empty() const { return keys.empty() && fields.empty(); }
};

enum class EvictionPolicy : std::uint8_t {
  none,
  allkeys_lru,
  allkeys_lfu,
  allkeys_random,
  volatile_lru,
  volatile_lfu,
  volatile_random,
  volatile_ttl,
};

struct KeyspaceStats {
  std::uint64_t hits = 0;
  std::uint64_t misses = 0;
  std::uint64_t expired_keys = 0;
  std::uint64_t expired_fields = 0;  // of hashes
  std::uint64_t evicted_keys = 0;
  std::uint64_t freed_later = 0;  // values and databases, by free_garbage
  std::uint64_t changes = 0;      // since the start; INFO subtracts what the last snapshot saw
  // Error replies to clients, by their first word.
  std::map<std::string, std::uint64_t, std::less<>> errors;

  void count_error(std::string_view text);
};

// Sees values before they change, while a snapshot is being written.
class SnapshotHook {
 public:
  virtual ~SnapshotHook() = default;
  virtual void before_change(unsigned db, KeyEntry& entry) = 0;
  // A whole database goes; the hook may keep what it has not written yet.
  virtual std::unique_ptr<KeyMap> before_discard(std::unique_ptr<KeyMap> keys) = 0;
};

// Hears of keys that blocked clients wait for, once the operations that touched them are over.
// With the keyspace's mutex held.
class WaitersHook {
 public:
  virtual ~WaitersHook() = default;
  virtual void keys_ready(const Keyspace& keyspace, std::span<const KeyRef> keys,
                          std::int64_t now_ms) = 0;
};

class Keyspace {
 public:
  struct Options {
    unsigned databases = 16;  // at most 254
    EncodingLimits limits;
    std::int64_t max_string_bytes = kDefaultMaxStringBytes;
  };

  Keyspace() : Keyspace(Options()) {}
  explicit Keyspace(const Options& options);
  Keyspace(const Keyspace&) = delete;
  Keyspace& operator=(const Keyspace&) = delete;
  ~Keyspace();

  // Unchecked within: clang takes the lock that is returned for one that is never released.
  [[nodiscard]] MutexLock lock() OCTAVO_ACQUIRE(mutex_) OCTAVO_UNCHECKED_LOCKING {
    return MutexLock(mutex_);
  }
  // In two steps, for who holds a pin and so must not wait for the mutex (Pins::anybody_waits).
  [[nodiscard]] bool try_lock() OCTAVO_UNCHECKED_LOCKING { return mutex_.try_lock(); }
  void wait_for_lock() OCTAVO_UNCHECKED_LOCKING { mutex_.lock(); }
  void unlock() OCTAVO_UNCHECKED_LOCKING { mutex_.unlock(); }

  // --- commands ---
  // Runs a connection's calls, in order, and writes their replies to the batch's buffer. When a
  // blocking call found nothing, stops there and says so in the batch. Takes the mutex.
  // A batch that only reads may stop early (LocalBatch::finished): call again for the rest.
  void apply_local(LocalBatch& batch, std::int64_t time_ns, std::uint64_t seed);
  // For who is about to have one call applied and does other things before: start to bring the
  // key's place in the index into the cache, then, when that has come, the key with its value.
  // Nothing while another thread holds the mutex, and for batches of several calls, which look
  // ahead themselves.
  void prefetch_index(LocalBatch& batch);
  void prefetch_key(const LocalBatch& batch);
  // Runs one logged operation without replies: the `index`-th of a batch that was applied with
  // that time and seed. Code::corrupt for bytes that no batch wrote. Takes the mutex.
  // `executed` tells whether the operation's guards held.
  Status apply_logged(BytesView op, std::int64_t time_ns, std::uint64_t seed, std::uint32_t index,
                      bool* executed = nullptr);

  // --- databases ---
  unsigned database_count() const { return static_cast<unsigned>(databases_.size()); }
  Database& database(unsigned index) { return *databases_[index]; }
  const Database& database(unsigned index) const { return *databases_[index]; }
  void swap_databases(unsigned first, unsigned second);

  // Changes whenever the key does; a key that is absent or expired has a version as well. The
  // same on every replica, so it may stand in a logged guard. (Rarely changes without need.)
  std::uint64_t version_of(unsigned db, std::string_view key, std::int64_t now_ms) const;
  // Changes whenever anything does. Likewise for guards, where it stands for a key of the database
  // `kWholeKeyspace`.
  std::uint64_t version_of_all() const {
    return last_version_ + (absent_versions_[kSwapsSlot] << kSwapsShift);
  }
  bool guards_hold(std::span<const WatchGuard> guards, std::int64_t now_ms) const;

  // --- libraries of functions, by name: their code ---
  using Libraries = std::map<std::string, std::string, std::less<>>;
  const Libraries& libraries() const { return libraries_; }
  void set_library(std::string_view name, std::string_view code);
  void erase_library(std::string_view name);
  void clear_libraries();
  // Goes up with each change; also without the mutex.
  std::uint64_t libraries_version() const {
    return libraries_version_.load(std::memory_order_acquire);
  }

  // --- where the keys come from, when they are a copy of another server's ---
  // What whoever copies wants to know after a restart; empty: they are our own. With it, keys do
  // not expire here, and only who copies writes.
  const std::string& origin() const { return origin_; }
  void set_origin(std::string_view origin);
  // Also without the mutex.
  bool is_copy() const { return is_copy_.load(std::memory_order_acquire); }

  // --- expiry and eviction: the owner logs `octavo.evict` for the victims of eviction, and what
  // expiry_calls.h makes of these ---
  std::vector<KeyRef> due_keys(std::int64_t now_ms, std::size_t limit) const;
  // So many fields in all.
  std::vector<FieldsRef> due_fields(std::int64_t now_ms, std::size_t limit) const;
  // Keys and fields that readers have asked for after their time: whoever wants them gone, as Redis
  // does at once, has them noted, takes them after each batch and logs that they go. Some are left
  // to the next look at what is due when there are many.
  void note_met_expired() { notes_met_expired_ = true; }
  void met_expired(unsigned db, const KeyEntry& entry);
  // False: no more are noted now.
  bool met_expired_field(unsigned db, std::string_view key, std::string_view field);
  // Also without the mutex.
  bool has_met_expired() const { return has_met_expired_.load(std::memory_order_relaxed); }
  Expired take_met_expired();

  // --- waiting for keys: sessions register the keys that blocked clients wait for ---
  void add_waiter(unsigned db, std::string_view key);
  void remove_waiter(unsigned db, std::string_view key);
  void signal_ready(unsigned db, std::string_view key) {
    if (!waiters_.empty()) note_ready(db, key);
  }
  // Keys with waiters that got something since the last call, in that order: also those of streams
  // that went, and all of a database that was flushed or swapped. Empty when there is a hook.
  std::vector<KeyRef> take_ready_keys() { return std::exchange(ready_keys_, {}); }
  void set_waiters_hook(WaitersHook* hook) { waiters_hook_ = hook; }

  // --- settings, statistics, memory ---
  const EncodingLimits& limits() const { return limits_; }
  void set_limits(const EncodingLimits& limits) { limits_ = limits; }
  std::int64_t max_string_bytes() const { return max_string_bytes_; }
  KeyspaceStats& stats() { return stats_; }
  // Also without the mutex.
  std::int64_t used_bytes() const { return used_bytes_.load(std::memory_order_relaxed); }
  std::int64_t peak_bytes() const { return peak_bytes_.load(std::memory_order_relaxed); }
  std::uint64_t last_version() const { return last_version_; }
  // The limit of used_bytes, 0 for none, and what to do above it (eviction.h). Local to a server:
  // refusing and evicting happen before the log.
  void set_memory_limit(std::int64_t bytes, EvictionPolicy policy);
  std::int64_t memory_limit() const { return memory_limit_; }
  EvictionPolicy eviction_policy() const { return eviction_policy_; }
  bool over_memory_limit() const { return memory_limit_ > 0 && used_bytes() > memory_limit_; }
  bool counts_frequency() const { return counts_frequency_; }
  // 0 to 255, when the policy counts frequency.
  std::uint32_t access_frequency(const KeyEntry& entry, std::int64_t now_ms) const;
  // Seconds since the key was last read or written.
  std::uint32_t idle_seconds(const KeyEntry& entry, std::int64_t now_ms) const;
  void note_access(KeyEntry& entry) const {
    if (counts_frequency_) {
      count_access(entry);
    } else {
      entry.access = access_now_;
    }
  }

  // Values that are large are put aside, and freed here without the mutex, which is taken only to
  // fetch the next piece: call until it returns false. What is pinned stays for a later call.
  bool free_garbage();
  std::size_t garbage_count() const { return garbage_.size(); }  // that waits for it
  // Drops a value now if it is small, later if it is large or pinned.
  void discard(Object value, unsigned db);
  void discard_later(Object value, unsigned db) {
    garbage_.push_back({db, nullptr, std::move(value)});
  }
  // Counts bytes that were allocated elsewhere for a value of that database.
  void adopt(std::int64_t bytes, unsigned db);

  // Whose batch is being applied (LocalBatch::set_session); null for what nobody's session wrote.
  const void* running_session() const { return running_session_; }

  // Containers that are being read without the mutex.
  Pins& pins() { return pins_; }

  // --- observers ---
  KeyspaceObserver* observer() const { return observer_; }
  void set_observer(KeyspaceObserver* observer) { observer_ = observer; }
  void set_write_listener(WriteListener* listener) { write_listener_ = listener; }

 private:
  friend class Database;
  friend class KeyScan;
  friend class Snapshotter;
  friend class SnapshotLoader;
  friend class Workspace;

  struct Garbage {
    unsigned db = 0;
    std::unique_ptr<KeyMap> keys;
    Object value;
    std::unique_ptr<Deadlines<KeyEntry>> field_ends = {};
  };

  void apply_items(LocalBatch& batch, std::int64_t time_ns, std::uint64_t seed);
  bool run_client_call(CommandContext& context, const CommandSpec& spec, Args args, Reply& reply);
  void run_call(CommandContext& context, const CommandSpec& spec, Args args, Reply& reply);
  class CallTimer;
  void run_transaction(CommandContext& context, LocalBatch& batch, std::size_t& item,
                       std::uint32_t op_index, std::uint64_t seed, CallTimer& timer, Reply& reply);
  bool use_prepared(LocalBatch& batch, CommandContext& context);
  bool run_effects(LocalBatch& batch);
  Status run_logged(const LoggedOp& op, std::int64_t time_ns, std::uint64_t seed,
                    std::uint32_t index, bool* executed);
  void begin(std::int64_t time_ns);
  struct Lookup {
    const KeyMap* keys;
    std::uint32_t hash;
    const KeyEntry* entry = nullptr;
    std::uint32_t element = 0;  // the hash of the element that is looked up
    bool has_element = false;
  };
  // Of the call's first key, if it has one.
  std::optional<Lookup> lookup_of(const LocalBatch& batch, std::size_t item) const;
  void prefetch(const LocalBatch& batch, std::size_t first_item) const;
  void account(unsigned db);

  void before_change(Database& db, KeyEntry* entry, std::string_view key) {
    if (snapshot_ != nullptr && entry != nullptr && entry->snapshot_epoch != snapshot_epoch_) {
      snapshot_->before_change(db.index(), *entry);
    }
    if (observer_ != nullptr) observer_->about_to_change(db.index(), key);
  }
  void before_flush(Database& db);
  void before_erase(const KeyMap& keys, const KeyEntry& entry) {
    for (KeyScan* scan : scans_) {
      if (scan->keys() == &keys) scan->before_erase(entry);
    }
  }
  bool in_use(const Garbage& piece) const;
  void discard(std::unique_ptr<KeyMap> keys, unsigned db);
  void discard(std::unique_ptr<Deadlines<KeyEntry>> field_ends, unsigned db);
  std::uint64_t& absent_version(unsigned db, std::string_view key) {
    return absent_versions_[absent_slot(db, key)];
  }
  static std::size_t absent_slot(unsigned db, std::string_view key);
  void count_access(KeyEntry& entry) const;
  void note_ready(unsigned db, std::string_view key);
  void note_all_ready(unsigned db);
  void tell_waiters(std::int64_t time_ns);
  static std::string waiter_name(unsigned db, std::string_view key);

  // Versions of absent keys are kept by hash only: a shared slot can make a WATCH fail without
  // need, never succeed wrongly.
  static constexpr std::size_t kAbsentSlots = 8192;
  // One slot more counts how often databases changed places, which gives no key a new version.
  static constexpr std::size_t kSwapsSlot = kAbsentSlots;
  static constexpr int kSwapsShift = 44;

  // What follows is used with it held. No member says so: the handlers of commands, which are run
  // under it, are given a database or a key, and could not name the mutex that guards it.
  Mutex mutex_;
  std::vector<std::unique_ptr<Database>> databases_;
  EncodingLimits limits_;
  std::int64_t max_string_bytes_;
  std::uint64_t last_version_ = 0;
  std::vector<std::uint64_t> absent_versions_;
  Libraries libraries_;
  std::atomic<std::uint64_t> libraries_version_{1};  // written with the mutex held
  std::string origin_;
  std::atomic<bool> is_copy_{false};         // written with the mutex held
  std::uint32_t access_now_ = 0;             // seconds, of the running batch
  std::atomic<std::int64_t> used_bytes_{0};  // written with the mutex held
  std::atomic<std::int64_t> peak_bytes_{0};
  std::int64_t memory_limit_ = 0;
  EvictionPolicy eviction_policy_ = EvictionPolicy::none;
  bool counts_frequency_ = false;
  KeyspaceStats stats_;
  KeyspaceObserver* observer_ = nullptr;
  WriteListener* write_listener_ = nullptr;
  KeySource* source_ = nullptr;  // of all databases
  const void* running_session_ = nullptr;
  SnapshotHook* snapshot_ = nullptr;
  std::uint32_t snapshot_epoch_ = 0;
  std::unordered_map<std::string, std::uint32_t> waiters_;  // by waiter_name
  std::vector<KeyRef> ready_keys_;
  bool notes_met_expired_ = false;
  std::atomic<bool> has_met_expired_{false};  // written with the mutex held
  Expired met_expired_;
  std::size_t met_expired_count_ = 0;  // keys and fields
  WaitersHook* waiters_hook_ = nullptr;
  std::vector<Garbage> garbage_;
  Pins pins_;
  std::vector<KeyScan*> scans_;
  std::string discarded_replies_;  // of logged operations
};

}  // namespace octavo::keyspace
