#include "keyspace/context.h"

#include <string>

namespace octavo::keyspace {

namespace {

// Whether a blocked client may be waiting for a value of that kind.
bool is_awaited(Kind kind) {
  return kind == Kind::list || kind == Kind::zset || kind == Kind::stream;
}

}  // namespace

void CommandContext::replace(KeyEntry& entry, Object value) {
  // Whoever waits for a stream's groups must hear that they are gone.
  const bool heard = entry.value.kind() == Kind::stream || is_awaited(value.kind());
  db_->replace(entry, std::move(value));
  if (heard) signal_ready(entry.key());
}

KeyEntry& CommandContext::put(std::string_view key, Object value) {
  KeyEntry* entry = write_entry(key);
  if (entry == nullptr) {
    entry = &db_->create(key);
    db_->place(*entry, std::move(value));
    notify_new(*entry);
    if (is_awaited(entry->value.kind())) signal_ready(key);
    return *entry;
  }
  replace(*entry, std::move(value));
  if (entry->expire_at_ms() != kNoExpiry) db_->set_expiry(*entry, kNoExpiry);
  return *entry;
}

void CommandContext::put_or_erase(std::string_view key, Object value, EventClass kind,
                                  std::string_view event) {
  if (value.is_empty_container()) {
    if (erase_key(key)) notify(EventClass::generic, "del", key);
    return;
  }
  put(key, std::move(value));
  notify(kind, event, key);
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
  if (making_ != nullptr && making_->step == Making::Step::weigh) return;  // changes nothing
  const std::string key(entry.key());
  db_->erase(entry);
  ++keyspace_.stats().expired_keys;
  notify(EventClass::expired, "expired", key);
}

}  // namespace octavo::keyspace
