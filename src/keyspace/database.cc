#include "keyspace/database.h"

#include <new>
#include <utility>

#include "keyspace/keyspace.h"
#include "keyspace/type/access_clock.h"
#include "keyspace/type/hash_value.h"

namespace octavo::keyspace {
namespace {

bool is_timed(const Object& value) {
  return value.kind() == Kind::hash && value.as<HashValue>().is_timed();
}

}  // namespace

KeyEntry* KeyEntry::create(std::string_view key) {
  auto* entry = new (allocate(sizeof(KeyEntry) + key.size())) KeyEntry;
  entry->key_size = static_cast<std::uint32_t>(key.size());
  std::memcpy(entry->bytes(), key.data(), key.size());
  return entry;
}

void KeyEntry::expire_at(std::int64_t at_ms) {
  if (at_ms == kNoExpiry) {
    release(std::exchange(expiry, nullptr));
    return;
  }
  if (expiry == nullptr) expiry = new (allocate(sizeof(KeyExpiry))) KeyExpiry;
  expiry->at_ms = at_ms;
}

void KeyEntry::destroy(KeyEntry* entry) {
  release(entry->expiry);
  entry->~KeyEntry();
  release(entry);
}

KeyEntry& Database::add(std::string_view key) {
  KeyEntry* entry = KeyEntry::create(key);
  entry->snapshot_epoch = owner_.snapshot_epoch_;
  keys_->insert(entry, dense_hash(key));
  return *entry;
}

KeyEntry& Database::create(std::string_view key) {
  owner_.before_change(*this, nullptr, key);
  KeyEntry& entry = add(key);
  // Whoever watches this key as absent must see that it was there, even when it goes again.
  owner_.absent_version(index_, key) = ++owner_.last_version_;
  entry.version = ++owner_.last_version_;
  entry.access = owner_.counts_frequency_
                     ? access_of_frequency(kNewKeyFrequency, owner_.access_now_ / 60)
                     : owner_.access_now_;
  return entry;
}

Object& Database::edit(KeyEntry& entry) {
  Object& value = prepare(entry);
  commit(entry);
  return value;
}

Object& Database::prepare(KeyEntry& entry) {
  owner_.before_change(*this, &entry, entry.key());
  if (owner_.pins_.any()) owner_.pins_.wait_until_free(entry.value.container());
  if (source_ != nullptr) source_->about_to_edit(entry);
  return entry.value;
}

void Database::replace(KeyEntry& entry, Object value) {
  owner_.before_change(*this, &entry, entry.key());
  commit(entry);
  forget_field_ends(entry);
  owner_.discard(std::exchange(entry.value, std::move(value)), index_);
  note_field_ends(entry);
}

void Database::place(KeyEntry& entry, Object value) {
  entry.value = std::move(value);
  note_field_ends(entry);
}

void Database::note_field_ends(KeyEntry& entry) {
  if (!is_timed(entry.value)) return;
  const std::int64_t at_ms = entry.value.as<HashValue>().next_end();
  if (at_ms == kNoExpiry) return forget_field_ends(entry);
  if (field_ends_ == nullptr) field_ends_ = std::make_unique<Deadlines<KeyEntry>>();
  field_ends_->set(entry, at_ms);
}

void Database::forget_field_ends(const KeyEntry& entry) {
  if (field_ends_ != nullptr && is_timed(entry.value)) field_ends_->remove(entry);
}

void Database::commit(KeyEntry& entry) { entry.version = ++owner_.last_version_; }

void Database::set_expiry(KeyEntry& entry, std::int64_t at_ms) {
  owner_.before_change(*this, &entry, entry.key());
  commit(entry);
  if (at_ms == kNoExpiry) return forget_expiry(entry);
  entry.expire_at(at_ms);
  expiries_.update(&entry);
}

void Database::forget_expiry(KeyEntry& entry) {
  if (entry.expiry == nullptr) return;
  expiries_.remove(&entry);
  entry.expire_at(kNoExpiry);
}

Object Database::take(KeyEntry& entry) {
  owner_.before_change(*this, &entry, entry.key());
  ++owner_.last_version_;
  if (entry.value.kind() == Kind::stream) owner_.signal_ready(index_, entry.key());
  forget_expiry(entry);
  forget_field_ends(entry);
  Object value = std::move(entry.value);
  owner_.before_erase(*keys_, entry);
  keys_->erase(&entry);
  return value;
}

void Database::erase(KeyEntry& entry) { owner_.discard(take(entry), index_); }

void Database::clear() {
  if (source_ != nullptr) source_->about_to_clear(*this);
  owner_.before_flush(*this);
  owner_.stats().changes += keys_->size();
  ++owner_.last_version_;
  expiries_ = ExpiryHeap<KeyEntry>();
  owner_.discard(std::move(field_ends_), index_);
  owner_.discard(std::exchange(keys_, std::make_unique<KeyMap>()), index_);
  owner_.note_all_ready(index_);
}

}  // namespace octavo::keyspace
