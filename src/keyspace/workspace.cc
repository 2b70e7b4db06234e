#include "keyspace/workspace.h"

#include <algorithm>
#include <chrono>
#include <thread>

#include "base/assert.h"
#include "keyspace/context.h"
#include "keyspace/deferred_read.h"
#include "keyspace/group_versions.h"
#include "keyspace/type/memory.h"

namespace octavo::keyspace {
namespace {

// Larger values are borrowed rather than copied while everybody waits.
constexpr std::uint64_t kCopiedElements = 1000;
constexpr std::size_t kSearchedGuards = 16;
// Of a whole database, under one hold of the mutex.
constexpr std::uint32_t kKeysPerStep = 1024;
constexpr std::chrono::microseconds kPauseBetweenSteps{50};
constexpr std::chrono::microseconds kPauseBetweenTries{20};

Keyspace::Options options_like(const Keyspace& owner) {
  Keyspace::Options options;
  options.databases = owner.database_count();
  options.max_string_bytes = owner.max_string_bytes();
  return options;
}

std::string name_of(unsigned db, std::string_view key) {
  std::string name(1, static_cast<char>(db));
  name.append(key);
  return name;
}

}  // namespace

Workspace::Workspace(Keyspace& owner) : owner_(owner), view_(options_like(owner)) {
  view_.source_ = this;
  for (const auto& db : view_.databases_) db->source_ = this;
}

Workspace::~Workspace() { end(); }

void Workspace::begin(const Moment& moment, std::size_t limit_bytes, bool may_take_long) {
  end();
  collect_memory_delta();
  moment_ = moment;
  limit_bytes_ = limit_bytes;
  may_take_long_ = may_take_long;
  lacks_time_ = false;
  view_.begin(moment.time_ns);
}

void Workspace::end() {
  let_go_of_pins();
  for (const auto& db : view_.databases_) {
    if (db->keys_->empty()) continue;
    forget_borrowed(*db->keys_);
    db->expiries_ = ExpiryHeap<KeyEntry>();
    db->field_ends_.reset();
    db->keys_->clear();
  }
  while (view_.free_garbage()) {
  }
  borrowed_.clear();
  guards_.clear();
  watched_.clear();
  known_.clear();
  whole_.assign(view_.database_count(), false);
  guards_all_ = false;
  moments_ = 0;
  broken_ = false;
  write_count_ = 0;
  read_count_ = 0;
  calls_.clear();
  bytes_ = 0;
  collect_memory_delta();
}

bool Workspace::has_time_for(std::uint64_t elements) {
  if (may_take_long_ || elements <= kDeferAbove) return true;
  lacks_time_ = broken_ = true;
  return false;
}

// False: broken. Whoever holds the mutex may be waiting for what is pinned here.
bool Workspace::lock_owner() {
  if (broken_) return false;
  const bool pinned =
      std::any_of(borrowed_.begin(), borrowed_.end(), [](const auto& one) { return one.pinned; });
  while (!owner_.try_lock()) {
    if (!pinned) {
      owner_.wait_for_lock();
      break;
    }
    if (owner_.pins().anybody_waits()) {
      broken_ = true;
      return false;
    }
    std::this_thread::sleep_for(kPauseBetweenTries);
  }
  view_.set_limits(owner_.limits());
  return true;
}

bool Workspace::knows(unsigned db, std::string_view key) const {
  if (whole_[db]) return true;
  if (!known_.empty()) return known_.contains(name_of(db, key));
  return std::any_of(guards_.begin(), guards_.end(),
                     [&](const WatchGuard& guard) { return guard.db == db && guard.key == key; });
}

// With the owner's mutex held.
void Workspace::note(unsigned db, std::string_view key) {
  const std::int64_t now_ms = moment_.time_ns / 1'000'000;
  guards_.push_back({db, std::string(key), owner_.version_of(db, key, now_ms)});
  if (guards_.size() <= kSearchedGuards) return;
  if (known_.empty()) {
    for (const WatchGuard& guard : guards_) known_.insert(name_of(guard.db, guard.key));
  } else {
    known_.insert(name_of(db, key));
  }
}

// With the owner's mutex held.
KeyEntry* Workspace::copy_entry(Database& db, const KeyEntry& live) {
  if (live.value.kind() == Kind::stream) {
    const std::size_t slot = Keyspace::kSwapsSlot + 1 + group_slot(db.index(), live.key());
    guards_.push_back(
        {groups_of(db.index()), std::string(live.key()), owner_.absent_versions_[slot]});
  }
  KeyEntry& own = db.add(live.key());
  own.version = live.version;
  own.expire_at(live.expire_at_ms());
  own.access = live.access;
  const void* const container = live.value.container();
  if (container == nullptr || live.value.cost() <= kCopiedElements) {
    own.value = live.value.clone();
    return &own;
  }
  own.value = live.value.alias();
  borrowed_.push_back({container, db.index(), std::string(live.key()), live.version});
  if (calling_) {
    owner_.pins().pin(container);
    borrowed_.back().pinned = true;
  }
  return &own;
}

// With the owner's mutex held.
void Workspace::take(Database& db, std::string_view key) {
  note(db.index(), key);
  KeyEntry* live = owner_.database(db.index()).find(key);
  if (live == nullptr || live->expired_at(moment_.time_ns / 1'000'000)) return;
  owner_.note_access(*live);
  copy_entry(db, *live);
}

void Workspace::bring(unsigned db, std::span<const std::string_view> keys) {
  Database& target = view_.database(db);
  bool locked = false;
  for (const std::string_view key : keys) {
    if (knows(db, key) || target.keys_->find(key) != nullptr) continue;
    if (!locked && !lock_owner()) return;
    if (!locked) ++moments_;
    locked = true;
    take(target, key);
  }
  if (locked) owner_.unlock();
  count_bytes();
}

bool Workspace::add_guards(std::span<const WatchGuard> guards) {
  if (guards.empty()) return true;
  if (!lock_owner()) return true;
  ++moments_;
  const bool hold = owner_.guards_hold(guards, moment_.time_ns / 1'000'000);
  owner_.unlock();
  // They stand beside the ones that say what is known here: a key may have two.
  if (hold) watched_.insert(watched_.end(), guards.begin(), guards.end());
  return hold;
}

void Workspace::count_bytes() {
  const std::int64_t delta = collect_memory_delta();
  bytes_ = static_cast<std::size_t>(
      std::max<std::int64_t>(static_cast<std::int64_t>(bytes_) + delta, 0));
}

KeyEntry* Workspace::found(Database& db, std::string_view key, KeyEntry* entry) {
  if (entry != nullptr) {
    if (!borrowed_.empty() && entry->value.container() != nullptr) pin(*entry);
    return entry;
  }
  if (knows(db.index(), key) || !lock_owner()) return nullptr;
  ++moments_;
  take(db, key);
  owner_.unlock();
  return db.keys_->find(key);
}

Workspace::Borrowed* Workspace::borrowed(const Object& value) {
  const void* const container = value.container();
  if (container == nullptr) return nullptr;
  const auto one = std::find_if(borrowed_.begin(), borrowed_.end(), [&](const Borrowed& other) {
    return other.container == container && !other.returned;
  });
  return one == borrowed_.end() ? nullptr : &*one;
}

// What an entry stands for may have changed or gone since the last call.
void Workspace::pin(KeyEntry& entry) {
  Borrowed* const one = borrowed(entry.value);
  if (one == nullptr || one->pinned || !calling_) return;
  if (lock_owner()) {
    const KeyEntry* live = owner_.database(one->db).find(one->key);
    const bool same = live != nullptr && live->version == one->version &&
                      live->value.container() == one->container;
    if (same) owner_.pins().pin(one->container);
    owner_.unlock();
    one->pinned = same;
    if (same) return;
  }
  broken_ = true;
  one->returned = true;
  entry.value.forget();
}

void Workspace::let_go_of_pins() {
  if (borrowed_.empty()) return;
  std::vector<const void*> pinned;
  for (Borrowed& one : borrowed_) {
    if (std::exchange(one.pinned, false)) pinned.push_back(one.container);
  }
  if (!pinned.empty()) owner_.pins().unpin(pinned);
  std::erase_if(borrowed_, [](const Borrowed& one) { return one.returned; });
}

void Workspace::about_to_edit(KeyEntry& entry) {
  Borrowed* const one = borrowed(entry.value);
  if (one == nullptr) return;
  ASSERT(one->pinned);
  (void)has_time_for(entry.value.cost());  // broken or not, the caller changes what it gets
  Object copy = entry.value.clone();
  entry.value.forget();
  entry.value = std::move(copy);
  one->returned = true;
}

void Workspace::gone(Object& value) {
  Borrowed* const one = borrowed(value);
  if (one == nullptr) return;
  value.forget();
  one->returned = true;
}

void Workspace::forget_borrowed(const KeyMap& keys) {
  if (borrowed_.empty()) return;
  for (std::uint32_t i = 0; i < keys.size(); ++i) gone(keys.at(i)->value);
}

void Workspace::about_to_clear(Database& db) {
  forget_borrowed(*db.keys_);
  whole_[db.index()] = true;
}

// In the owner's order, so that cursors of SCAN mean the same in the next script.
void Workspace::need_all(Database& db) {
  if (whole_[db.index()]) return;
  auto keys = std::make_unique<KeyMap>();
  std::swap(keys, db.keys_);  // what was here already
  const Database& live = owner_.database(db.index());
  std::uint32_t next = 0;
  std::uint64_t version = 0;
  for (bool more = true; more && !broken_ && !is_full();) {
    if (!lock_owner()) break;
    if (next == 0) version = owner_.version_of_all();
    if (!has_time_for(live.size())) {
      owner_.unlock();
      break;
    }
    if (version != owner_.version_of_all()) broken_ = true;
    const std::uint32_t end = std::min(live.size(), next + kKeysPerStep);
    for (; next < end && !broken_; ++next) {
      const KeyEntry& entry = *live.keys().at(next);
      if (KeyEntry* known = keys->find(entry.key())) {
        keys->extract(known);
        db.keys_->insert(known);
      } else if (!knows(db.index(), entry.key()) &&
                 !entry.expired_at(moment_.time_ns / 1'000'000)) {
        copy_entry(db, entry);
      }
    }
    more = next < live.size();
    owner_.unlock();
    count_bytes();
    if (more) std::this_thread::sleep_for(kPauseBetweenSteps);
  }
  while (!keys->empty()) {
    KeyEntry* made_here = keys->at(0);
    keys->extract(made_here);
    db.keys_->insert(made_here);
  }
  whole_[db.index()] = true;
  ++moments_;
  if (!guards_all_) guards_.push_back({kWholeKeyspace, {}, version});
  // Of another database at another version: nothing that was seen holds.
  if (guards_all_ && guards_all_version_ != version) broken_ = true;
  guards_all_ = true;
  guards_all_version_ = version;
}

void Workspace::bring_named(const CommandSpec& spec, unsigned db, Args args) {
  if (spec.first_key <= 0 && spec.key_rule == KeyRule::range) return;
  // One key is found as well when it is looked for.
  if (spec.first_key == spec.last_key && spec.key_rule == KeyRule::range) return;
  std::vector<std::string_view> keys;
  for (const std::size_t at : key_positions(spec, args)) keys.push_back(args[at]);
  bring(db, keys);
}

void Workspace::call(const CommandSpec& spec, unsigned db, Args args, Reply& reply,
                     const Caller& caller) {
  calling_ = true;
  bring_named(spec, db, args);
  CommandContext context(view_, db, moment_.time_ns, 0);
  context.set_session(caller.session);
  context.set_token(caller.token);
  context.set_for_script(caller.is_script);
  if (!may_take_long_) context.set_defer_above(kDeferAbove);
  const bool write = spec.is_write();
  context.set_writing(write);
  context.reseed(write ? call_seed(moment_.seed, 0, write_count_)
                       : call_seed(~moment_.seed, read_count_++, 0));
  const std::uint64_t before = view_.version_of_all();
  const std::size_t mark = reply.mark();
  spec.handler(context, args, reply);
  reply.end_call(mark);
  if (context.deferred()) lacks_time_ = broken_ = true;
  const bool is_versioned = view_.version_of_all() != before;
  const bool failed = reply.since(mark).starts_with('-');
  const bool is_of_groups = write && !is_versioned && !failed && spec.group == kStreamCommands;
  if (write && (is_versioned || is_of_groups)) {
    ++write_count_;
    one_call_.clear();
    encode_call(one_call_, db, args);
    put_length_prefixed(calls_, one_call_);
  }
  let_go_of_pins();
  calling_ = false;
  count_bytes();
}

bool Workspace::still_holds() {
  if (broken_) return false;
  if (moments_ <= 1) return true;
  const auto guard = owner_.lock();
  const std::int64_t now_ms = moment_.time_ns / 1'000'000;
  return owner_.guards_hold(guards_, now_ms) && owner_.guards_hold(watched_, now_ms);
}

Bytes Workspace::effects() const {
  if (watched_.empty()) return encode_effects(moment_, guards_, write_count_, calls_);
  std::vector<WatchGuard> all = guards_;
  all.insert(all.end(), watched_.begin(), watched_.end());
  return encode_effects(moment_, all, write_count_, calls_);
}

}  // namespace octavo::keyspace
