#include "protocol/redis/blocking.h"

#include <algorithm>

namespace octavo::redis {

std::string BlockedClients::name_of(const keyspace::KeyRef& key) {
  std::string name;
  name.push_back(static_cast<char>(key.db));
  name.append(key.key);
  return name;
}

void BlockedClients::add(const BlockedClientPtr& client, keyspace::Keyspace& keyspace) {
  const std::scoped_lock lock(mutex_);
  count_.fetch_add(1, std::memory_order_relaxed);
  for (const auto& key : client->keys) {
    auto& queue = waiting_[name_of(key)];
    if (std::ranges::find(queue, client) != queue.end()) continue;
    queue.push_back(client);
    keyspace.add_waiter(key.db, key.key);
  }
}

void BlockedClients::remove(const BlockedClientPtr& client, keyspace::Keyspace& keyspace) {
  const std::scoped_lock lock(mutex_);
  count_.fetch_sub(1, std::memory_order_relaxed);
  for (const auto& key : client->keys) {
    const auto it = waiting_.find(name_of(key));
    if (it == waiting_.end() || std::erase(it->second, client) == 0) continue;
    keyspace.remove_waiter(key.db, key.key);
    if (it->second.empty()) waiting_.erase(it);
  }
}

void BlockedClients::serve(keyspace::Keyspace& keyspace) {
  if (count() == 0) return;
  std::vector<keyspace::KeyRef> ready;
  {
    const auto lock = keyspace.lock();
    ready = keyspace.take_ready_keys();
  }
  for (const auto& key : ready) wake_first(key);
}

void BlockedClients::wake_first(const keyspace::KeyRef& key) {
  const std::scoped_lock lock(mutex_);
  const auto it = waiting_.find(name_of(key));
  if (it != waiting_.end()) it->second.front()->woken.set();
}

bool BlockedClients::unblock(std::uint64_t connection, bool with_error) {
  const std::scoped_lock lock(mutex_);
  for (const auto& [name, queue] : waiting_) {
    for (const auto& client : queue) {
      if (client->connection != connection) continue;
      client->unblocked = true;
      client->unblock_with_error = with_error;
      client->woken.set();
      return true;
    }
  }
  return false;
}

}  // namespace octavo::redis
