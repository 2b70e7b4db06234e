#pragma once

// One numbered database: its keys, and the only functions that change them. Each change first
// tells whoever must see the old value (a running snapshot, feeds), then takes a new version.
//
// Expiry is not judged here: callers compare `expire_at_ms` with the time of their command.

#include <cstdint>
#include <memory>
#include <string_view>

#include "keyspace/type/deadlines.h"
#include "keyspace/type/expiry_heap.h"
#include "keyspace/type/key_entry.h"
#include "keyspace/type/object.h"

namespace octavo::keyspace {

class Database;
class Keyspace;

// Where a keyspace that is not the whole one gets what it lacks (workspace.h).
class KeySource {
 public:
  virtual ~KeySource() = default;
  // What a look-up of a key found, or null: what it shall find.
  virtual KeyEntry* found(Database& db, std::string_view key, KeyEntry* entry) = 0;
  // All keys of a database are wanted, or the number of them; they are about to go at once.
  virtual void need_all(Database& db) = 0;
  virtual void about_to_clear(Database& db) = 0;
  // A value is about to change in place.
  virtual void about_to_edit(KeyEntry& entry) = 0;
  // A value has gone; it is empty when that returns if it was another's.
  virtual void gone(Object& value) = 0;
};

class Database {
 public:
  Database(Keyspace& owner, unsigned index)
      : owner_(owner), index_(index), keys_(std::make_unique<KeyMap>()) {}

  unsigned index() const { return index_; }
  std::uint32_t size() const { return keys().size(); }
  const KeyMap& keys() const {
    if (source_ != nullptr) source_->need_all(const_cast<Database&>(*this));
    return *keys_;
  }
  const ExpiryHeap<KeyEntry>& expiries() const { return expiries_; }
  // Hashes with fields that end, each with when the first of them does; null: none so far.
  const Deadlines<KeyEntry>* field_ends() const { return field_ends_.get(); }
  std::int64_t memory_bytes() const { return memory_bytes_; }

  KeyEntry* find(std::string_view key) const {
    KeyEntry* entry = keys_->find(key);
    if (source_ == nullptr) return entry;
    return source_->found(const_cast<Database&>(*this), key, entry);
  }

  // Adds an absent key with an empty string.
  KeyEntry& create(std::string_view key);
  // Access for changing the value; call it before the change.
  Object& edit(KeyEntry& entry);
  // The same in two steps, for commands that may turn out to change nothing: `prepare` before the
  // first change, `commit` when there was one. Waits while the value is pinned.
  Object& prepare(KeyEntry& entry);
  void commit(KeyEntry& entry);
  // The value of an entry that was created.
  void place(KeyEntry& entry, Object value);
  // To be told when fields of a hash may end at other times than before: after the change.
  void note_field_ends(KeyEntry& entry);
  // Another value; the old one is freed, at once or later.
  void replace(KeyEntry& entry, Object value);
  void set_expiry(KeyEntry& entry, std::int64_t at_ms);  // kNoExpiry: for ever
  void erase(KeyEntry& entry);
  // Erases and hands out the value, which may be pinned: to be placed again, or to be given to
  // Keyspace::discard.
  Object take(KeyEntry& entry);
  void clear();

 private:
  friend class Keyspace;
  friend class SnapshotLoader;
  friend class Workspace;

  KeyEntry& add(std::string_view key);
  void forget_field_ends(const KeyEntry& entry);
  void forget_expiry(KeyEntry& entry);

  Keyspace& owner_;
  unsigned index_;
  std::unique_ptr<KeyMap> keys_;
  ExpiryHeap<KeyEntry> expiries_;
  std::unique_ptr<Deadlines<KeyEntry>> field_ends_;  // made when it is needed
  KeySource* source_ = nullptr;
  std::int64_t memory_bytes_ = 0;
};

}  // namespace octavo::keyspace
