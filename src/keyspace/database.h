#pragma once

// One numbered database: its keys, and the only functions that change them. Each change first
// tells whoever must see the old value (a running snapshot, feeds), then takes a new version.
//
// Expiry is not judged here: callers compare `expire_at_ms` with the time of their command.

#include <cstdint>
#include <memory>
#include <string_view>

#include "keyspace/expiry_heap.h"
#include "keyspace/type/key_entry.h"
#include "keyspace/type/object.h"

namespace octavo::keyspace {

class Keyspace;

class Database {
 public:
  Database(Keyspace& owner, unsigned index)
      : owner_(owner), index_(index), keys_(std::make_unique<KeyMap>()) {}

  unsigned index() const { return index_; }
  std::uint32_t size() const { return keys_->size(); }
  const KeyMap& keys() const { return *keys_; }
  const ExpiryHeap& expiries() const { return expiries_; }
  std::int64_t memory_bytes() const { return memory_bytes_; }

  KeyEntry* find(std::string_view key) const { return keys_->find(key); }

  // Adds an absent key with an empty string.
  KeyEntry& create(std::string_view key);
  // Access for changing the value; call it before the change.
  Object& edit(KeyEntry& entry);
  // The same in two steps, for commands that may turn out to change nothing: `prepare` before the
  // first change, `commit` when there was one. Waits while the value is pinned.
  Object& prepare(KeyEntry& entry);
  void commit(KeyEntry& entry);
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

  KeyEntry& add(std::string_view key);

  Keyspace& owner_;
  unsigned index_;
  std::unique_ptr<KeyMap> keys_;
  ExpiryHeap expiries_;
  std::int64_t memory_bytes_ = 0;
};

}  // namespace octavo::keyspace
