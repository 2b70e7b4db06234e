#include "protocol/redis/state/blocking.h"

#include <algorithm>

namespace octavo::redis {

BlockedClients::BlockedClients(keyspace::Keyspace& keyspace, std::function<std::int64_t()> now_ms)
    : keyspace_(keyspace), now_ms_(std::move(now_ms)) {
  const auto lock = keyspace_.lock();
  keyspace_.set_waiters_hook(this);
}

BlockedClients::~BlockedClients() {
  const auto lock = keyspace_.lock();
  keyspace_.set_waiters_hook(nullptr);
}

std::string BlockedClients::name_of(unsigned db, std::string_view key) {
  std::string name;
  name.push_back(static_cast<char>(db));
  name.append(key);
  return name;
}

void BlockedClients::add(const BlockedClientPtr& client) {
  const auto keyspace_lock = keyspace_.lock();
  const MutexLock lock(mutex_);
  count_.fetch_add(1, std::memory_order_relaxed);
  for (const auto& key : client->keys) {
    auto& queue = waiting_[name_of(key.db, key.key)];
    if (std::ranges::find(queue, client) != queue.end()) continue;
    queue.push_back(client);
    keyspace_.add_waiter(key.db, key.key);
  }
  offer_keys_of(*client);
}

void BlockedClients::remove(const BlockedClientPtr& client) {
  const auto keyspace_lock = keyspace_.lock();
  const MutexLock lock(mutex_);
  count_.fetch_sub(1, std::memory_order_relaxed);
  for (const auto& key : client->keys) {
    const auto it = waiting_.find(name_of(key.db, key.key));
    if (it == waiting_.end() || std::erase(it->second, client) == 0) continue;
    keyspace_.remove_waiter(key.db, key.key);
    if (it->second.empty()) waiting_.erase(it);
  }
  offer_keys_of(*client);
}

WaitEnd BlockedClients::end_of(const BlockedClient& client) const {
  const MutexLock lock(mutex_);
  return client.end;
}

std::optional<std::size_t> BlockedClients::ready_key(const BlockedClient& client) const {
  const MutexLock lock(mutex_);
  return client.ready;
}

void BlockedClients::tried(const BlockedClientPtr& client) {
  const auto keyspace_lock = keyspace_.lock();
  const MutexLock lock(mutex_);
  client->ready.reset();
  offer_keys_of(*client);
}

void BlockedClients::keys_ready(const keyspace::Keyspace&, std::span<const keyspace::KeyRef> keys,
                                std::int64_t now_ms) {
  const MutexLock lock(mutex_);
  for (const auto& key : keys) offer(key.db, key.key, now_ms);
}

void BlockedClients::offer_keys_of(const BlockedClient& client) {
  const std::int64_t now_ms = now_ms_();
  for (const auto& key : client.keys) offer(key.db, key.key, now_ms);
}

void BlockedClients::offer(unsigned db, const std::string& key, std::int64_t now_ms) {
  const auto it = waiting_.find(name_of(db, key));
  if (it == waiting_.end()) return;
  for (const auto& client : it->second) {
    const auto waited = std::ranges::find_if(
        client->keys, [&](const auto& one) { return one.db == db && one.key == key; });
    const auto state = keyspace::wait_state(keyspace_, *waited, now_ms);
    if (state == keyspace::WaitState::nothing) continue;
    look_again(*client, static_cast<std::size_t>(waited - client->keys.begin()), state);
    if (state == keyspace::WaitState::ready && client->takes) return;
  }
}

void BlockedClients::look_again(BlockedClient& client, std::size_t at, keyspace::WaitState state) {
  if (state == keyspace::WaitState::ready) {
    if (!client.ready) client.ready = at;
  } else if (client.end == WaitEnd::none) {
    client.end = state == keyspace::WaitState::key_gone ? WaitEnd::key_gone : WaitEnd::group_gone;
  }
  client.woken.ring();
}

bool BlockedClients::unblock(std::uint64_t connection, bool with_error) {
  const MutexLock lock(mutex_);
  for (const auto& [name, queue] : waiting_) {
    for (const auto& client : queue) {
      if (client->connection != connection) continue;
      client->end = with_error ? WaitEnd::unblocked_with_error : WaitEnd::unblocked;
      client->woken.ring();
      return true;
    }
  }
  return false;
}

}  // namespace octavo::redis
