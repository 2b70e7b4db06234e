#pragma once

// What a handler may use. Handlers are deterministic: time and randomness come from here, and
// here they come from the log record (for writes) or from the caller (for reads).
//
// A read sees keys that have expired as absent; a write removes those that it meets.

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

#include "base/cancel.h"
#include "base/random.h"
#include "keyspace/command.h"
#include "keyspace/database.h"
#include "keyspace/keyspace.h"
#include "keyspace/observer.h"
#include "keyspace/reply.h"
#include "keyspace/type/object.h"

namespace octavo::keyspace {

// Of an argument that becomes a value, for what it costs to make that: at least so many.
inline constexpr std::size_t kBytesPerElement = 16;

// How the value of a write that makes one of much comes about: see prepared_write.h.
struct Making {
  enum class Step : std::uint8_t {
    weigh,  // only says of how many elements
    make,   // only makes it
    use,    // the write takes it from here
  };
  Step step = Step::make;
  std::uint64_t elements = 0;
  std::optional<Object> value;
};

class CommandContext {
 public:
  CommandContext(Keyspace& keyspace, unsigned db, std::int64_t time_ns, std::uint64_t seed)
      : keyspace_(keyspace), db_(&keyspace.database(db)), time_ns_(time_ns), seed_(seed) {}

  Keyspace& keyspace() { return keyspace_; }
  Database& db() { return *db_; }
  unsigned db_index() const { return db_->index(); }
  void select(unsigned db) { db_ = &keyspace_.database(db); }
  std::int64_t now_ms() const { return time_ns_ / 1'000'000; }
  std::int64_t now_ns() const { return time_ns_; }
  Random& random() {
    if (!random_) random_.emplace(seed_);
    return *random_;
  }
  void reseed(std::uint64_t seed) {
    seed_ = seed;
    random_.reset();
  }
  const EncodingLimits& limits() const { return keyspace_.limits(); }

  // Inside MULTI or a script nothing may wait.
  bool may_block() const { return may_block_; }
  void set_may_block(bool may) { may_block_ = may; }
  // A handler that found nothing and may wait calls this instead of replying.
  void block() { blocked_ = true; }
  bool blocked() const { return blocked_; }
  // To be asked before a read that visits many elements, before anything was written: when true,
  // the handler returns, and is called again where it holds nobody up.
  bool defer(std::uint64_t elements) {
    if (elements <= defer_above_) return false;
    deferred_ = true;
    return true;
  }
  bool deferred() const { return deferred_; }
  void set_defer_above(std::uint64_t elements) { defer_above_ = elements; }
  // A write that puts a value made of `elements` others somewhere makes it through this, before it
  // changes anything. nullopt: the error is written, or that was all that is wanted of the handler
  // now; it returns. `make` returns a std::optional<Object>, empty when it has written an error.
  template <class Make>
  std::optional<Object> make(std::uint64_t elements, Make&& make) {
    if (making_ == nullptr) return make();
    switch (making_->step) {
      case Making::Step::weigh: making_->elements = elements; return std::nullopt;
      case Making::Step::make: making_->value = make(); return std::nullopt;
      case Making::Step::use: break;
    }
    if (making_->value) return std::exchange(making_->value, std::nullopt);
    return make();
  }
  void set_making(Making* making) { making_ = making; }
  // Whether `make` does anything else than calling its argument.
  bool making() const { return making_ != nullptr; }
  // To be asked for each element of a loop that may be long: false when nobody wants the result.
  bool go_on() {
    return ++steps_ % kStepsPerLook != 0 || token_ == nullptr || !token_->cancelled();
  }
  void set_token(const CancelToken* token) { token_ = token; }
  // Set while a write of the log is applied.
  bool writing() const { return writing_; }
  void set_writing(bool writing) { writing_ = writing; }
  // What a script asks for has an order where a set has none.
  bool for_script() const { return for_script_; }
  void set_for_script(bool is) { for_script_ = is; }
  // Whether looking at a key counts as using it.
  void set_touches(bool touches) { touches_ = touches; }
  // For the protocol's own handlers.
  void* session() const { return session_; }
  void set_session(void* session) { session_ = session; }

  // --- reading ---
  // The entry, or nullptr when absent or expired. Counts a hit or a miss, and notes the access.
  const KeyEntry* read_entry(std::string_view key) {
    const KeyEntry* entry = look_up_entry(key);
    if (entry != nullptr && touches_) keyspace_.note_access(*const_cast<KeyEntry*>(entry));
    return entry;
  }
  // As above, but for questions that are no use of the key (EXISTS, TTL, …): no access.
  const KeyEntry* look_up_entry(std::string_view key) {
    const KeyEntry* entry = peek_entry(key);
    ++(entry == nullptr ? keyspace_.stats().misses : keyspace_.stats().hits);
    return entry;
  }
  // As above, unnoticed.
  const KeyEntry* peek_entry(std::string_view key) const {
    const KeyEntry* entry = db_->find(key);
    return entry == nullptr || has_expired(*entry) ? nullptr : entry;
  }
  // Of a key that is asked for: one that has, goes soon.
  bool has_expired(const KeyEntry& entry) const {
    if (!entry.expired_at(now_ms())) return false;
    keyspace_.met_expired(db_->index(), entry);
    return true;
  }
  // nullopt: another kind, and the error is written. nullptr: absent.
  template <class T>
  std::optional<const T*> read(std::string_view key, Reply& reply) {
    const KeyEntry* entry = read_entry(key);
    if (entry == nullptr) return nullptr;
    if (entry->value.kind() != KindOf<T>::kKind) {
      reply.wrong_type();
      return std::nullopt;
    }
    return &entry->value.as<T>();
  }

  // --- writing ---
  // The entry to change, or nullptr; an expired one is removed.
  KeyEntry* write_entry(std::string_view key) {
    KeyEntry* entry = db_->find(key);
    if (entry == nullptr) return nullptr;
    if (entry->expired_at(now_ms())) {
      remove_expired(*entry);
      return nullptr;
    }
    if (touches_) keyspace_.note_access(*entry);
    return entry;
  }
  // nullopt: another kind, and the error is written. nullptr: absent.
  template <class T>
  std::optional<KeyEntry*> write(std::string_view key, Reply& reply) {
    KeyEntry* entry = write_entry(key);
    if (entry != nullptr && entry->value.kind() != KindOf<T>::kKind) {
      reply.wrong_type();
      return std::nullopt;
    }
    return entry;
  }
  // Call before each change, not before looking.
  template <class T>
  T& edit(KeyEntry& entry) {
    return db_->edit(entry).as<T>();
  }
  template <class T>
  T& prepare(KeyEntry& entry) {
    return db_->prepare(entry).as<T>();
  }
  void commit(KeyEntry& entry) { db_->commit(entry); }
  // A new key with an empty value of that kind.
  template <class T>
  KeyEntry& create(std::string_view key) {
    KeyEntry& entry = db_->create(key);
    if constexpr (KindOf<T>::kKind != Kind::string) entry.value = Object(new T);
    notify_new(entry);
    return entry;
  }
  // The value to change, made when absent. nullptr: another kind, and the error is written.
  template <class T>
  KeyEntry* write_or_create(std::string_view key, Reply& reply) {
    const auto entry = write<T>(key, reply);
    if (!entry) return nullptr;
    return *entry != nullptr ? *entry : &create<T>(key);
  }
  // Another value, which forgets what the old one was; the time to live stays.
  void replace(KeyEntry& entry, Object value);
  // Replaces whatever is there and forgets the time to live.
  KeyEntry& put(std::string_view key, Object value);
  // What a `…STORE` does with its result: an empty container is no key.
  void put_or_erase(std::string_view key, Object value, EventClass kind, std::string_view event);
  void erase(KeyEntry& entry) { db_->erase(entry); }
  // Removes a key whose container became empty, with the "del" event.
  bool erase_if_empty(KeyEntry& entry);
  // Removes a key by name; false when it was not there.
  bool erase_key(std::string_view key);
  void remove_expired(KeyEntry& entry);

  void notify(EventClass kind, std::string_view event, std::string_view key) {
    ++keyspace_.stats().changes;
    if (keyspace_.observer() != nullptr) {
      keyspace_.observer()->changed(db_->index(), key, kind, event);
    }
  }
  // Call when a value got something that a blocked client may be waiting for; `put` and `replace`
  // do it.
  void signal_ready(std::string_view key) { keyspace_.signal_ready(db_->index(), key); }

 private:
  void notify_new(const KeyEntry& entry) {
    if (keyspace_.observer() != nullptr) {
      keyspace_.observer()->changed(db_->index(), entry.key(), EventClass::new_key, "new");
    }
  }

  Keyspace& keyspace_;
  Database* db_;
  std::int64_t time_ns_;
  std::uint64_t seed_;
  std::optional<Random> random_;
  bool may_block_ = false;
  bool blocked_ = false;
  bool deferred_ = false;
  std::uint64_t defer_above_ = kNeverDeferred;
  static constexpr std::uint32_t kStepsPerLook = 1024;

  bool writing_ = false;
  bool for_script_ = false;
  bool touches_ = true;
  Making* making_ = nullptr;
  std::uint32_t steps_ = 0;
  const CancelToken* token_ = nullptr;
  void* session_ = nullptr;
};

}  // namespace octavo::keyspace
