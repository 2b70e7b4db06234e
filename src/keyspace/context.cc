#include "keyspace/context.h"

#include <string>

namespace octavo::keyspace {

KeyEntry& CommandContext::put(std::string_view key, Object value) {
  KeyEntry* entry = write_entry(key);
  if (entry == nullptr) {
    entry = &db_->create(key);
    entry->value = std::move(value);
    notify_new(*entry);
    return *entry;
  }
  // Whoever waits for its groups must hear that they are gone.
  if (entry->value.kind() == Kind::stream) signal_ready(key);
  db_->edit(*entry) = std::move(value);
  if (entry->expire_at_ms != kNoExpiry) db_->set_expiry(*entry, kNoExpiry);
  return *entry;
}

bool CommandContext::erase_if_empty(KeyEntry& entry) {
  if (!entry.value.is_empty_container()) return false;
  const std::string key(entry.key());
  db_->erase(entry);
  notify(EventClass::generic, "del", key);
  return true;
}

bool CommandContext::erase_key(std::string_view key) {
  KeyEntry* entry = write_entry(key);
  if (entry == nullptr) return false;
  db_->erase(*entry);
  return true;
}

void CommandContext::remove_expired(KeyEntry& entry) {
  const std::string key(entry.key());
  db_->erase(entry);
  ++keyspace_.stats().expired_keys;
  notify(EventClass::expired, "expired", key);
}

}  // namespace octavo::keyspace
