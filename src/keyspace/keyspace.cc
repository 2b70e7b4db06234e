#include "keyspace/keyspace.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/assert.h"
#include "base/checksum.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/random.h"
#include "keyspace/blocking.h"
#include "keyspace/command_table.h"
#include "keyspace/context.h"
#include "keyspace/group_versions.h"
#include "keyspace/needs.h"
#include "keyspace/prepared_write.h"
#include "keyspace/type/access_clock.h"
#include "keyspace/type/hash_value.h"
#include "keyspace/type/memory.h"

namespace octavo::keyspace {
namespace {

// Freeing more than this at once would be felt by other clients.
constexpr std::uint64_t kLargeElements = 64;
constexpr std::size_t kLargeStringBytes = 256 * kKiB;
constexpr std::size_t kPrefetchedCalls = 16;
constexpr std::size_t kMaxMetExpired = 64;
constexpr std::size_t kKeptReplyBytes = 64 * 1024;
// DEBUG ERROR lets a client make up codes.
constexpr std::size_t kMaxErrorCodes = 128;

// Reads are not replayed: all that matters is that two of one batch do not choose alike.
std::uint64_t read_seed(std::uint64_t seed, std::size_t item) {
  return call_seed(~seed, static_cast<std::uint32_t>(item), 0);
}

}  // namespace

Keyspace::Keyspace(const Options& options)
    : limits_(options.limits),
      max_string_bytes_(options.max_string_bytes),
      absent_versions_(kAbsentSlots + 1 + kGroupSlots, 0) {
  ASSERT(options.databases >= 1 && options.databases <= 254);
  collect_memory_delta();
  for (unsigned i = 0; i < options.databases; ++i) {
    databases_.push_back(std::make_unique<Database>(*this, i));
    account(i);  // what a flush frees was counted
  }
}

Keyspace::~Keyspace() = default;

void Keyspace::begin(std::int64_t time_ns) {
  collect_memory_delta();
  access_now_ = static_cast<std::uint32_t>(time_ns / 1'000'000'000);
}

// Tells a batch's observer of its calls. One look at the clock per call or group of calls: the end
// of one is the start of the next.
class Keyspace::CallTimer {
 public:
  explicit CallTimer(const LocalBatch& batch) : observer_(batch.observer_) {
    if (observer_ == nullptr) return;
    together_ = batch.timing_ == CallTiming::together && batch.items_.size() > 1 &&
                batch.argument_bytes_ <= kTimedTogetherBytes;
    last_ns_ = system_clock().monotonic_ns();
  }
  ~CallTimer() { tell_group(); }
  CallTimer(const CallTimer&) = delete;
  CallTimer& operator=(const CallTimer&) = delete;

  // Before each call, and after it.
  void begin(const CommandSpec& spec) {
    if (count_ > 0 && (&spec != spec_ || count_ == kTimedTogether)) tell_group();
  }
  void called(const CommandSpec& spec, Args args, bool failed) {
    if (observer_ == nullptr) return;
    if (together_ && (spec.flags & (kFast | kFastIfSmall)) != 0 && spec.subcommands.empty()) {
      spec_ = &spec;
      ++count_;
      failed_ += failed ? 1 : 0;
      return;
    }
    observer_->called(spec, args, since_last(), failed);
  }

 private:
  static constexpr std::size_t kTimedTogether = 16;
  static constexpr std::size_t kTimedTogetherBytes = 64 * kKiB;

  std::int64_t since_last() {
    const std::int64_t now_ns = system_clock().monotonic_ns();
    return now_ns - std::exchange(last_ns_, now_ns);
  }
  void tell_group() {
    if (count_ == 0) return;
    observer_->called_together(*spec_, std::exchange(count_, 0), std::exchange(failed_, 0),
                               since_last());
  }

  CallObserver* observer_;
  bool together_ = false;
  std::int64_t last_ns_ = 0;
  // The group under way.
  const CommandSpec* spec_ = nullptr;
  std::size_t count_ = 0;
  std::size_t failed_ = 0;
};

void Keyspace::account(unsigned db) { adopt(collect_memory_delta(), db); }

void Keyspace::adopt(std::int64_t bytes, unsigned db) {
  const std::int64_t used = used_bytes_.fetch_add(bytes, std::memory_order_relaxed) + bytes;
  if (used > peak_bytes()) peak_bytes_.store(used, std::memory_order_relaxed);
  databases_[db]->memory_bytes_ += bytes;
}

void Keyspace::run_call(CommandContext& context, const CommandSpec& spec, Args args, Reply& reply) {
  context.set_writing(spec.is_write());
  const std::size_t mark = reply.mark();
  const std::uint64_t before = last_version_;
  spec.handler(context, args, reply);
  account(context.db_index());
  if (last_version_ == before && spec.is_write() && spec.group == kStreamCommands) {
    for (const std::size_t at : key_positions(spec, args)) {
      ++absent_versions_[kSwapsSlot + 1 + group_slot(context.db_index(), args[at])];
    }
  }
  if (write_listener_ != nullptr && spec.is_write()) {
    write_listener_->written(context.db_index(), spec, args, reply.since(mark));
  }
}

inline std::optional<Keyspace::Lookup> Keyspace::lookup_of(const LocalBatch& batch,
                                                           std::size_t item) const {
  const LocalBatch::Item& call = batch.items_[item];
  if (call.spec == nullptr || call.spec->first_key <= 0) return std::nullopt;
  const auto at = static_cast<std::uint32_t>(call.spec->first_key);
  if (at >= call.arg_count) return std::nullopt;
  const Args args = batch.args_of(call);
  Lookup lookup{&databases_[call.db]->keys(), dense_hash(args[at])};
  const auto element_at = static_cast<std::uint32_t>(call.spec->element_at);
  lookup.has_element = element_at != 0 && element_at < call.arg_count;
  if (lookup.has_element) lookup.element = dense_hash(args[element_at]);
  return lookup;
}

// Of an element the container has to be read now. It is a large one that many calls are about, and
// so near, or this waits for it instead of the call.
void Keyspace::prefetch_index(LocalBatch& batch) {
  if (batch.items_.size() != 1 || !mutex_.try_lock()) return;
  if (const auto lookup = lookup_of(batch, 0)) {
    batch.key_hash_ = lookup->hash;
    if (!lookup->has_element) {
      lookup->keys->prefetch(lookup->hash);
    } else if (const KeyEntry* entry = lookup->keys->prefetch_node(lookup->hash)) {
      entry->value.prefetch_element(lookup->element, PrefetchStep::index);
    }
  }
  mutex_.unlock();
}

void Keyspace::prefetch_key(const LocalBatch& batch) {
  if (!batch.key_hash_ || !mutex_.try_lock()) return;
  const LocalBatch::Item& call = batch.items_.front();
  const KeyEntry* const entry = databases_[call.db]->keys().prefetch_node(*batch.key_hash_);
  // What the call was then may have been refused since.
  const auto element_at = static_cast<std::uint32_t>(call.spec->element_at);
  if (entry != nullptr && element_at != 0 && element_at < call.arg_count) {
    const std::uint32_t element = dense_hash(batch.args_of(call)[element_at]);
    entry->value.prefetch_element(element, PrefetchStep::node);
  }
  mutex_.unlock();
}

// Brings the keys of the next calls into the cache, all at once: one after the other, each lookup
// would wait for memory three times, which is most of what a small command costs.
void Keyspace::prefetch(const LocalBatch& batch, std::size_t first_item) const {
  Lookup lookups[kPrefetchedCalls];
  std::size_t count = 0;
  bool any_element = false;
  const std::size_t end = std::min(first_item + kPrefetchedCalls, batch.items_.size());
  for (std::size_t i = first_item; i < end; ++i) {
    const auto lookup = lookup_of(batch, i);
    if (!lookup) continue;
    lookup->keys->prefetch(lookup->hash);
    any_element = any_element || lookup->has_element;
    lookups[count++] = *lookup;
  }
  const std::span found(lookups, count);
  for (Lookup& lookup : found) lookup.entry = lookup.keys->prefetch_node(lookup.hash);
  for (const Lookup& lookup : found) {
    if (lookup.entry != nullptr) lookup.entry->value.prefetch();
  }
  if (!any_element) return;
  for (const PrefetchStep step : {PrefetchStep::index, PrefetchStep::node, PrefetchStep::value}) {
    for (const Lookup& lookup : found) {
      if (lookup.entry == nullptr || !lookup.has_element) continue;
      lookup.entry->value.prefetch_element(lookup.element, step);
    }
  }
}

void KeyspaceStats::count_error(std::string_view text) {
  const std::string_view code = text.substr(0, std::min(text.find_first_of(" \r"), text.size()));
  const auto found = errors.find(code);
  if (found != errors.end()) {
    ++found->second;
  } else if (errors.size() < kMaxErrorCodes) {
    errors.emplace(code, 1);
  }
}

// Whether it has answered with an error.
bool Keyspace::run_client_call(CommandContext& context, const CommandSpec& spec, Args args,
                               Reply& reply) {
  const std::size_t mark = reply.mark();
  run_call(context, spec, args, reply);
  reply.end_call(mark);
  const std::string_view written = reply.since(mark);
  const bool failed = written.starts_with('-');
  if (failed) stats_.count_error(written.substr(1));
  return failed;
}

void Keyspace::apply_local(LocalBatch& batch, std::int64_t time_ns, std::uint64_t seed) {
  const auto guard = lock();
  begin(time_ns);
  running_session_ = batch.session_;
  apply_items(batch, time_ns, seed);
  tell_waiters(time_ns);
  running_session_ = nullptr;
}

void Keyspace::apply_items(LocalBatch& batch, std::int64_t time_ns, std::uint64_t seed) {
  Reply reply(*batch.out_, batch.protocol_);
  reply.set_limit(batch.largest_output_);
  if (batch.effects_) {
    batch.outdated_ = !run_effects(batch);
    return;
  }
  std::uint32_t op_index = 0;
  CommandContext context(*this, 0, time_ns, seed);
  context.set_session(batch.session_);
  CallTimer timer(batch);
  const bool writes = batch.has_writes();
  // What a record holds is applied as a whole.
  const std::uint64_t defer_above = writes ? kNeverDeferred : batch.defer_above_;
  std::size_t prefetched = batch.next_item_;
  for (std::size_t& i = batch.next_item_; i < batch.items_.size(); ++i) {
    if (!writes && batch.out_->size() >= batch.reply_limit_) return;
    if (i >= prefetched && batch.items_.size() - i > 1) {
      prefetch(batch, i);
      prefetched = i + kPrefetchedCalls;
    }
    const LocalBatch::Item& item = batch.items_[i];
    if (item.spec != nullptr) {
      context.select(item.db);
      context.set_may_block(item.spec->has(kBlocking));
      context.set_touches(batch.touches_ || item.spec->has(kTouches));
      context.set_defer_above(defer_above);
      const bool write = item.spec->is_write();
      context.reseed(write ? call_seed(seed, op_index++, 0) : read_seed(seed, i));
      if (batch.prepared_ != nullptr && write && !use_prepared(batch, context)) return;
      timer.begin(*item.spec);
      const bool failed = run_client_call(context, *item.spec, batch.args_of(item), reply);
      if (context.deferred()) {
        batch.deferred_ = true;
        return;
      }
      timer.called(*item.spec, batch.args_of(item), failed);
      if (batch.reads_ != nullptr && !write) batch.tell_read(item);
      if (observer_ != nullptr && write) observer_->operation_done();
      if (context.blocked()) {
        batch.blocked_ = true;
        batch.waiting_args_ = waiting_arguments(*this, item.db, *item.spec, batch.args_of(item));
        return;
      }
    } else if (item.transaction < 0) {
      reply.raw(batch.args_[item.first_arg]);
    } else {
      const bool write = batch.transactions_[static_cast<std::size_t>(item.transaction)].writes;
      run_transaction(context, batch, i, op_index, seed, timer, reply);
      if (observer_ != nullptr && write) observer_->operation_done();
      if (write) ++op_index;
    }
  }
}

// False when it is outdated. The log has the same condition, and so replay decides the same.
bool Keyspace::use_prepared(LocalBatch& batch, CommandContext& context) {
  PreparedWrite& prepared = *batch.prepared_;
  batch.outdated_ = !guards_hold(prepared.guards_, context.now_ms());
  if (batch.outdated_) return false;
  // Made under other limits it would be another value than replay makes.
  if (prepared.limits_ == limits_) {
    prepared.hand_over();
    context.set_making(&prepared.making_);
  }
  return true;
}

// `item` is moved to the last call of the transaction.
void Keyspace::run_transaction(CommandContext& context, LocalBatch& batch, std::size_t& item,
                               std::uint32_t op_index, std::uint64_t seed, CallTimer& timer,
                               Reply& reply) {
  const auto& transaction =
      batch.transactions_[static_cast<std::size_t>(batch.items_[item].transaction)];
  const std::size_t first = item + 1;
  item += transaction.calls;
  if (!guards_hold(transaction.guards, context.now_ms())) {
    reply.null_array();
    return;
  }
  reply.array_header(transaction.calls);
  context.set_may_block(false);
  context.set_defer_above(kNeverDeferred);
  std::uint32_t writes = 0;
  for (std::size_t i = first; i <= item; ++i) {
    const LocalBatch::Item& call = batch.items_[i];
    context.select(call.db);
    context.set_touches(batch.touches_ || call.spec->has(kTouches));
    const bool write = call.spec->is_write();
    context.reseed(write ? call_seed(seed, op_index, writes++) : read_seed(seed, i));
    timer.begin(*call.spec);
    const bool failed = run_client_call(context, *call.spec, batch.args_of(call), reply);
    timer.called(*call.spec, batch.args_of(call), failed);
    if (batch.reads_ != nullptr && !write) batch.tell_read(call);
  }
}

Status Keyspace::apply_logged(BytesView bytes, std::int64_t time_ns, std::uint64_t seed,
                              std::uint32_t index, bool* executed) {
  TRY(const LoggedOp op, decode_op(bytes));
  const auto guard = lock();
  begin(time_ns);
  TRY_STATUS(run_logged(op, time_ns, seed, index, executed));
  tell_waiters(time_ns);
  return {};
}

// What a script has changed, as the log has it: the same bytes, so that a replay cannot differ.
bool Keyspace::run_effects(LocalBatch& batch) {
  const auto op = decode_op(*batch.effects_);
  ASSERT(op && op->moment);
  bool executed = false;
  const Status done = run_logged(*op, op->moment->time_ns, op->moment->seed, 0, &executed);
  ASSERT(done);
  return executed;
}

Status Keyspace::run_logged(const LoggedOp& op, std::int64_t time_ns, std::uint64_t seed,
                            std::uint32_t index, bool* executed) {
  if (op.moment) {
    time_ns = op.moment->time_ns;
    seed = op.moment->seed;
    index = 0;
  }
  const bool holds = guards_hold(op.guards, time_ns / 1'000'000);
  if (executed != nullptr) *executed = holds;
  if (!holds) return {};
  if (discarded_replies_.capacity() > kKeptReplyBytes) std::string().swap(discarded_replies_);
  CommandContext context(*this, 0, time_ns, seed);
  std::uint32_t writes = 0;
  for (const LoggedCall& call : op.calls) {
    const CommandSpec* spec = keyspace_commands().find_logged(call.args[0]);
    if (spec == nullptr || !arity_fits(*spec, call.args.size()) || !spec->is_write() ||
        call.db >= databases_.size()) {
      return fail(
          Code::corrupt,
          fmt::format("keyspace operation `{}` of {} arguments in database {}: this version "
                      "has no such command",
                      call.args[0], call.args.size(), call.db));
    }
    discarded_replies_.clear();
    Reply reply(discarded_replies_);
    context.select(call.db);
    context.reseed(call_seed(seed, index, writes++));
    run_call(context, *spec, call.args, reply);
  }
  if (observer_ != nullptr) observer_->operation_done();
  return {};
}

bool Keyspace::guards_hold(std::span<const WatchGuard> guards, std::int64_t now_ms) const {
  return std::all_of(guards.begin(), guards.end(), [&](const WatchGuard& guard) {
    if (guard.db == kWholeKeyspace) return version_of_all() == guard.version;
    if (guard.db >= kGroupsOfDatabases) {
      const std::size_t slot = group_slot(guard.db - kGroupsOfDatabases, guard.key);
      return absent_versions_[kSwapsSlot + 1 + slot] == guard.version;
    }
    return version_of(guard.db, guard.key, now_ms) == guard.version;
  });
}

std::uint64_t Keyspace::version_of(unsigned db, std::string_view key, std::int64_t now_ms) const {
  if (db < databases_.size()) {
    const KeyEntry* entry = databases_[db]->find(key);
    if (entry != nullptr && !entry->expired_at(now_ms)) return entry->version;
  }
  return absent_versions_[absent_slot(db, key)];
}

std::size_t Keyspace::absent_slot(unsigned db, std::string_view key) {
  // A fixed seed: these versions must agree between replicas.
  return hash64(key, db) % kAbsentSlots;
}

void Keyspace::swap_databases(unsigned first, unsigned second) {
  if (first == second) return;
  if (observer_ != nullptr) observer_->about_to_swap(first, second);
  if (source_ != nullptr) {
    source_->need_all(*databases_[first]);
    source_->need_all(*databases_[second]);
  }
  ++absent_versions_[kSwapsSlot];
  Database& a = *databases_[first];
  Database& b = *databases_[second];
  std::swap(a.keys_, b.keys_);
  std::swap(a.expiries_, b.expiries_);
  std::swap(a.field_ends_, b.field_ends_);
  std::swap(a.memory_bytes_, b.memory_bytes_);
  note_all_ready(first);
  note_all_ready(second);
}

void Keyspace::set_library(std::string_view name, std::string_view code) {
  libraries_.insert_or_assign(std::string(name), std::string(code));
  libraries_version_.fetch_add(1, std::memory_order_acq_rel);
}

void Keyspace::erase_library(std::string_view name) {
  if (const auto found = libraries_.find(name); found != libraries_.end()) libraries_.erase(found);
  libraries_version_.fetch_add(1, std::memory_order_acq_rel);
}

void Keyspace::clear_libraries() {
  libraries_.clear();
  libraries_version_.fetch_add(1, std::memory_order_acq_rel);
}

void Keyspace::set_origin(std::string_view origin) {
  origin_ = origin;
  is_copy_.store(!origin_.empty(), std::memory_order_release);
}

std::vector<KeyRef> Keyspace::due_keys(std::int64_t now_ms, std::size_t limit) const {
  std::vector<KeyRef> due;
  for (const auto& db : databases_) {
    if (due.size() >= limit) break;
    db->expiries().visit_due(now_ms, [&](const KeyEntry* entry) {
      due.push_back({db->index(), std::string(entry->key())});
      return due.size() < limit;
    });
  }
  return due;
}

std::vector<FieldsRef> Keyspace::due_fields(std::int64_t now_ms, std::size_t limit) const {
  std::vector<FieldsRef> due;
  std::size_t count = 0;
  for (const auto& db : databases_) {
    if (db->field_ends() == nullptr || count >= limit) continue;
    db->field_ends()->visit_due(now_ms, [&](const KeyEntry& entry) {
      FieldsRef ref{db->index(), std::string(entry.key()), {}};
      entry.value.as<HashValue>().visit_due(now_ms, [&](std::string_view field) {
        ref.fields.emplace_back(field);
        return ++count < limit;
      });
      due.push_back(std::move(ref));
      return count < limit;
    });
  }
  return due;
}

void Keyspace::met_expired(unsigned db, const KeyEntry& entry) {
  if (!notes_met_expired_ || met_expired_count_ >= kMaxMetExpired) return;
  met_expired_.keys.push_back({db, std::string(entry.key())});
  ++met_expired_count_;
  has_met_expired_.store(true, std::memory_order_relaxed);
}

bool Keyspace::met_expired_field(unsigned db, std::string_view key, std::string_view field) {
  if (!notes_met_expired_ || met_expired_count_ >= kMaxMetExpired) return false;
  auto& met = met_expired_.fields;
  // One call that asks for several of a hash.
  if (met.empty() || met.back().db != db || met.back().key != key) {
    met.push_back({db, std::string(key), {}});
  }
  met.back().fields.emplace_back(field);
  ++met_expired_count_;
  has_met_expired_.store(true, std::memory_order_relaxed);
  return true;
}

Expired Keyspace::take_met_expired() {
  has_met_expired_.store(false, std::memory_order_relaxed);
  met_expired_count_ = 0;
  return std::exchange(met_expired_, {});
}

std::string Keyspace::waiter_name(unsigned db, std::string_view key) {
  std::string name(1, static_cast<char>(db));
  name.append(key);
  return name;
}

void Keyspace::add_waiter(unsigned db, std::string_view key) { ++waiters_[waiter_name(db, key)]; }

void Keyspace::remove_waiter(unsigned db, std::string_view key) {
  const auto found = waiters_.find(waiter_name(db, key));
  if (found != waiters_.end() && --found->second == 0) waiters_.erase(found);
}

void Keyspace::note_ready(unsigned db, std::string_view key) {
  if (!ready_keys_.empty() && ready_keys_.back().db == db && ready_keys_.back().key == key) return;
  if (waiters_.contains(waiter_name(db, key))) ready_keys_.push_back({db, std::string(key)});
}

void Keyspace::note_all_ready(unsigned db) {
  for (const auto& [name, count] : waiters_) {
    if (static_cast<unsigned char>(name[0]) == db) ready_keys_.push_back({db, name.substr(1)});
  }
}

void Keyspace::tell_waiters(std::int64_t time_ns) {
  if (ready_keys_.empty() || waiters_hook_ == nullptr) return;
  const std::vector<KeyRef> ready = take_ready_keys();
  waiters_hook_->keys_ready(*this, ready, time_ns / 1'000'000);
}

void Keyspace::set_memory_limit(std::int64_t bytes, EvictionPolicy policy) {
  memory_limit_ = bytes;
  eviction_policy_ = policy;
  counts_frequency_ =
      policy == EvictionPolicy::allkeys_lfu || policy == EvictionPolicy::volatile_lfu;
}

void Keyspace::count_access(KeyEntry& entry) const {
  entry.access = frequency_access(entry.access, access_now_ / 60, thread_random());
}

std::uint32_t Keyspace::access_frequency(const KeyEntry& entry, std::int64_t now_ms) const {
  return decayed_frequency(entry.access, static_cast<std::uint32_t>(now_ms / 60'000));
}

std::uint32_t Keyspace::idle_seconds(const KeyEntry& entry, std::int64_t now_ms) const {
  const auto now = static_cast<std::uint32_t>(now_ms / 1000);
  return now > entry.access ? now - entry.access : 0;
}

void Keyspace::before_flush(Database& db) {
  if (observer_ != nullptr) observer_->about_to_flush(db.index());
}

void Keyspace::discard(Object value, unsigned db) {
  if (source_ != nullptr) source_->gone(value);
  const bool large = value.is_string() ? value.memory_bytes() > kLargeStringBytes
                                       : value.element_count() > kLargeElements;
  if (!large && !(pins_.any() && pins_.holds(value.container()))) return;
  discard_later(std::move(value), db);
}

// A map that was flushed may hold anything that is pinned.
bool Keyspace::in_use(const Garbage& piece) const {
  if (piece.keys == nullptr) return pins_.any() && pins_.holds(piece.value.container());
  return pins_.any() || std::any_of(scans_.begin(), scans_.end(), [&](const KeyScan* scan) {
           return scan->keys() == piece.keys.get();
         });
}

void Keyspace::discard(std::unique_ptr<KeyMap> keys, unsigned db) {
  if (snapshot_ != nullptr) keys = snapshot_->before_discard(std::move(keys));
  if (keys != nullptr && !keys->empty()) garbage_.push_back({db, std::move(keys), {}});
}

void Keyspace::discard(std::unique_ptr<Deadlines<KeyEntry>> field_ends, unsigned db) {
  if (field_ends == nullptr || field_ends->size() == 0) return;
  garbage_.push_back({db, nullptr, {}, std::move(field_ends)});
}

bool Keyspace::free_garbage() {
  Garbage piece;
  {
    const auto guard = lock();
    const auto free = std::find_if(garbage_.rbegin(), garbage_.rend(),
                                   [&](const Garbage& one) { return !in_use(one); });
    if (free == garbage_.rend()) return false;
    std::swap(*free, garbage_.back());
    piece = std::move(garbage_.back());
    garbage_.pop_back();
  }
  collect_memory_delta();
  piece.keys.reset();
  piece.value = Object();
  piece.field_ends.reset();
  const std::int64_t delta = collect_memory_delta();
  const auto guard = lock();
  ++stats_.freed_later;
  used_bytes_.fetch_add(delta, std::memory_order_relaxed);
  databases_[piece.db]->memory_bytes_ += delta;
  return !garbage_.empty();
}

}  // namespace octavo::keyspace
